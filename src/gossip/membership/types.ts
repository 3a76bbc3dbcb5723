/** Who belongs to the cloud, as the log says. The mesh never decides about it. */

export interface Member {
  readonly nodeId: string;
  /** libp2p's name of its public key. */
  readonly peerId: string;
  /** Where it was when the log last heard, as multiaddrs without `/p2p` (e.g. `/ip4/10.0.0.5/tcp/7946`). */
  readonly addresses: readonly string[];
}

/** The log's side: what `node/` hands in. Retired nodes are not in the list. */
export interface MembershipSource {
  members(): readonly Member[];
  /** Calls `listener` after the list changed. Returns how to stop listening. */
  onChange(listener: () => void): () => void;
}
