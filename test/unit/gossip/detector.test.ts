/** The detector in real processes on loopback: killed, stopped, starved. */
import { afterEach, expect, test } from 'bun:test';
import { SYNC_MS } from '../../../src/gossip/announce/limits.ts';
import { cleanup } from '../../support/mesh.ts';
import { deathsOf, meet, startMeshProcess } from '../../support/mesh-processes.ts';
import { until } from '../../support/until.ts';

const later = cleanup();
afterEach(() => later.run());

async function startLab(count: number) {
  const nodes = await Promise.all(Array.from({ length: count }, (_, n) => startMeshProcess(later, n)));
  await meet(nodes);
  return nodes;
}

test('a killed node is soon seen by all; one stopped for 2 s and one at 100 % CPU are not declared dead', async () => {
  const nodes = await startLab(5);
  const [stopped, busy, killed, ...others] = nodes;
  if (!stopped || !busy || !killed) throw new Error('five were started');

  stopped.child.kill('SIGSTOP');
  await Bun.sleep(2_000); // the very thing that is tested
  stopped.child.kill('SIGCONT');
  busy.tell({ burn: 6_000 });
  await Bun.sleep(6_000);
  expect(deathsOf(nodes)).toEqual([]);

  const at = Date.now();
  killed.child.kill('SIGKILL');
  const witnesses = [stopped, busy, ...others];
  await until('all see it', () => deathsOf(witnesses, killed.nodeId).length === witnesses.length);
  const slowest = Math.max(...deathsOf(witnesses, killed.nodeId).map((one) => one.at)) - at;
  console.log(`seen by all after ${slowest} ms`);
  // 5 s is the goal on PCs of their own (`npm run bench gossip`); five that share two busy cores doubt themselves and wait longer.
  expect(slowest).toBeLessThan(15_000);
  expect(deathsOf(witnesses).length).toBe(witnesses.length);

  const change = Date.now();
  busy.tell({ announce: 0.77 });
  const told = await until('the others see a change', () => {
    const seen = witnesses.map(
      ({ lines }) => lines.find((one) => one.of === busy.nodeId && one.cpu === 0.77)?.at,
    );
    return seen.every((one) => one !== undefined) && seen;
  });
  const last = Math.max(...told.map(Number)) - change;
  console.log(`a change is seen by all after ${last} ms`);
  expect(last).toBeLessThan(SYNC_MS); // N3: told by gossip, not asked for
}, 60_000);
