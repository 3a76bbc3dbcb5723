/** Talk in turns over the join's one stream, each turn with the whole join's deadline. */
import type { Stream } from '@libp2p/interface';
import type * as z from 'zod';
import { GossipError, reasonOf } from '../errors.ts';
import { framesOf, sendFrame } from '../wire/frames.ts';
import { fromBytes, toBytes } from '../wire/json.ts';
import { MAX_JOIN_BYTES } from './messages.ts';

export class Talk {
  readonly #stream: Stream;
  readonly #frames: AsyncGenerator<Uint8Array>;
  readonly #signal: AbortSignal;

  constructor(stream: Stream, signal: AbortSignal) {
    this.#stream = stream;
    this.#frames = framesOf(stream, MAX_JOIN_BYTES);
    this.#signal = signal;
    signal.addEventListener('abort', () => stream.abort(new Error('deadline')), { once: true });
  }

  async say(message: object): Promise<void> {
    await sendFrame(this.#stream, toBytes(message), this.#signal);
  }

  /** @throws GossipError `join.malformed` when the other side says something else, or nothing */
  async hear<T>(schema: z.ZodType<T>): Promise<T> {
    return heard(schema, await this.raw());
  }

  /** The next frame, for who must look at its version first. @throws GossipError `join.malformed` */
  async raw(): Promise<Uint8Array> {
    const { value, done } = await this.#frames.next().catch((error: unknown) => {
      throw new GossipError('join.malformed', { reason: reasonOf(error) }, { cause: error });
    });
    if (done) throw new GossipError('join.malformed', { reason: 'the other side ended the conversation' });
    return value;
  }

  async end(): Promise<void> {
    await this.#stream.close({ signal: this.#signal }).catch(() => {}); // all is said
  }
}

/** @throws GossipError `join.malformed` */
export function heard<T>(schema: z.ZodType<T>, bytes: Uint8Array): T {
  try {
    return fromBytes(schema, bytes);
  } catch (error) {
    throw new GossipError('join.malformed', { reason: 'not a message of this protocol' }, { cause: error });
  }
}
