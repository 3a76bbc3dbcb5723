/** Frames that were sent or came lately: the next peer that asks for one gets it without reading and packing again. */
import type { Frame } from './frame.ts';

/** Some 60 to 200 chunks: what a class's PCs pass on to one another within some seconds. */
export const FRAME_CACHE_BYTES = 64 * 1_048_576;

export class FrameCache {
  readonly #limit: number;
  /** In order of use, the least recent first. */
  readonly #frames = new Map<string, Frame>();
  #bytes = 0;

  constructor(limit = FRAME_CACHE_BYTES) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(versionId: string, chunk: number): Frame | undefined {
    const key = `${versionId}/${chunk}`;
    const frame = this.#frames.get(key);
    if (frame === undefined) return undefined;
    this.#frames.delete(key);
    this.#frames.set(key, frame);
    return frame;
  }

  put(versionId: string, chunk: number, frame: Frame): void {
    const key = `${versionId}/${chunk}`;
    this.#drop(key);
    if (frame.bytes.length > this.#limit) return;
    this.#frames.set(key, frame);
    this.#bytes += frame.bytes.length;
    for (const oldest of this.#frames.keys()) {
      if (this.#bytes <= this.#limit) return;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#bytes -= this.#frames.get(key)?.bytes.length ?? 0;
    this.#frames.delete(key);
  }
}
