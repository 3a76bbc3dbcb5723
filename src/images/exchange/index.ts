/** Versions between PCs: see fetch.ts and serve.ts. Knows no network. */
export { type FetchRequest, fetchVersion } from './fetch.ts';
export { MAX_SERVED_CHUNKS, serveChunks } from './serve.ts';
export type { ChunkSource } from './source.ts';
