/** Three nodes of labmesh on loopback, each the real binary with a folder and ports of its own; they host no VMs. */
import { existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { freePort, until } from './table.ts';

const BINARY = process.env.LABMESH_BINARY ?? join(import.meta.dir, '../../dist/labmesh');
const HELP_MS = 30_000;

const Run = z.object({ pid: z.number(), ready: z.literal(true) });
const Status = z.object({
  me: z.object({ id: z.string(), name: z.string() }),
  master: z.object({ name: z.string() }).nullable(),
  quorum: z.object({ voters: z.number(), alive: z.number() }),
});
const Token = z.object({ token: z.string() });

interface Member {
  readonly name: string;
  readonly data: string;
  readonly flags: string[];
  process: Bun.Subprocess;
}

export class LabmeshCloud {
  readonly #members: Member[] = [];
  readonly #folder: string;
  #writes = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param folder an empty one; the caller removes it */
  static async start(folder: string, count = 3): Promise<LabmeshCloud> {
    const cloud = new LabmeshCloud(folder);
    try {
      await cloud.#begin(['up']);
      const answer = await cloud.#ask(0, 'POST', '/tokens', { uses: count, ttlSeconds: 3600 });
      const { token } = Token.parse(await answer.json());
      for (let n = 1; n < count; n++) await cloud.#begin(['join', token]);
      await cloud.untilWhole();
      return cloud;
    } catch (error) {
      await cloud.stop();
      throw error;
    }
  }

  get size(): number {
    return this.#members.length;
  }

  /** Waits until all follow one master and all vote; returns which it is. */
  async untilWhole(): Promise<number> {
    let master = -1;
    await until('labmesh has a master that all follow', async () => {
      const seen = await Promise.all(this.#members.map((_, index) => this.#status(index)));
      const [first] = seen;
      const name = first?.master?.name;
      if (name === undefined || seen.some((one) => one.master?.name !== name)) return false;
      master = this.#members.findIndex((member) => member.name === name);
      const { quorum } = await this.#status(master);
      return quorum.voters === this.size && quorum.alive === this.size;
    });
    return master;
  }

  /** One confirmed write through a member. @throws when it was not confirmed */
  async write(index: number, signal: AbortSignal): Promise<void> {
    const body = { name: `course ${this.#writes++}`, places: 20 };
    const response = await this.#ask(index, 'POST', '/courses', body, signal);
    await response.arrayBuffer();
  }

  async kill(index: number): Promise<void> {
    const { process: child } = this.#member(index);
    child.kill('SIGKILL');
    await child.exited;
  }

  restart(index: number): void {
    const member = this.#member(index);
    member.process = spawn(member, ['up']);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#members.map((_, index) => this.kill(index)));
  }

  async #begin(verb: string[]): Promise<void> {
    const index = this.#members.length;
    const name = `node-${index}`;
    const port = () => `127.0.0.1:${freePort()}`;
    const member = {
      name,
      data: join(this.#folder, name),
      flags: [
        ...['--name', name, '--advertise', '127.0.0.1', '--no-host', '--local-http', 'off'],
        ...['--web', port(), '--mesh', port(), '--bulk', port(), '--join', port()],
      ],
    };
    const child = spawn(member, verb);
    this.#members.push({ ...member, process: child });
    const ready = until(`${name} is ready`, () => {
      const file = join(member.data, 'run.json');
      return existsSync(file) && Run.parse(JSON.parse(readFileSync(file, 'utf8'))).pid === child.pid;
    });
    const ended = child.exited.then((code) => {
      throw new Error(`${name} ended with ${code}: ${readFileSync(`${member.data}.log`, 'utf8')}`);
    });
    await Promise.race([ready, ended]);
    ended.catch(() => {}); // when it is killed later, that is meant
  }

  async #status(index: number) {
    const response = await this.#ask(index, 'GET', '/status');
    return Status.parse(await response.json());
  }

  async #ask(
    index: number,
    method: string,
    path: string,
    body?: object,
    signal = AbortSignal.timeout(HELP_MS),
  ): Promise<Response> {
    const response = await fetch(`http://localhost/api/v1${path}`, {
      method,
      signal,
      unix: join(this.#member(index).data, 'control.sock'),
      ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  }

  #member(index: number): Member {
    const found = this.#members[index];
    if (!found) throw new Error(`there is no node ${index}`);
    return found;
  }
}

function spawn({ data, flags }: Pick<Member, 'data' | 'flags'>, verb: string[]): Bun.Subprocess {
  const log = openSync(`${data}.log`, 'a');
  return Bun.spawn([BINARY, ...verb, '--data', data, ...flags], { stdio: ['ignore', log, log] });
}
