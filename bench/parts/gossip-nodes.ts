/**
 * Our mesh on loopback, measured as `serf.ts` measures serf. The first node has a process of its own, whose memory is told and which is
 * killed; the others share two, as 50 runtimes that start on two processors measure these and not the mesh.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type GossipFigures, type GossipRun, loopbackBytes, PAGE_BYTES, took } from './gossip-figures.ts';

const SHARED_PROCESSES = 2;
/** Kernel's ticks, of which `/proc` counts a process's time on a processor. */
const TICKS_PER_SECOND = 100;

const Line = z.discriminatedUnion('t', [
  z.object({
    t: z.literal('up'),
    by: z.string(),
    self: z.object({ nodeId: z.string(), peerId: z.string(), addresses: z.array(z.string()) }),
  }),
  z.object({ t: z.literal('facts'), by: z.string(), of: z.string(), cpu: z.number() }),
  z.object({
    t: z.literal('health'),
    by: z.string(),
    of: z.string(),
    health: z.enum(['alive', 'suspect', 'dead']),
  }),
]);

/** What is known of a node's view. */
interface Node {
  readonly nodeId: string;
  readonly host: Host;
  readonly loads: Map<string, number>;
  readonly dead: Set<string>;
  self: object | undefined;
}

/** A process with nodes. */
class Host {
  readonly nodes: readonly Node[];
  readonly process: Bun.Subprocess<'pipe', 'pipe', 'inherit'>;

  constructor(numbers: readonly number[], folder: string) {
    const idOf = (n: number) => `01JD${String(n).padStart(22, '0')}`;
    const empty = () => ({ host: this, loads: new Map(), dead: new Set<string>(), self: undefined });
    this.nodes = numbers.map((n) => ({ nodeId: idOf(n), ...empty() }));
    const script = join(import.meta.dir, 'gossip-node.ts');
    const nodeIds = this.nodes.map(({ nodeId }) => nodeId);
    this.process = Bun.spawn([process.execPath, script, folder, ...nodeIds], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    void this.#listen();
  }

  tell(order: object): void {
    this.process.stdin.write(`${JSON.stringify(order)}\n`);
    this.process.stdin.flush();
  }

  async #listen(): Promise<void> {
    let rest = '';
    for await (const piece of this.process.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#heard(Line.parse(JSON.parse(line)));
    }
  }

  #heard(line: z.infer<typeof Line>): void {
    const node = this.nodes.find(({ nodeId }) => nodeId === line.by);
    if (node === undefined) return;
    if (line.t === 'up') node.self = line.self;
    else if (line.t === 'facts') node.loads.set(line.of, line.cpu);
    else if (line.health === 'dead') node.dead.add(line.of);
    else node.dead.delete(line.of);
  }
}

export async function measureLabmesh({ count, changes, idleMs, folder }: GossipRun): Promise<GossipFigures> {
  const others = Array.from({ length: count - 1 }, (_, n) => n + 1);
  const shares = Array.from({ length: SHARED_PROCESSES }, (_, k) =>
    others.filter((n) => n % SHARED_PROCESSES === k),
  );
  const hosts = [[0], ...shares].filter((share) => share.length > 0).map((share) => new Host(share, folder));
  try {
    const nodes = hosts.flatMap((host) => host.nodes);
    await took('they are up', () => nodes.every(({ self }) => self !== undefined));
    return await measure(hosts, nodes, changes, idleMs);
  } finally {
    for (const { process: child } of hosts) child.kill('SIGKILL');
    await Promise.all(hosts.map(({ process: child }) => child.exited));
  }
}

async function measure(
  hosts: readonly Host[],
  nodes: readonly Node[],
  changes: number,
  idleMs: number,
): Promise<GossipFigures> {
  const count = nodes.length;
  const members = nodes.map(({ self }) => self);
  const startedWith = secondsOf(hosts);
  for (const host of hosts) host.tell({ members, cpu: 0 });
  const meetMs = await took('all know all', () => nodes.every(({ loads }) => loads.size === count));
  const meetSeconds = (secondsOf(hosts) - startedWith) / count;

  const changesMs: number[] = [];
  for (let nth = 1; nth <= changes; nth++) {
    const teller = nodes[(nth * 7) % count];
    if (teller === undefined) continue;
    teller.host.tell({ cpu: nth / 100, by: teller.nodeId });
    const sees = ({ loads }: Node) => loads.get(teller.nodeId) === nth / 100;
    changesMs.push(await took('all see it', () => nodes.every(sees)));
  }
  const [sent, worked] = [await loopbackBytes(), secondsOf(hosts)];
  await Bun.sleep(idleMs);
  const bytesPerSecond = ((await loopbackBytes()) - sent) / count / (idleMs / 1000);
  const idleShare = (secondsOf(hosts) - worked) / count / (idleMs / 1000);

  const wronglyDead = nodes.filter(({ nodeId }) => nodes.some(({ dead }) => dead.has(nodeId))).length;
  const [gone, ...others] = nodes;
  if (gone === undefined) throw new Error('no nodes');
  const residentBytes = residentOf(gone.host.process.pid);
  gone.host.process.kill('SIGKILL');
  const deathMs = await took('all see its death', () => others.every(({ dead }) => dead.has(gone.nodeId)));
  return {
    count,
    meetMs,
    meetSeconds,
    changesMs,
    bytesPerSecond,
    idleShare,
    residentBytes,
    deathMs,
    wronglyDead,
  };
}

/** Of processor time, of all of them together. */
function secondsOf(hosts: readonly Host[]): number {
  return hosts.reduce((sum, { process: { pid } }) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return sum + (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND; // utime, stime
  }, 0);
}

const residentOf = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES;
