/** gossipsub as this mesh uses it: one topic, small messages that carry their own signature, everything bounded. */
import { createHash } from 'node:crypto';
import type { GossipsubOpts } from '@libp2p/gossipsub';
import { MAX_ENVELOPE_BYTES } from './limits.ts';

/** What comes with a message in its frame: topic, lengths. */
const FRAME_OVERHEAD = 512;
/** How many messages may come in one frame; a node publishes one at a time, retransmissions a few. */
const MESSAGES_PER_FRAME = 32;

export function gossipOptions(topic: string): Partial<GossipsubOpts> {
  return {
    globalSignaturePolicy: 'StrictNoSign', // envelopes are signed once, by their author, and can be sent again by anybody
    msgIdFn: (message) => createHash('sha256').update(message.data).digest().subarray(0, 20),
    allowedTopics: [topic],
    allowPublishToZeroTopicPeers: true, // the first PC of a cloud is alone
    emitSelf: false,
    fallbackToFloodsub: false,
    floodPublish: true, // a change of one's own goes to all neighbours at once: one hop less
    doPX: false,
    asyncValidation: false, // the topic validator (`announcer.ts`) is waited for before anything is passed on
    // Many members may share one address (a NAT, tests on loopback); members are known by key, so that is no sign of anything.
    scoreParams: { IPColocationFactorWeight: 0 },
    heartbeatInterval: 1_000,
    mcacheLength: 5,
    mcacheGossip: 3,
    seenTTL: 60_000, // an older one is refused by its sequence anyway
    // A neighbour dropped and met again within the minute must be grafted again at once: nodes restart.
    pruneBackoff: 5_000,
    maxInboundStreams: 2,
    maxOutboundStreams: 2,
    maxInboundDataLength: MESSAGES_PER_FRAME * (MAX_ENVELOPE_BYTES + FRAME_OVERHEAD),
    maxOutboundBufferSize: 1 << 20, // a neighbour that does not read loses messages; it asks for what it missed
    maxTopicBytesPerPeer: 8 * 1024, // one topic is used
    messageProcessingConcurrency: 8,
    decodeRpcLimits: {
      maxSubscriptions: 4,
      maxMessages: MESSAGES_PER_FRAME,
      maxIhaveMessageIDs: 500,
      maxIwantMessageIDs: 500,
      maxIdontwantMessageIDs: 500,
      maxControlMessages: 100,
      maxPeerInfos: 0,
    },
  };
}
