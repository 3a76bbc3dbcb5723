/**
 * libvirt's packets (virnetprotocol.x): four bytes of length (counting themselves), a 24-byte header, a payload.
 */
import { HypervisorError } from '../errors.ts';
import { XdrReader, XdrWriter } from './xdr.ts';

/** VIR_NET_MESSAGE_MAX: the largest packet without its length word. */
const messageMax = 16_777_216;
const lengthBytes = 4;
const headerBytes = 24;

/** virNetMessageType. The two types with file descriptors are never asked for. */
export const messageType = { call: 0, reply: 1, message: 2, stream: 3 } as const;
/** virNetMessageStatus. */
export const messageStatus = { ok: 0, error: 1, more: 2 } as const;

export interface Frame {
  program: number;
  version: number;
  procedure: number;
  type: number;
  serial: number;
  status: number;
  payload: Uint8Array;
}

export function encodeFrame(frame: Frame): Uint8Array {
  const total = lengthBytes + headerBytes + frame.payload.length;
  if (total - lengthBytes > messageMax) {
    throw new HypervisorError('hypervisor.protocol', { reason: `packet of ${total} bytes to send` });
  }
  const header = new XdrWriter()
    .uint(total)
    .uint(frame.program)
    .uint(frame.version)
    .int(frame.procedure)
    .int(frame.type)
    .uint(frame.serial)
    .int(frame.status)
    .bytes();
  const bytes = new Uint8Array(total);
  bytes.set(header);
  bytes.set(frame.payload, header.length);
  return bytes;
}

/** Cuts a byte stream into packets. Holds at most one unfinished packet. */
export class FrameSplitter {
  #chunks: Uint8Array[] = [];
  #held = 0;

  /** Takes what came and returns the packets that are now whole. Throws on a length no packet can have. */
  push(chunk: Uint8Array): Frame[] {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    const frames: Frame[] = [];
    for (;;) {
      if (this.#held < lengthBytes) return frames;
      const total = new XdrReader(this.#peek(lengthBytes)).uint();
      if (total < lengthBytes + headerBytes || total > lengthBytes + messageMax) {
        throw new HypervisorError('hypervisor.protocol', { reason: `packet of ${total} bytes` });
      }
      if (this.#held < total) return frames;
      frames.push(decodeFrame(this.#take(total)));
    }
  }

  #peek(length: number): Uint8Array {
    this.#join(length);
    return (this.#chunks[0] ?? new Uint8Array()).subarray(0, length);
  }

  #take(length: number): Uint8Array {
    this.#join(length);
    const first = this.#chunks[0] ?? new Uint8Array();
    if (first.length === length) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(length);
    this.#held -= length;
    return first.subarray(0, length);
  }

  /** Makes the first chunk hold at least `length` bytes; a packet in many pieces is joined once. */
  #join(length: number): void {
    if ((this.#chunks[0]?.length ?? 0) >= length) return;
    this.#chunks = [Buffer.concat(this.#chunks)];
  }
}

function decodeFrame(bytes: Uint8Array): Frame {
  const reader = new XdrReader(bytes);
  reader.uint();
  return {
    program: reader.uint(),
    version: reader.uint(),
    procedure: reader.int(),
    type: reader.int(),
    serial: reader.uint(),
    status: reader.int(),
    payload: bytes.subarray(lengthBytes + headerBytes),
  };
}
