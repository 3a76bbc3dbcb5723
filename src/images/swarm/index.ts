/** Versions between PCs, many at once. Knows no network: see `source.ts`. */
export { MAX_ANSWER_CHUNKS } from './answer.ts';
export { Budget } from './budget.ts';
export { type FetchRequest, fetchVersion, type Transfer } from './fetch.ts';
export { FrameCache } from './frame-cache.ts';
export type { PeerFigures } from './pace.ts';
export type { Relative } from './relatives.ts';
export { Shares } from './shares.ts';
export type { ChunkSource, TakeRequest } from './source.ts';
