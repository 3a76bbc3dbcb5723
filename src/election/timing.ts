/** The waits and bounds the core decides by. Milliseconds of the node's own clock, whatever its zero. */
export interface Timing {
  heartbeatMs: number;
  /** A follower waits a random time between these for its leader. */
  electionMinMs: number;
  electionMaxMs: number;
  /** A voter silent for so long is replaced by a standby. 0: never. The cloud's setting takes its place (`replaceSilentAfter`). */
  replaceSilentMs: number;
  /** Messages with entries that may be on their way to one follower. */
  maxInFlight: number;
  /** Entries in one message. */
  maxAppendEntries: number;
}

export const defaultTiming: Readonly<Timing> = {
  // Round trips in a lab are under a millisecond; a tenth of a second is a hundred of them and 10 messages a second.
  heartbeatMs: 100,
  // Two lost heartbeats in a row must not depose anybody; five lost ones do.
  electionMinMs: 300,
  electionMaxMs: 600,
  // A restart with updates takes a minute; a voter gone for longer is better replaced than waited for.
  replaceSilentMs: 120_000,
  // With messages of at most 256 KiB (or one large command): 4 MiB under way to one follower.
  maxInFlight: 16,
  // As many as one durable write takes at most at the follower.
  maxAppendEntries: 256,
};
