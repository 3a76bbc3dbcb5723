/** N14: a PC whose address changes while it runs, as processes in network namespaces. Needs root. */
import { afterEach, expect, test } from 'bun:test';
import { cleanup } from '../support/mesh.ts';
import { deathsOf, healthOf, type MeshProcess, meet, startMeshProcess } from '../support/mesh-processes.ts';
import { netNamespace } from '../support/processes.ts';
import { addressOf, LabSwitch } from '../support/switch.ts';
import { until } from '../support/until.ts';

const later = cleanup();
afterEach(() => later.run());

const inside = (pid: number, command: readonly string[]) => [
  'nsenter',
  `--target=${pid}`,
  '--net',
  '--',
  ...command,
];

function run(node: MeshProcess, ...command: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(inside(node.child.pid, command), { timeout: 10_000 });
  if (exitCode !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
}

async function startLab(count: number): Promise<MeshProcess[]> {
  const lan = await LabSwitch.open();
  later(() => lan.close());
  const nodes: MeshProcess[] = [];
  for (let n = 0; n < count; n++) {
    const plug = async (pid: number) => {
      const own = netNamespace(process.pid);
      await until('its namespace', () => netNamespace(pid) !== own);
      lan.plug(n, { pid, argv: (command) => inside(pid, command) });
    };
    nodes.push(await startMeshProcess(later, n, { listen: '/ip4/0.0.0.0/tcp/7946', plug }));
  }
  await meet(nodes);
  return nodes;
}

const tellsItself = ({ lines }: MeshProcess, address: string) =>
  lines.some(({ t, addresses }) => t === 'addresses' && addresses?.some((one) => one.includes(address)));

test('N14 a PC whose address changes says so, is up again for all, and nobody stays dead', async () => {
  const nodes = await startLab(4);
  const [moved, ...others] = nodes;
  if (moved === undefined) throw new Error('no nodes');
  // Older than two that dialled one another at once: only then is a second connection known to have come instead of the first.
  await Bun.sleep(10_000);
  const met = nodes.map(({ lines }) => lines.filter(({ t }) => t === 'presence').length);

  run(moved, 'ip', 'address', 'del', `${addressOf(0)}/24`, 'dev', 'lan0');
  run(moved, 'ip', 'address', 'add', `${addressOf(40)}/24`, 'dev', 'lan0');
  // The log of the cloud does not know it yet: the moved one finds the others by itself.
  moved.tell({ announce: 0.91 });
  const hears = ({ lines }: MeshProcess) => lines.some(({ of, cpu }) => of === moved.nodeId && cpu === 0.91);
  await until('all hear it again', () => others.every(hears), 40_000);
  console.log(`taken for dead meanwhile by ${deathsOf(others).length} of ${others.length}`);
  await until('it is alive for all, and all for it', () => {
    const isFine = nodes.every((one) => nodes.every(({ nodeId }) => healthOf(one, nodeId) === 'alive'));
    return isFine && tellsItself(moved, addressOf(40));
  });
  // No storm: each line between two was made anew some few times, not again and again.
  for (const [n, { lines }] of nodes.entries())
    expect(lines.filter(({ t }) => t === 'presence').length - (met[n] ?? 0)).toBeLessThan(30);
  const { lines } = moved;
  const addresses = lines.findLast(({ t }) => t === 'addresses')?.addresses ?? [];
  expect(addresses.some((one) => one.includes(addressOf(0)))).toBe(false);

  // What the log says from now on: the new address is enough for somebody who comes new to it.
  const members = nodes.map(({ member }) => (member === moved.member ? { ...member, addresses } : member));
  for (const { tell } of nodes) tell({ members });
  const before = deathsOf(nodes).length;
  others[0]?.tell({ announce: 0.92 });
  await until('it hears the others', () =>
    moved.lines.some(({ of, cpu }) => of === others[0]?.nodeId && cpu === 0.92),
  );
  expect(deathsOf(nodes).length).toBe(before);
}, 120_000);
