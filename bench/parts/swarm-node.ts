/**
 * One PC of the swarm's measurement: the real image store behind the real bulk door. Orders come as lines of JSON on stdin, answers go
 * to stdout: `{import}`, `{members}`, `{fetch}`. Run by `swarm-labmesh.ts`.
 */
import { z } from 'zod';
import { openMeshIdentity } from '../../src/gossip/identity.ts';
import { BulkClient, BulkServer } from '../../src/gossip/index.ts';
import { MembershipView } from '../../src/gossip/membership/view.ts';
import { openImageStore } from '../../src/images/index.ts';
import { IMAGES_PATH, imageHandler, peerSource } from '../../src/node/imaging/image-peers.ts';
import { silentLogger } from '../../src/state/logger.ts';

const Version = z.object({ versionId: z.string(), manifestHash: z.string() });
const Order = z.union([
  z.object({ import: z.string(), versionId: z.string(), imageId: z.string() }),
  z.object({
    members: z.array(z.object({ nodeId: z.string(), peerId: z.string(), address: z.string() })),
    credentials: z.object({ certificate: z.string(), key: z.string(), authority: z.string() }),
    host: z.string(),
  }),
  z.object({ fetch: Version, from: z.array(z.string()) }),
]);
type Members = Extract<z.infer<typeof Order>, { members: unknown }>;

const PORT = 8445;
const CLOUD = '01JD0000000000000000000099';
const [dataDir = '', nodeId = ''] = process.argv.slice(2);
const store = openImageStore({ dataDir, logger: silentLogger, limits: { reserveBytes: 1 } });
await store.start();
const identity = await openMeshIdentity(dataDir);
let ask: Parameters<typeof peerSource>[0]['request'] = () => Promise.reject(new Error('no members yet'));
tell({ up: identity.peerId });
for await (const line of console) {
  const order = Order.parse(JSON.parse(line));
  if ('import' in order) tell({ imported: await bringIn(order) });
  else if ('members' in order) open(order);
  else {
    const began = performance.now();
    const sources = order.from.map((id) => peerSource({ request: ask }, id));
    await store.fetch({ ...order.fetch, sources });
    tell({ fetched: (performance.now() - began) / 1000 });
  }
}

function tell(word: object): void {
  process.stdout.write(`${JSON.stringify(word)}\n`);
}

async function bringIn(order: { import: string; versionId: string; imageId: string }): Promise<string> {
  const about = {
    number: 1,
    author: 'bench',
    os: 'other',
    createdAt: 1_800_000_000_000,
    asRaw: true,
  } as const;
  return (await store.import({ ...about, ...order, source: { path: order.import } })).manifestHash;
}

function open({ members, credentials, host }: Members): void {
  const list = members.map((member) => ({ ...member, addresses: [] }));
  const view = new MembershipView({ members: () => list, onChange: () => () => {} });
  const server = new BulkServer({
    nodeId,
    cloudId: CLOUD,
    view,
    credentials,
    hostname: host,
    port: PORT,
    logger: silentLogger,
    clock: Date.now,
  });
  server.serve(IMAGES_PATH, imageHandler(store));
  server.start();
  const client = new BulkClient({ cloudId: CLOUD, identity, credentials });
  const addresses = new Map(members.map((one) => [one.nodeId, `${one.address}:${PORT}`]));
  ask = (id, target, options) =>
    client.request({ nodeId: id, address: addresses.get(id) ?? '' }, target, options);
  tell({ open: true });
}
process.exit(0); // nobody gives orders any more
