/** Three members of Debian's etcd on loopback. */
import { join } from 'node:path';
import { z } from 'zod';
import { debianProgram } from './debian.ts';
import { freePort, until } from './table.ts';

/** etcd's own defaults. */
export const ETCD_DEFAULTS: EtcdTiming = { heartbeatMs: 100, electionMs: 1_000 };

export interface EtcdTiming {
  readonly heartbeatMs: number;
  readonly electionMs: number;
}

const Status = z.object({ header: z.object({ member_id: z.string() }), leader: z.string().default('0') });

interface Member {
  readonly url: string;
  readonly command: string[];
  process: Bun.Subprocess;
}

export class EtcdCluster {
  readonly #members: Member[];

  private constructor(commands: { url: string; command: string[] }[]) {
    this.#members = commands.map((one) => ({ ...one, process: spawn(one.command) }));
  }

  /** @param folder an empty one; the caller removes it */
  static async start(folder: string, { heartbeatMs, electionMs }: EtcdTiming): Promise<EtcdCluster> {
    const program = debianProgram('etcd', 'etcd-server');
    const places = ['a', 'b', 'c'].map((name) => ({
      name,
      url: `http://127.0.0.1:${freePort()}`,
      peer: `http://127.0.0.1:${freePort()}`,
    }));
    const all = places.map(({ name, peer }) => `${name}=${peer}`).join(',');
    const cluster = new EtcdCluster(
      places.map(({ name, url, peer }) => ({
        url,
        command: [
          program,
          ...['--name', name, '--data-dir', join(folder, name), '--log-level', 'error'],
          ...['--listen-client-urls', url, '--advertise-client-urls', url],
          ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
          ...['--initial-cluster', all, '--initial-cluster-state', 'new'],
          ...['--heartbeat-interval', String(heartbeatMs), '--election-timeout', String(electionMs)],
        ],
      })),
    );
    await cluster.untilWhole();
    return cluster;
  }

  get size(): number {
    return this.#members.length;
  }

  url(index: number): string {
    return this.#member(index).url;
  }

  pid(index: number): number {
    return this.#member(index).process.pid;
  }

  /** Waits until all members follow one leader; returns which it is. */
  async untilWhole(): Promise<number> {
    let leader = -1;
    await until('etcd has a leader that all follow', async () => {
      const seen = await Promise.all(this.#members.map(({ url }) => statusOf(url)));
      const [first] = seen;
      if (!first || first.leader === '0' || seen.some((one) => one.leader !== first.leader)) return false;
      leader = seen.findIndex(({ header }) => header.member_id === first.leader);
      return leader >= 0;
    });
    return leader;
  }

  /** One confirmed write through a member. @throws when it was not confirmed */
  async write(index: number, signal: AbortSignal): Promise<void> {
    const body = JSON.stringify({ key: btoa('bench'), value: btoa(String(performance.now())) });
    const response = await fetch(`${this.url(index)}/v3/kv/put`, { method: 'POST', body, signal });
    if (!response.ok) throw new Error(await response.text());
    await response.arrayBuffer();
  }

  async kill(index: number): Promise<void> {
    const { process: child } = this.#member(index);
    child.kill('SIGKILL');
    await child.exited;
  }

  restart(index: number): void {
    const member = this.#member(index);
    member.process = spawn(member.command);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#members.map((_, index) => this.kill(index)));
  }

  #member(index: number): Member {
    const found = this.#members[index];
    if (!found) throw new Error(`etcd has no member ${index}`);
    return found;
  }
}

function spawn(command: string[]): Bun.Subprocess {
  return Bun.spawn(command, { stdio: ['ignore', 'ignore', 'ignore'] });
}

async function statusOf(url: string) {
  const response = await fetch(`${url}/v3/maintenance/status`, {
    method: 'POST',
    body: '{}',
    signal: AbortSignal.timeout(2_000),
  });
  return Status.parse(await response.json());
}
