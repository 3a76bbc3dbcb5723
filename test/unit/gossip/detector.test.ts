/** The detector in real processes on loopback: killed, stopped, starved. */
import { afterEach, expect, test } from 'bun:test';
import { join } from 'node:path';
import { SYNC_MS } from '../../../src/gossip/announce/limits.ts';
import type { Member } from '../../../src/gossip/index.ts';
import { cleanup, temporaryFolder, testNodeId } from '../../support/mesh.ts';
import { until } from '../../support/until.ts';

const later = cleanup();
afterEach(() => later.run());

interface Line {
  t: 'up' | 'health' | 'facts';
  nodeId: string;
  health?: string;
  of?: string;
  cpu?: number;
  at: number;
}

async function startNode(n: number) {
  const dir = await temporaryFolder(later);
  const script = join(import.meta.dir, '../../support/mesh-node.ts');
  const child = Bun.spawn([process.execPath, script, testNodeId(n), dir], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  later(async () => {
    child.kill('SIGKILL');
    await child.exited;
  });
  const lines: Line[] = [];
  void (async () => {
    let rest = '';
    for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + piece).split('\n');
      rest = parts.pop() ?? '';
      lines.push(...parts.map((line) => JSON.parse(line)));
    }
  })();
  const up = await until('it is up', () => lines.find(({ t }) => t === 'up'));
  const tell = (order: object) => {
    child.stdin.write(`${JSON.stringify(order)}\n`);
    child.stdin.flush();
  };
  return { nodeId: testNodeId(n), child, lines, tell, member: up as unknown as Member };
}

async function startLab(count: number) {
  const nodes = await Promise.all(Array.from({ length: count }, (_, n) => startNode(n)));
  const members = nodes.map(({ member: { nodeId, peerId, addresses } }) => ({ nodeId, peerId, addresses }));
  for (const { tell } of nodes) tell({ members });
  for (const [n, { tell }] of nodes.entries()) tell({ announce: n / 100 });
  await until('all see all', () =>
    nodes.every(
      ({ lines }) => new Set(lines.filter(({ t }) => t === 'facts').map(({ of }) => of)).size === count,
    ),
  );
  return nodes;
}

const deathsOf = (nodes: Awaited<ReturnType<typeof startLab>>, nodeId: string) =>
  nodes.flatMap(({ lines }) => lines.filter((one) => one.health === 'dead' && one.nodeId === nodeId));

test('a killed node is soon seen by all; one stopped for 2 s and one at 100 % CPU are not declared dead', async () => {
  const nodes = await startLab(5);
  const [stopped, busy, killed, ...others] = nodes;
  if (!stopped || !busy || !killed) throw new Error('five were started');

  stopped.child.kill('SIGSTOP');
  await Bun.sleep(2_000); // the very thing that is tested
  stopped.child.kill('SIGCONT');
  busy.tell({ burn: 6_000 });
  await Bun.sleep(6_000);
  expect(nodes.flatMap(({ lines }) => lines.filter(({ health }) => health === 'dead'))).toEqual([]);

  const at = Date.now();
  killed.child.kill('SIGKILL');
  const witnesses = [stopped, busy, ...others];
  await until('all see it', () => deathsOf(witnesses, killed.nodeId).length === witnesses.length);
  const slowest = Math.max(...deathsOf(witnesses, killed.nodeId).map((one) => one.at)) - at;
  console.log(`seen by all after ${slowest} ms`);
  // 5 s is the goal on PCs of their own (`npm run bench gossip`); five that share two busy cores doubt themselves and wait longer.
  expect(slowest).toBeLessThan(15_000);
  expect(witnesses.flatMap(({ lines }) => lines.filter(({ health }) => health === 'dead')).length).toBe(
    witnesses.length,
  );

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
