/** Bounds of the bulk door. */

/** One body. Images come in chunks of some MiB; a suspended VM's memory is the largest thing that travels in one piece. */
export const MAX_BODY_BYTES = 256 * 2 ** 30;
/** Transfers of one member at once: a swarm asks one peer for a handful of chunks at a time. */
export const MAX_RUNNING_PER_PEER = 16;
/** All together: each holds some hundred KiB. */
export const MAX_RUNNING = 128;
/** A connection on which nothing moves is closed after this. Bun's unit is seconds. */
export const IDLE_SECONDS = 60;
/** Until the answer's head is there: the other side may have to open a file on a busy disk. */
export const HEAD_TIMEOUT_MS = 15_000;
/** A request that proves its sender has a header of 500 bytes. */
export const MAX_PROOF_LENGTH = 2_000;
/** Of a path with its query: names of chunks and ids, no data. */
export const MAX_TARGET_LENGTH = 2_000;
/** Sockets (consoles) of one member: a class whose VMs all run on this PC, watched from one page. */
export const MAX_SOCKETS_PER_PEER = 64;
/** Each holds at most a window both ways. */
export const MAX_SOCKETS = 256;
/** Bytes sent ahead of the other side: 10 ms at 100 MB/s. */
export const WINDOW_BYTES = 1024 * 1024;
/** One message; what is longer is sent in pieces. */
export const MAX_PIECE_BYTES = 64 * 1024;
/** How often a socket that says nothing says that it lives. */
export const SIGN_OF_LIFE_MS = 15_000;
/** Four signs missed. */
export const SILENCE_MS = 60_000;
