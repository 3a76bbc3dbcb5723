/**
 * What the node and its serving process tell one another: a line of JSON each, over a Unix socket that only the node's user opens. The
 * server keeps what it waits for, and says it again to whoever connects next, so that either may fall and come back.
 */
import * as z from 'zod';
import { idSchema } from '../../state/index.ts';
import { MAX_CHUNKS } from '../manifest.ts';

/** Of one message: an answer to a read of 32 MiB in chunks of 64 KiB is 512. */
export const MAX_LISTED_CHUNKS = 4096;
/** 4096 chunk numbers of 8 characters, and the rest. */
const MAX_LINE_BYTES = 65_536;

const chunks = z.array(z.int().min(0).max(MAX_CHUNKS)).max(MAX_LISTED_CHUNKS);

/** Node to server. */
export const orderSchema = z.discriminatedUnion('tell', [
  /** Load the version from its folder, unless it is served already; answered by `opened` or `refused`. */
  z.object({ tell: z.literal('open'), versionId: idSchema }),
  /** Chunks that are verified and in the file. */
  z.object({ tell: z.literal('arrived'), versionId: idSchema, chunks }),
  /** Chunks that were found damaged: nobody is to read them until they arrive again. */
  z.object({ tell: z.literal('lost'), versionId: idSchema, chunks }),
  /** The version is removed, or read from its file: clients of it are let go. */
  z.object({ tell: z.literal('close'), versionId: idSchema }),
  /** End when no client is left. */
  z.object({ tell: z.literal('retire') }),
]);
export type Order = z.infer<typeof orderSchema>;

/** Server to node. */
export const noticeSchema = z.discriminatedUnion('tell', [
  z.object({ tell: z.literal('hello'), protocol: z.int(), version: z.string().max(64), pid: z.int() }),
  z.object({ tell: z.literal('opened'), versionId: idSchema }),
  z.object({ tell: z.literal('refused'), versionId: idSchema, reason: z.string().max(1000) }),
  /** A guest waits for these, in this order. */
  z.object({ tell: z.literal('want'), versionId: idSchema, chunks }),
  /** Chunks that should be here and are not what they should be. Nobody reads them until they arrive. */
  z.object({ tell: z.literal('damaged'), versionId: idSchema, chunks }),
  /** Chunks in the order of their first read since the version was opened; `from` counts those told before. */
  z.object({ tell: z.literal('read'), versionId: idSchema, from: z.int().min(0), chunks }),
  /** How many clients read a version. */
  z.object({ tell: z.literal('clients'), versionId: idSchema, count: z.int().min(0) }),
]);
export type Notice = z.infer<typeof noticeSchema>;

/** Messages of this form; a server of another one is left to its clients and replaced. */
export const CONTROL_PROTOCOL = 2;

export function line(message: Order | Notice): string {
  return `${JSON.stringify(message)}\n`;
}

/** Cuts what arrives into messages. */
export class Lines<T> {
  readonly #schema: z.ZodType<T>;
  readonly #decoder = new TextDecoder();
  #rest = '';

  constructor(schema: z.ZodType<T>) {
    this.#schema = schema;
  }

  /** @throws SyntaxError or ZodError for what is no message, RangeError for one that does not end */
  take(bytes: Uint8Array): T[] {
    const parts = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n');
    this.#rest = parts.pop() ?? '';
    if (this.#rest.length > MAX_LINE_BYTES) throw new RangeError('a message without an end');
    return parts.map((part) => this.#schema.parse(JSON.parse(part)));
  }
}
