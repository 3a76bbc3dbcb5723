/** One question to one peer, and what became of it. What goes wrong with the peer is its end; what goes wrong here is thrown. */
import { ImagesError } from '../errors.ts';
import { chunkCount, chunkLength, type Manifest } from '../manifest.ts';
import { type AnswerHead, readFrame, readHead } from './answer.ts';
import { isChunk } from './chunk.ts';
import { type Frame, unpack } from './frame.ts';
import { ByteReader, patiently } from './read.ts';
import type { ChunkSource, TakeRequest } from './source.ts';

/** A tenth of the slowest line in a lab, a Wi-Fi's edge; whoever is slower is as good as gone. */
const SLOWEST_BYTES_PER_SECOND = 128 * 1024;

export interface QuestionJob {
  readonly manifest: Manifest;
  readonly source: ChunkSource;
  readonly request: TakeRequest;
  readonly stallMs: number;
  readonly signal: AbortSignal;
  /** Before its frames come: what the peer has, and what it sends. */
  readonly onHead: (head: AnswerHead) => void;
  /** A chunk that is what the manifest says. The next one waits for the promise. */
  readonly onChunk: (chunk: number, bytes: Uint8Array, frame: Frame) => Promise<void>;
}

export type Ended =
  | { readonly how: 'done' }
  | { readonly how: 'failed'; readonly reason: unknown }
  /** It has nothing of the version, or not yet. */
  | { readonly how: 'nothing'; readonly reason: unknown }
  /** `chunk` is null when the answer as a whole was none. */
  | { readonly how: 'lie'; readonly chunk: number | null; readonly reason: unknown };

export async function ask(job: QuestionJob): Promise<Ended> {
  const { manifest, source, request, stallMs } = job;
  const ending = new AbortController();
  // Every wait has its own deadline; this one ends a peer that drips a byte before each of them.
  const longest = AbortSignal.timeout(
    stallMs + (request.max * manifest.chunkBytes * 1000) / SLOWEST_BYTES_PER_SECOND,
  );
  const signal = AbortSignal.any([ending.signal, job.signal, longest]);
  const patience = { stallMs, signal };
  let reader: ByteReader | undefined;
  let isOver = false;
  const fromPeer = async <T>(promise: Promise<T>): Promise<{ value: T } | { reason: unknown }> => {
    try {
      return { value: await promise };
    } catch (reason) {
      return { reason };
    }
  };
  try {
    const stream = await fromPeer(patiently(source.take(manifest.versionId, request, signal), patience));
    if ('reason' in stream)
      return { how: isUnknown(stream.reason) ? 'nothing' : 'failed', reason: stream.reason };
    reader = new ByteReader(stream.value, patience);
    const head = await fromPeer(readHead(reader, chunkCount(manifest)));
    if ('reason' in head) return { how: 'failed', reason: head.reason };
    if (head.value === null || !isAnswer(head.value, request)) return lie(null);
    job.onHead(head.value);
    for (const chunk of head.value.chosen) {
      const length = chunkLength(manifest, chunk);
      const frame = await fromPeer(readFrame(reader, length));
      if ('reason' in frame) return { how: 'failed', reason: frame.reason };
      if (frame.value === null)
        return { how: 'failed', reason: new ImagesError('images.cut_off', { chunk }) };
      const bytes = await unpack(frame.value, length);
      if (bytes === null || !isChunk(manifest, chunk, bytes)) return lie(chunk);
      await job.onChunk(chunk, bytes, frame.value);
    }
    const end = await fromPeer(reader.ended());
    if ('reason' in end) return { how: 'failed', reason: end.reason };
    isOver = end.value;
    return isOver ? { how: 'done' } : lie(null);
  } finally {
    if (!isOver) {
      reader?.cancel();
      ending.abort();
    }
  }
}

function isUnknown(reason: unknown): boolean {
  return reason instanceof ImagesError && reason.code === 'images.version_unknown';
}

function lie(chunk: number | null): Ended {
  return { how: 'lie', chunk, reason: new ImagesError('images.wrong_chunk', { chunk: chunk ?? -1 }) };
}

/** Only what was asked for, and no more of it. */
function isAnswer({ chosen }: AnswerHead, { want, max }: TakeRequest): boolean {
  return (
    chosen.length <= max && chosen.every((chunk) => ((want[chunk >> 3] ?? 0) & (1 << (chunk & 7))) !== 0)
  );
}
