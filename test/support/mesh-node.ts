/**
 * A mesh node as a process of its own, so that tests can kill, stop and starve it. Told what to do by lines of JSON on its standard
 * input; says what it sees by lines of JSON on its standard output.
 *
 *   { start: true } first · { members: Member[] } · { announce: cpu } · { burn: ms } · { clock: ms } to be ahead (or behind) from now on
 */
import { createInterface } from 'node:readline';
import { type Member, openMesh } from '../../src/gossip/index.ts';
import { silentLogger } from '../../src/state/logger.ts';
import { CLOUD_ID, FakeMembership, LOOPBACK } from './mesh.ts';
import { someFacts } from './mesh-facts.ts';

const [nodeId = '', dataDir = '', listen = LOOPBACK] = process.argv.slice(2);
const membership = new FakeMembership();
let shiftMs = 0;
const mesh = await openMesh({
  nodeId,
  cloudId: CLOUD_ID,
  dataDir,
  membership,
  listen: [listen],
  clock: () => Date.now() + shiftMs,
  logger: silentLogger,
  inboundPerSecond: 1_000,
});
const say = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`);

mesh.detector.onChange((change) => say({ t: 'health', ...change, at: Date.now() }));
mesh.announcer.onAnnounced(({ nodeId: of, facts }) =>
  say({ t: 'facts', of, cpu: facts.load.cpu, at: Date.now() }),
);
mesh.host.onPresence((of, isConnected) => say({ t: 'presence', of, isConnected, at: Date.now() }));

async function start(): Promise<void> {
  await mesh.start();
  mesh.host.onAddresses((addresses) => say({ t: 'addresses', addresses, at: Date.now() }));
  say({ t: 'up', nodeId, peerId: mesh.identity.peerId, addresses: mesh.host.addresses() });
}

/** Keeps the event loop busy in slices, as a PC does that compresses an image on the same core. */
async function burn(ms: number): Promise<void> {
  const end = Date.now() + ms;
  while (Date.now() < end) {
    const slice = Date.now() + 250;
    while (Date.now() < slice) Math.sqrt(Math.random());
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

interface Order {
  start?: boolean;
  clock?: number;
  members?: Member[];
  announce?: number;
  burn?: number;
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const order: Order = JSON.parse(line);
    if (order.start) void start();
    if (order.clock !== undefined) shiftMs = order.clock;
    if (order.members) membership.set(order.members);
    if (order.announce !== undefined) mesh.announcer.announce(someFacts(order.announce));
    if (order.burn !== undefined) void burn(order.burn);
  })
  .on('close', () => process.exit(0)); // whoever started it is gone
