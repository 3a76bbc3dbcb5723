/** The first part of a connection: which export, and what both sides can do. Pure: bytes in, bytes out. */
import {
  exportFacts,
  HANDSHAKE_NO_ZEROES,
  INFO,
  OPTION,
  OPTION_ERROR,
  OPTION_MAGIC,
  OPTION_REPLY,
  optionReply,
} from './wire.ts';

/** Names are ULIDs; the specification allows 4 KiB, and a list of contexts needs a little more. */
const MAX_OPTION_BYTES = 16_384;
const OPTION_HEAD_BYTES = 16;
/** More options than any client sends before it begins; then it is not a client. */
const MAX_OPTIONS = 64;
const ALLOCATION = 'base:allocation';
/** The number that stands for `base:allocation` on this connection. */
export const ALLOCATION_ID = 1;
/** QEMU asks in pieces of up to 32 MiB whatever we say; this is what is pleasant: a chunk of the swarm. */
const PREFERRED_BLOCK = 65_536;
export const MAX_READ_BYTES = 33_554_432;

/** What was agreed; then requests follow. */
export interface Agreed<E> {
  readonly export: E;
  readonly structured: boolean;
  /** The client may ask for block status. */
  readonly allocation: boolean;
}

export interface Exports<E> {
  find(name: string): E | undefined;
  /** Makes the export findable, if there is such a one. Never rejects. */
  load(name: string): Promise<void>;
  sizeOf(one: E): number;
}

export type Turn<E> =
  | { readonly next: 'more' }
  /** The same bytes are to be taken again when this name was loaded. */
  | { readonly next: 'load'; readonly name: string }
  | { readonly next: 'reply'; readonly used: number; readonly bytes: Buffer }
  | { readonly next: 'agreed'; readonly used: number; readonly bytes: Buffer; readonly agreed: Agreed<E> }
  /** What was to be said last is in `bytes`. */
  | { readonly next: 'end'; readonly bytes: Buffer };

export class Handshake<E> {
  readonly #exports: Exports<E>;
  #clientFlags: number | null = null;
  #options = 0;
  #structured = false;
  #allocationFor: string | null = null;
  /** Loading it was tried: what is not found now does not exist. */
  #tried: string | null = null;

  constructor(exports: Exports<E>) {
    this.#exports = exports;
  }

  /** Looks at what has arrived and not been used yet. */
  take(bytes: Buffer): Turn<E> {
    if (this.#clientFlags === null) {
      if (bytes.length < 4) return { next: 'more' };
      this.#clientFlags = bytes.readUInt32BE(0);
      return { next: 'reply', used: 4, bytes: Buffer.alloc(0) };
    }
    if (bytes.length < OPTION_HEAD_BYTES) return { next: 'more' };
    const option = bytes.readUInt32BE(8);
    const length = bytes.readUInt32BE(12);
    const honest = bytes.readBigUInt64BE(0) === OPTION_MAGIC && length <= MAX_OPTION_BYTES;
    if (!honest || ++this.#options > MAX_OPTIONS) return { next: 'end', bytes: Buffer.alloc(0) };
    const used = OPTION_HEAD_BYTES + length;
    if (bytes.length < used) {
      this.#options--; // the same option is looked at again when the rest is here
      return { next: 'more' };
    }
    const data = bytes.subarray(OPTION_HEAD_BYTES, used);
    const name = nameIn(option, data);
    if (name !== null && name !== this.#tried && this.#exports.find(name) === undefined) {
      this.#tried = name;
      this.#options--;
      return { next: 'load', name };
    }
    return this.#answer(option, data, used);
  }

  #answer(option: number, data: Buffer, used: number): Turn<E> {
    const reply = (...bytes: Buffer[]): Turn<E> => ({ next: 'reply', used, bytes: Buffer.concat(bytes) });
    switch (option) {
      case OPTION.exportName:
        return this.#begin(data.toString('utf8'), used);
      case OPTION.abort:
        return { next: 'end', bytes: optionReply(option, OPTION_REPLY.ack) };
      case OPTION.list:
        // Whoever may know an export's name knows it from us.
        return reply(optionReply(option, OPTION_REPLY.ack));
      case OPTION.structuredReply:
        this.#structured = true;
        return reply(optionReply(option, OPTION_REPLY.ack));
      case OPTION.info:
      case OPTION.go:
        return this.#describe(option, data, used);
      case OPTION.listMetaContext:
      case OPTION.setMetaContext:
        return reply(this.#contexts(option, data));
      default:
        return reply(optionReply(option, OPTION_ERROR.unsupported));
    }
  }

  /** The old way to begin has no way to refuse but to hang up. */
  #begin(name: string, used: number): Turn<E> {
    const found = this.#exports.find(name);
    if (found === undefined) return { next: 'end', bytes: Buffer.alloc(0) };
    const zeros = ((this.#clientFlags ?? 0) & HANDSHAKE_NO_ZEROES) === 0 ? 124 : 0;
    const bytes = Buffer.concat([exportFacts(this.#exports.sizeOf(found)), Buffer.alloc(zeros)]);
    return { next: 'agreed', used, bytes, agreed: this.#agreed(found, name) };
  }

  #describe(option: number, data: Buffer, used: number): Turn<E> {
    const name = lengthened(data, 0);
    if (name === null) return { next: 'reply', used, bytes: optionReply(option, OPTION_ERROR.invalid) };
    const found = this.#exports.find(name.text);
    if (found === undefined) return { next: 'reply', used, bytes: optionReply(option, OPTION_ERROR.unknown) };
    const facts = Buffer.concat([u16(INFO.export), exportFacts(this.#exports.sizeOf(found))]);
    const sizes = Buffer.concat([u16(INFO.blockSize), u32(1), u32(PREFERRED_BLOCK), u32(MAX_READ_BYTES)]);
    const bytes = Buffer.concat([
      optionReply(option, OPTION_REPLY.info, facts),
      optionReply(option, OPTION_REPLY.info, sizes),
      optionReply(option, OPTION_REPLY.ack),
    ]);
    if (option === OPTION.info) return { next: 'reply', used, bytes };
    return { next: 'agreed', used, bytes, agreed: this.#agreed(found, name.text) };
  }

  #agreed(found: E, name: string): Agreed<E> {
    return {
      export: found,
      structured: this.#structured,
      allocation: this.#structured && this.#allocationFor === name,
    };
  }

  #contexts(option: number, data: Buffer): Buffer {
    const name = lengthened(data, 0);
    if (name === null || data.length < name.end + 4) return optionReply(option, OPTION_ERROR.invalid);
    if (this.#exports.find(name.text) === undefined) return optionReply(option, OPTION_ERROR.unknown);
    const queries: string[] = [];
    let at = name.end + 4;
    for (let left = data.readUInt32BE(name.end); left > 0; left--) {
      const query = lengthened(data, at);
      if (query === null) return optionReply(option, OPTION_ERROR.invalid);
      queries.push(query.text);
      at = query.end;
    }
    const all = option === OPTION.listMetaContext && queries.length === 0;
    const wanted = all || queries.includes(ALLOCATION) || queries.includes('base:');
    if (option === OPTION.setMetaContext) this.#allocationFor = wanted ? name.text : null;
    const ack = optionReply(option, OPTION_REPLY.ack);
    if (!wanted) return ack;
    const context = Buffer.concat([u32(ALLOCATION_ID), Buffer.from(ALLOCATION)]);
    return Buffer.concat([optionReply(option, OPTION_REPLY.metaContext, context), ack]);
  }
}

/** Which export an option is about; null for the others. */
function nameIn(option: number, data: Buffer): string | null {
  if (option === OPTION.exportName) return data.toString('utf8');
  const named: readonly number[] = [OPTION.info, OPTION.go, OPTION.listMetaContext, OPTION.setMetaContext];
  return named.includes(option) ? (lengthened(data, 0)?.text ?? null) : null;
}

/** A text with its length before it; null when it would reach beyond the data. */
function lengthened(data: Buffer, at: number): { text: string; end: number } | null {
  if (data.length < at + 4) return null;
  const end = at + 4 + data.readUInt32BE(at);
  return end > data.length ? null : { text: data.toString('utf8', at + 4, end), end };
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value, 0);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value, 0);
  return bytes;
}
