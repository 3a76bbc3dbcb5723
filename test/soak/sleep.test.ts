/** N14: a PC that sleeps and wakes, and one whose clock jumps, as processes of their own on loopback. */
import { afterEach, expect, test } from 'bun:test';
import { cleanup } from '../support/mesh.ts';
import { deathsOf, healthOf, type MeshProcess, meet, startMeshProcess } from '../support/mesh-processes.ts';
import { until } from '../support/until.ts';

const later = cleanup();
afterEach(() => later.run());

/** Others try to reach a PC that sleeps at most once a second each; those tries wait in its system and come to it at once when it wakes. */
const TRIES_PER_SECOND = 1;
/** Long enough to be dead for all, for connections to be given up and for the backoff to have grown. */
const SLEEP_MS = 30_000;

async function startLab(count: number) {
  const nodes = await Promise.all(Array.from({ length: count }, (_, n) => startMeshProcess(later, n)));
  await meet(nodes);
  return nodes;
}

const allFine = (nodes: readonly MeshProcess[]) =>
  nodes.every((one) => nodes.every(({ nodeId }) => healthOf(one, nodeId) === 'alive'));

const hears = ({ lines }: MeshProcess, { nodeId }: MeshProcess, cpu: number) =>
  lines.some((one) => one.of === nodeId && one.cpu === cpu);

const count = ({ lines }: MeshProcess, t: string) => lines.filter((one) => one.t === t).length;

test('N14 a PC that slept is missed, blames nobody, and is up again for all without a storm', async () => {
  const nodes = await startLab(5);
  const [sleeper, ...others] = nodes;
  if (sleeper === undefined) throw new Error('no nodes');
  sleeper.child.kill('SIGSTOP');
  const slept = Bun.sleep(SLEEP_MS); // the very thing that is tested
  await until('the others miss it', () => deathsOf(others, sleeper.nodeId).length === others.length);
  await slept;
  const before = nodes.map((one) => ({ facts: count(one, 'facts'), presence: count(one, 'presence') }));
  sleeper.child.kill('SIGCONT');
  await until('it is up again for all', () => allFine(nodes));
  sleeper.tell({ announce: 0.71 });
  others[0]?.tell({ announce: 0.72 });
  await until('it is heard, and hears', () => {
    const [first] = others;
    return others.every((one) => hears(one, sleeper, 0.71)) && first && hears(sleeper, first, 0.72);
  });
  expect(deathsOf(nodes).every(({ nodeId }) => nodeId === sleeper.nodeId)).toBe(true);
  for (const [n, one] of nodes.entries()) {
    const tries = one === sleeper ? (others.length * SLEEP_MS * TRIES_PER_SECOND) / 1000 : 0;
    expect(count(one, 'presence') - (before[n]?.presence ?? 0)).toBeLessThan(30 + tries);
    expect(count(one, 'facts') - (before[n]?.facts ?? 0)).toBeLessThan(20);
  }
}, 120_000);

test('N14 a clock that jumps an hour, forth and back, makes nobody deaf, and nobody dead', async () => {
  const nodes = await startLab(3);
  const [wrong, friend, victim] = nodes;
  if (!wrong || !friend || !victim) throw new Error('three were started');
  for (const [n, clock] of [3_600_000, -3_600_000].entries()) {
    wrong.tell({ clock });
    const cpu = 0.8 + n / 100;
    wrong.tell({ announce: cpu });
    friend.tell({ announce: cpu });
    await until('both hear each other', () => hears(friend, wrong, cpu) && hears(wrong, friend, cpu));
  }
  expect(deathsOf(nodes)).toEqual([]);
  // It goes on asking, and notices a real death: with a clock set back by an hour it would have waited for as long.
  victim.child.kill('SIGKILL');
  await until('it sees a death', () => healthOf(wrong, victim.nodeId) === 'dead', 60_000);
}, 120_000);
