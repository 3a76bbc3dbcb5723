/** Puts together libp2p: TCP, Noise, yamux, identify, gossipsub; no DHT, no relay, multicast only when asked for. */
import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import { type GossipSub, gossipsub } from '@libp2p/gossipsub';
import { type Identify, identify } from '@libp2p/identify';
import type { ConnectionGater, Ed25519PrivateKey, Libp2p } from '@libp2p/interface';
import { mdns } from '@libp2p/mdns';

import { createLibp2p } from 'libp2p';
import { gossipOptions } from '../announce/gossip-options.ts';
import { noiseCrypto } from './crypto.ts';
import * as limits from './limits.ts';
import { AddressShares } from './shares.ts';
import { silentComponents } from './silent.ts';
import { quietTcp } from './tcp.ts';

export type MeshLibp2p = Libp2p<{ identify: Identify; pubsub: GossipSub }>;

export interface WireOptions {
  readonly privateKey: Ed25519PrivateKey;
  readonly listen: readonly string[];
  readonly gater: ConnectionGater;
  readonly topic: string;
  readonly isMdnsOn: boolean;
  readonly inboundPerSecond: number;
}

const muxer = () =>
  yamux({
    maxInboundStreams: limits.STREAMS_PER_CONNECTION,
    maxEarlyStreams: limits.EARLY_STREAMS,
    streamOptions: { maxStreamWindowSize: limits.STREAM_WINDOW },
  });

/**
 * libp2p 3.3 heeds no stop in the last step of a dial's handshake (the check of the other's signature), and when that is over nobody
 * keeps the new connection: it would stay open to the end of the process, and the other side would take this host for alive.
 */
function withoutOrphans<Host extends Libp2p>(host: Host): Host {
  host.addEventListener('connection:open', ({ detail }) => {
    if (host.status === 'stopping' || host.status === 'stopped') detail.abort(new Error('this host stops'));
  });
  return host;
}

/** The members' host. Not started. */
export async function meshLibp2p(options: WireOptions): Promise<MeshLibp2p> {
  const host = await createLibp2p({
    start: false,
    privateKey: options.privateKey,
    addresses: { listen: [...options.listen] },
    transports: [quietTcp()],
    connectionEncrypters: [noise({ crypto: noiseCrypto })],
    streamMuxers: [muxer()],
    connectionGater: options.gater,
    connectionMonitor: { enabled: false }, // the failure detector knows better, and a PC asleep for 2 s is not cut off
    connectionManager: {
      maxConnections: limits.MAX_CONNECTIONS,
      dialTimeout: limits.DIAL_TIMEOUT_MS,
      addressDialTimeout: limits.ADDRESS_TIMEOUT_MS,
      inboundUpgradeTimeout: limits.UPGRADE_TIMEOUT_MS,
      inboundConnectionThreshold: options.inboundPerSecond,
      maxIncomingPendingConnections: limits.PENDING_INBOUND,
      reconnectRetries: 0, // `dialer.ts` does this, by the newest addresses
    },
    peerDiscovery: options.isMdnsOn ? [mdns({ serviceTag: '_labmesh._udp.local' })] : [],
    logger: silentComponents,
    nodeInfo: { userAgent: 'labmesh' },
    services: {
      identify: identify({ protocolPrefix: 'labmesh' }),
      pubsub: gossipsub(gossipOptions(options.topic)),
    },
  });
  return withoutOrphans(host);
}

/** The host of the join protocol, on either side: no gossip, no identify, nothing remembered. Not started. */
export async function doorLibp2p(options: {
  readonly privateKey: Ed25519PrivateKey;
  readonly listen: readonly string[];
  readonly maxConnections: number;
  readonly inboundPerSecond: number;
}): Promise<Libp2p> {
  const guests = new AddressShares(Math.max(limits.PENDING_PER_ADDRESS, options.maxConnections / 2));
  const host = await createLibp2p({
    start: false,
    privateKey: options.privateKey,
    addresses: { listen: [...options.listen] },
    transports: [quietTcp()],
    connectionEncrypters: [noise({ crypto: noiseCrypto })],
    streamMuxers: [yamux({ maxInboundStreams: 1, maxEarlyStreams: 1 })], // a join is one stream
    // Addresses in a token are private ones by nature; libp2p's own gater for browsers would refuse them.
    connectionGater: {
      denyDialMultiaddr: () => false,
      denyInboundConnection: (connection) => !guests.take(connection),
    },
    connectionMonitor: { enabled: false },
    connectionManager: {
      maxConnections: options.maxConnections,
      dialTimeout: limits.DIAL_TIMEOUT_MS,
      addressDialTimeout: limits.ADDRESS_TIMEOUT_MS,
      inboundUpgradeTimeout: limits.UPGRADE_TIMEOUT_MS,
      inboundConnectionThreshold: options.inboundPerSecond,
      maxIncomingPendingConnections: limits.PENDING_INBOUND,
      reconnectRetries: 0,
    },
    logger: silentComponents,
    nodeInfo: { userAgent: 'labmesh' },
  });
  return withoutOrphans(host);
}
