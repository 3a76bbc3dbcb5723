/**
 * A process with one node of the mesh or several, for `bench/gossip.ts`. Told what to do, and tells what they see, by lines of JSON.
 *
 *   bun bench/parts/gossip-node.ts FOLDER NODE_ID…
 */
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { type Facts, type Member, openMesh } from '../../src/gossip/index.ts';
import { silentLogger } from '../../src/state/logger.ts';

const Order = z.object({
  members: z
    .array(z.object({ nodeId: z.string(), peerId: z.string(), addresses: z.array(z.string()) }))
    .optional(),
  /** What to announce: a load of this much. */
  cpu: z.number().optional(),
  /** Who announces it; left out: all. */
  by: z.string().optional(),
});

const factsOf = (cpu: number): Facts => ({
  capacity: { cores: 8, ramBytes: 2 ** 34, diskBytes: 2 ** 39, accelerator: 'kvm' },
  load: { cpu, ramFreeBytes: 2 ** 33, diskFreeBytes: 2 ** 38, isLocalUserPresent: false },
  images: Array.from({ length: 10 }, (_, n) => `01JD00000000000000000000${String(n).padStart(2, '0')}`),
  roles: ['host'],
  version: '0.1.0',
  bulk: '10.0.0.1:7948',
});

const [folder = '', ...nodeIds] = process.argv.slice(2);
let members: readonly Member[] = [];
const listeners = new Set<() => void>();
const say = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`);
const meshes = await Promise.all(
  nodeIds.map(async (nodeId) => {
    const mesh = await openMesh({
      nodeId,
      cloudId: '01JC0000000000000000000000',
      dataDir: join(folder, nodeId),
      membership: {
        members: () => members,
        onChange: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
      listen: ['/ip4/127.0.0.1/tcp/0'],
      logger: silentLogger,
      inboundPerSecond: 10_000, // all have one address
    });
    mesh.announcer.onAnnounced(({ nodeId: of, facts }) =>
      say({ t: 'facts', by: nodeId, of, cpu: facts.load.cpu }),
    );
    mesh.detector.onChange(({ nodeId: of, health }) => say({ t: 'health', by: nodeId, of, health }));
    return { nodeId, mesh };
  }),
);
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { members: told, cpu, by } = Order.parse(JSON.parse(line));
    if (told) {
      members = told;
      for (const listener of listeners) listener();
    }
    if (cpu === undefined) return;
    for (const { nodeId, mesh } of meshes)
      if (by === undefined || by === nodeId) mesh.announcer.announce(factsOf(cpu));
  })
  .on('close', () => process.exit(0)); // whoever started it is gone
for (const { nodeId, mesh } of meshes) {
  await mesh.start();
  const self: Member = { nodeId, peerId: mesh.identity.peerId, addresses: mesh.host.addresses() };
  say({ t: 'up', by: nodeId, self });
}
