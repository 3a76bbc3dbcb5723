/**
 * One node of the mesh as a process of its own, for `bench/gossip.ts`. Told what to do, and tells what it sees, by lines of JSON.
 *
 *   bun bench/parts/gossip-node.ts NODE_ID FOLDER
 */
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
});

const factsOf = (cpu: number): Facts => ({
  capacity: { cores: 8, ramBytes: 2 ** 34, diskBytes: 2 ** 39, accelerator: 'kvm' },
  load: { cpu, ramFreeBytes: 2 ** 33, diskFreeBytes: 2 ** 38, isLocalUserPresent: false },
  images: Array.from({ length: 10 }, (_, n) => `01JD00000000000000000000${String(n).padStart(2, '0')}`),
  roles: ['host'],
  version: '0.1.0',
  bulk: '10.0.0.1:7948',
});

const [nodeId = '', folder = ''] = process.argv.slice(2);
let members: readonly Member[] = [];
const listeners = new Set<() => void>();
const mesh = await openMesh({
  nodeId,
  cloudId: '01JC0000000000000000000000',
  dataDir: folder,
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
const say = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`);

mesh.announcer.onAnnounced(({ nodeId: of, facts }) => say({ t: 'facts', of, cpu: facts.load.cpu }));
mesh.detector.onChange(({ nodeId: of, health }) => say({ t: 'health', of, health }));
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const order = Order.parse(JSON.parse(line));
    if (order.members) {
      members = order.members;
      for (const listener of listeners) listener();
    }
    if (order.cpu !== undefined) mesh.announcer.announce(factsOf(order.cpu));
  })
  .on('close', () => process.exit(0)); // whoever started it is gone
await mesh.start();
const self: Member = { nodeId, peerId: mesh.identity.peerId, addresses: mesh.host.addresses() };
say({ t: 'up', self });
