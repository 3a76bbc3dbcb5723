/**
 * Run by `joins.test.ts` in a process of its own, whose heap holds nothing else: members join and leave a mesh of three, round by
 * round; says as a line of JSON what is held after each. `bun joins.ts SECONDS`
 */
import { heapStats } from 'bun:jsc';
import { readdirSync } from 'node:fs';
import { cleanup, FakeMembership } from '../support/mesh.ts';
import { someFacts } from '../support/mesh-facts.ts';
import { type LabMesh, memberOf, startMesh } from '../support/mesh-lab.ts';
import { until } from '../support/until.ts';

/** What the process, or the first node of the mesh, holds after a round. */
export interface Held {
  /** Milliseconds since the first round began. */
  readonly at: number;
  /** On the heap after collections: what nobody refers to is not among them. Swings by some 3 % with what is just under way. */
  readonly objects: number;
  /** Parts of guests that left and are not collected: those of the last two, whose timers run out. */
  readonly parts: number;
  readonly timers: number;
  /** Sockets and files. */
  readonly open: number;
  /** Bytes of memory of the process. */
  readonly resident: number;
  /** Peers in libp2p's books. */
  readonly peers: number;
  readonly connected: number;
  readonly announced: number;
}

/** So many are enough to tell what grows from what swings, however short the time. */
const FEWEST_ROUNDS = 20;

const later = cleanup();
const membership = new FakeMembership();
const nodes: LabMesh[] = [];
/** Those of the last rounds: kept in full, this list would itself be what grows. */
const parts: WeakRef<object>[] = [];
const PARTS_KEPT = 500;

async function round(n: number, first: LabMesh): Promise<void> {
  const leave = cleanup();
  const guest = await startMesh(leave, membership, 100 + n);
  const { host, members, rpc, announcer, detector } = guest.mesh;
  for (const part of [host, members, rpc, announcer, detector]) parts.push(new WeakRef(part));
  parts.splice(0, Math.max(0, parts.length - PARTS_KEPT));
  membership.set([...nodes, guest].map(memberOf));
  guest.mesh.announcer.announce(someFacts(0.2));
  await until('it is seen', () => first.mesh.announcer.board.get(guest.nodeId) !== undefined, 60_000);
  membership.set(nodes.map(memberOf));
  await until('it is gone', () => !first.mesh.host.connected().includes(guest.nodeId), 60_000);
  await guest.mesh.stop();
  await leave.run(); // stops it once more, which it may be
}

async function held({ mesh }: LabMesh, began: number): Promise<Held> {
  // Several turns: what a finalizer or a closing socket lets go of is only free at the next.
  for (let turn = 0; turn < 3; turn++) {
    Bun.gc(true);
    await Bun.sleep(30);
  }
  const { objectCount, objectTypeCounts } = heapStats();
  return {
    at: Math.round(performance.now() - began),
    objects: objectCount,
    parts: parts.filter((one) => one.deref() !== undefined).length,
    timers: objectTypeCounts.Timeout ?? 0,
    open: readdirSync('/proc/self/fd').length,
    resident: process.memoryUsage.rss(),
    peers: (await mesh.host.held()).peers,
    connected: mesh.host.connected().length,
    announced: mesh.announcer.board.all().length,
  };
}

async function main(ms: number): Promise<void> {
  for (let n = 0; n < 3; n++) nodes.push(await startMesh(later, membership, n));
  membership.set(nodes.map(memberOf));
  const [first] = nodes;
  if (first === undefined) throw new Error('no node was started');
  for (const { mesh } of nodes) mesh.announcer.announce(someFacts(0.1));
  const began = performance.now();
  for (let n = 0; n < FEWEST_ROUNDS || performance.now() - began < ms; n++) {
    await round(n, first);
    console.log(JSON.stringify(await held(first, began)));
  }
}

await main(Number(process.argv[2]) * 1_000);
await later.run();
process.exit(0);
