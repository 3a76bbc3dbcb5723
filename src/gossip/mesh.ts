/** Everything of this folder that runs on one host, started and stopped in order. */
import { join } from 'node:path';
import type { Logger } from '../state/logger.ts';
import { Announcer } from './announce/announcer.ts';
import { FailureDetector } from './detector/detector.ts';
import type { DetectorSettings } from './detector/settings.ts';
import { MeshHost } from './host/host.ts';
import { type MeshIdentity, openMeshIdentity } from './identity.ts';
import { AddressBook } from './membership/address-book.ts';
import type { MembershipSource } from './membership/types.ts';
import { MembershipView } from './membership/view.ts';
import { Rpc } from './rpc/rpc.ts';
import { steady } from './steady.ts';

export interface MeshOptions {
  readonly nodeId: string;
  readonly cloudId: string;
  /** For the key and the address book. */
  readonly dataDir: string;
  readonly membership: MembershipSource;
  /** Multiaddrs, e.g. `/ip4/0.0.0.0/tcp/7946`; port 0 takes a free one. */
  readonly listen: readonly string[];
  readonly logger: Logger;
  /** Look for members by multicast, too. Default false. */
  readonly mdns?: boolean;
  /** New connections a second from one address. Default 30. */
  readonly inboundPerSecond?: number;
  readonly detector?: Partial<DetectorSettings>;
  /** Epoch milliseconds. Default `Date.now`. */
  readonly clock?: () => number;
  /** In [0, 1). Default `Math.random`: nothing of it is a secret. */
  readonly random?: () => number;
}

export interface Mesh {
  readonly identity: MeshIdentity;
  readonly host: MeshHost;
  readonly members: MembershipView;
  readonly rpc: Rpc;
  readonly announcer: Announcer;
  readonly detector: FailureDetector;
  /** @throws GossipError `mesh.listen` */
  start(): Promise<void>;
  /** Tells nobody: a node that leaves in order says so through the log. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Opens the identity and puts the parts together; nothing listens yet.
 * @throws GossipError `mesh.identity_damaged`
 */
export async function openMesh(options: MeshOptions): Promise<Mesh> {
  const { nodeId, cloudId, dataDir, logger, random = Math.random } = options;
  const clock = steady(options.clock ?? Date.now);
  const identity = await openMeshIdentity(dataDir);
  const members = new MembershipView(options.membership);
  const book = new AddressBook(join(dataDir, 'peers.json'), logger);
  await book.open();
  const topic = `labmesh/1/${cloudId}`;
  const common = { nodeId, cloudId, identity, view: members, logger, clock, random, topic };
  const host = await MeshHost.create({
    ...common,
    book,
    listen: options.listen,
    mdns: options.mdns ?? false,
    ...(options.inboundPerSecond === undefined ? {} : { inboundPerSecond: options.inboundPerSecond }),
  });
  const rpc = new Rpc({ host, logger });
  const announcer = new Announcer({ ...common, host, rpc });
  const detector = new FailureDetector({ ...common, host, settings: options.detector ?? {} });

  const start = async () => {
    // Handlers first: who connects finds them.
    await rpc.start();
    await detector.start();
    await host.start();
    announcer.start();
  };
  const stop = async () => {
    announcer.stop();
    detector.stop();
    await host.stop();
    members.close();
    await book.close();
  };
  return { identity, host, members, rpc, announcer, detector, start, stop };
}
