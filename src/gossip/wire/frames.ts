/** Frames on a stream: 4 bytes of length, big-endian, then that many bytes. Longer than allowed is refused by the length alone. */
import type { Stream } from '@libp2p/interface';
import { GossipError } from '../errors.ts';
import { drained } from './drained.ts';

const PREFIX = 4;

/** A frame as it goes onto the wire. */
export function framed(body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(PREFIX + body.byteLength);
  new DataView(bytes.buffer).setUint32(0, body.byteLength);
  bytes.set(body, PREFIX);
  return bytes;
}

/** Takes frames out of the pieces of a stream. Holds no more than one frame and one piece. */
export class FrameReader {
  readonly #maxBytes: number;
  #pieces: Uint8Array[] = [];
  #size = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * @returns the frames that this piece completed
   * @throws GossipError `rpc.too_large`
   */
  push(piece: Uint8Array): Uint8Array[] {
    this.#pieces.push(piece);
    this.#size += piece.byteLength;
    const frames: Uint8Array[] = [];
    for (let length = this.#nextLength(); length !== null; length = this.#nextLength()) {
      if (length > this.#maxBytes)
        throw new GossipError('rpc.too_large', { bytes: length, maxBytes: this.#maxBytes });
      if (this.#size < PREFIX + length) break;
      frames.push(this.#take(PREFIX + length).subarray(PREFIX));
    }
    return frames;
  }

  #nextLength(): number | null {
    if (this.#size < PREFIX) return null;
    const first = this.#pieces[0];
    const head = first !== undefined && first.byteLength >= PREFIX ? first : this.#whole();
    return new DataView(head.buffer, head.byteOffset).getUint32(0);
  }

  #take(length: number): Uint8Array {
    const all = this.#whole();
    const rest = all.subarray(length);
    this.#pieces = rest.byteLength === 0 ? [] : [rest];
    this.#size = rest.byteLength;
    return all.subarray(0, length);
  }

  #whole(): Uint8Array {
    const [only] = this.#pieces;
    if (this.#pieces.length === 1 && only !== undefined) return only;
    const all = new Uint8Array(Buffer.concat(this.#pieces));
    this.#pieces = [all];
    return all;
  }
}

/** The frames of a stream, until the other side has said its last. */
export async function* framesOf(stream: Stream, maxBytes: number): AsyncGenerator<Uint8Array> {
  const reader = new FrameReader(maxBytes);
  for await (const piece of stream) yield* reader.push(piece.subarray());
}

/** Sends a frame and waits while the other side is slow. */
export async function sendFrame(stream: Stream, body: Uint8Array, signal: AbortSignal): Promise<void> {
  stream.send(framed(body));
  await drained(stream, signal);
}
