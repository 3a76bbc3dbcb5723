/** Bounds of announcements. */

/** Signed text of one announcement: 40 images held at 80 bytes each, and the rest. */
export const MAX_BODY_BYTES = 8 * 1024;
/** With author and signature, as JSON (whose escapes may double a body's quotes). */
export const MAX_ENVELOPE_BYTES = 2 * MAX_BODY_BYTES + 512;
/** Changes of one node within this are told once: goal is "seen by all within 2 s". */
export const COALESCE_MS = 250;
/** Without a change a node repeats itself this often, so that a lost message heals and a silent node is known to be silent. */
export const REPEAT_MS = 60_000;
/** How often one neighbour is asked for what was missed. */
export const SYNC_MS = 5_000;
/** How often others take a node's announcements: 2 a second on average, 10 at once. A coalescing node stays under it. */
export const PER_SECOND = 4;
export const BURST = 12;
/** How many messages a neighbour may pass on a second: everybody's changes of a busy second in a lab of 200. */
export const FORWARDED_PER_SECOND = 200;
export const FORWARDED_BURST = 1_000;
/** A sequence this far in the future of our own clock is not believed: nobody could ever exceed it. */
export const MAX_AHEAD_MS = 30 * 60_000;
