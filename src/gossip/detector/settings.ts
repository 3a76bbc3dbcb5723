/** The detector's times. Goal: a death is seen by all within 5 s, and nobody who is silent for 2 s is declared dead. */

export interface DetectorSettings {
  /** One member is asked per period, in turn. With some ten watchers each is asked some 2.5 times a second by somebody. */
  readonly periodMs: number;
  /** Silence after which others are asked to ask: some hundred times a LAN's round trip, and a long pause of a busy event loop. */
  readonly directMs: number;
  /** How long those get. */
  readonly indirectMs: number;
  /** From suspicion to death once several agree. 0.8 s of probing and this exceed the 2 s that a stopped PC is allowed by 0.8 s. */
  readonly suspicionMinMs: number;
  /** The same with a single accuser, whose own network may be the broken one. */
  readonly suspicionMaxMs: number;
  /** How many are asked to ask. */
  readonly helpers: number;
  /** Between ticks; a tick later than three of them means that this node itself was starved. */
  readonly tickMs: number;
}

export const DETECTOR_DEFAULTS: DetectorSettings = {
  periodMs: 400,
  directMs: 400,
  indirectMs: 400,
  suspicionMinMs: 2_000,
  suspicionMaxMs: 8_000,
  helpers: 3,
  tickMs: 100,
};

/** Ceiling of self-doubt: a starved node gives others up to this many times more time (Lifeguard uses 8 as well). */
export const MAX_DOUBT = 8;
/** Failed probes in a row after which a node that hears from nobody at all believes them none the less. */
export const ALONE_AFTER = 3;
/** Accusers beyond this add nothing; so many signed accusations are kept and told on. */
export const MAX_ACCUSERS = 4;
