/** JSON on the wire. What comes in is checked against a schema before anybody sees it. */
import type * as z from 'zod';
import { GossipError, reasonOf } from '../errors.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

export function toBytes(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}

/** @throws GossipError `rpc.malformed` */
export function fromBytes<T>(schema: z.ZodType<T>, bytes: Uint8Array): T {
  try {
    return schema.parse(JSON.parse(decoder.decode(bytes)));
  } catch (error) {
    throw new GossipError('rpc.malformed', { reason: reasonOf(error) }, { cause: error });
  }
}
