/** Mesh nodes as processes of their own (`mesh-node.ts`), to be killed, stopped, starved, moved. */
import { join } from 'node:path';
import type { Member } from '../../src/gossip/index.ts';
import { type Cleanup, LOOPBACK, temporaryFolder, testNodeId } from './mesh.ts';
import { until } from './until.ts';

/** What a node says on its standard output. */
export interface Line {
  readonly t: 'up' | 'health' | 'facts' | 'addresses' | 'presence';
  readonly nodeId: string;
  readonly health?: string;
  readonly of?: string;
  readonly cpu?: number;
  readonly addresses?: readonly string[];
  readonly isConnected?: boolean;
  readonly at: number;
}

export interface MeshProcess {
  readonly nodeId: string;
  readonly child: Bun.Subprocess;
  readonly lines: Line[];
  readonly member: Member;
  /** See `mesh-node.ts`. */
  tell(order: object): void;
}

export interface MeshProcessOptions {
  readonly listen?: string;
  /** In a network of its own; `plug` gives it a cable once the process is there. */
  readonly plug?: (pid: number) => void | Promise<void>;
}

export async function startMeshProcess(
  later: Cleanup,
  n: number,
  { listen = LOOPBACK, plug }: MeshProcessOptions = {},
): Promise<MeshProcess> {
  const dir = await temporaryFolder(later);
  const command = [process.execPath, join(import.meta.dir, 'mesh-node.ts'), testNodeId(n), dir, listen];
  const child = Bun.spawn(plug === undefined ? command : ['unshare', '--net', ...command], {
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
  await plug?.(child.pid);
  const tell = (order: object) => {
    child.stdin.write(`${JSON.stringify(order)}\n`);
    child.stdin.flush();
  };
  tell({ start: true });
  const up = await until('it is up', () => lines.find(({ t }) => t === 'up'));
  const { peerId, addresses } = up as unknown as Member;
  return {
    nodeId: testNodeId(n),
    child,
    lines,
    tell,
    member: { nodeId: testNodeId(n), peerId, addresses },
  };
}

/** Takes a second; a machine on which ten others want each processor needs this. */
const MEET_MS = 60_000;

/** Makes members of them all, and waits until everybody has heard everybody. */
export async function meet(nodes: readonly MeshProcess[]): Promise<void> {
  const members = nodes.map(({ member }) => member);
  for (const { tell } of nodes) tell({ members });
  for (const [n, { tell }] of nodes.entries()) tell({ announce: n / 100 });
  const heard = ({ lines }: MeshProcess) =>
    new Set(lines.filter(({ t }) => t === 'facts').map(({ of }) => of));
  await until('all see all', () => nodes.every((one) => heard(one).size === nodes.length), MEET_MS);
}

export const deathsOf = (nodes: readonly MeshProcess[], nodeId?: string) =>
  nodes.flatMap(({ lines }) =>
    lines.filter((one) => one.health === 'dead' && (nodeId === undefined || one.nodeId === nodeId)),
  );

/** What a node believes of another now. */
export const healthOf = ({ lines }: MeshProcess, nodeId: string): string =>
  lines.findLast((one) => one.t === 'health' && one.nodeId === nodeId)?.health ?? 'alive';
