/** Our mesh on loopback, a process for each node, measured as `serf.ts` measures serf. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type GossipFigures, type GossipRun, loopbackBytes, PAGE_BYTES, took } from './gossip-figures.ts';

/** So many start side by side: each needs a second of a processor. */
const STARTING = 8;
/** Kernel's ticks, of which `/proc` counts a process's time on a processor. */
const TICKS_PER_SECOND = 100;

const Line = z.discriminatedUnion('t', [
  z.object({
    t: z.literal('up'),
    self: z.object({ nodeId: z.string(), peerId: z.string(), addresses: z.array(z.string()) }),
  }),
  z.object({ t: z.literal('facts'), of: z.string(), cpu: z.number() }),
  z.object({ t: z.literal('health'), of: z.string(), health: z.enum(['alive', 'suspect', 'dead']) }),
]);

class Node {
  readonly nodeId: string;
  readonly process: Bun.Subprocess<'pipe', 'pipe', 'inherit'>;
  readonly loads = new Map<string, number>();
  readonly dead = new Set<string>();
  self: object | undefined;

  constructor(n: number, folder: string) {
    this.nodeId = `01JD${String(n).padStart(22, '0')}`;
    const script = join(import.meta.dir, 'gossip-node.ts');
    this.process = Bun.spawn([process.execPath, script, this.nodeId, join(folder, String(n))], {
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
    if (line.t === 'up') this.self = line.self;
    else if (line.t === 'facts') this.loads.set(line.of, line.cpu);
    else if (line.health === 'dead') this.dead.add(line.of);
    else this.dead.delete(line.of);
  }
}

export async function measureLabmesh({ count, changes, idleMs, folder }: GossipRun): Promise<GossipFigures> {
  const nodes: Node[] = [];
  try {
    while (nodes.length < count) {
      for (let n = 0; n < STARTING && nodes.length < count; n++) nodes.push(new Node(nodes.length, folder));
      await took('they are up', () => nodes.every(({ self }) => self !== undefined));
    }
    return await measure(nodes, changes, idleMs);
  } finally {
    for (const { process: child } of nodes) child.kill('SIGKILL');
    await Promise.all(nodes.map(({ process: child }) => child.exited));
  }
}

async function measure(nodes: readonly Node[], changes: number, idleMs: number): Promise<GossipFigures> {
  const count = nodes.length;
  const members = nodes.map(({ self }) => self);
  const startedWith = secondsOf(nodes);
  for (const node of nodes) node.tell({ members, cpu: 0 });
  const meetMs = await took('all know all', () => nodes.every(({ loads }) => loads.size === count));
  const meetSeconds = (secondsOf(nodes) - startedWith) / count;

  const changesMs: number[] = [];
  for (let nth = 1; nth <= changes; nth++) {
    const teller = nodes[(nth * 7) % count];
    if (teller === undefined) continue;
    teller.tell({ cpu: nth / 100 });
    const sees = ({ loads }: Node) => loads.get(teller.nodeId) === nth / 100;
    changesMs.push(await took('all see it', () => nodes.every(sees)));
  }
  const [sent, worked] = [await loopbackBytes(), secondsOf(nodes)];
  await Bun.sleep(idleMs);
  const bytesPerSecond = ((await loopbackBytes()) - sent) / count / (idleMs / 1000);
  const idleShare = (secondsOf(nodes) - worked) / count / (idleMs / 1000);
  const resident = nodes.map(({ process: { pid } }) => residentOf(pid));

  const wronglyDead = nodes.filter(({ nodeId }) => nodes.some(({ dead }) => dead.has(nodeId))).length;
  const [gone, ...others] = nodes;
  if (gone === undefined) throw new Error('no nodes');
  gone.process.kill('SIGKILL');
  const deathMs = await took('all see its death', () => others.every(({ dead }) => dead.has(gone.nodeId)));
  const residentBytes = Math.max(...resident);
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
function secondsOf(nodes: readonly Node[]): number {
  return nodes.reduce((sum, { process: { pid } }) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return sum + (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND; // utime, stime
  }, 0);
}

const residentOf = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES;
