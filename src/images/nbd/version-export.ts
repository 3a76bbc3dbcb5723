/** A version of this PC, whole or not, as QEMU reads it. Chunks that are missing are asked for and waited for. */

import { readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { PresentBitmap } from '../bitmap.ts';
import { chunkHash, type Manifest } from '../manifest.ts';
import type { NbdExport } from './export.ts';
import type { Extent } from './wire.ts';

/** A read from memory takes some 10 µs; one that took longer than this came from a disk on which others would wait for it. */
const SLOW_MS = 4;
/** How long reads are then done aside before one is tried at once again. */
const SLOW_FOR_MS = 250;

/**
 * A read that waits longer is failed, which pauses the VM: a guest that stands still counts no time, while one that runs gives its disk up
 * (Linux after 30 s, Windows after 60 s of a SATA disk), and QEMU can neither save nor reset nor end it with a read under way. The chunk stays wanted.
 */
const PATIENCE_MS = 10_000;

export interface Bringing {
  /** Asks for chunks, most urgent first. Told again whenever the one who brings was away. */
  want(chunks: readonly number[]): void;
}

export class VersionExport implements NbdExport {
  readonly sizeBytes: number;
  readonly #manifest: Manifest;
  readonly #present: PresentBitmap;
  readonly #disk: FileHandle;
  readonly #bringing: Bringing;
  readonly #waiting = new Map<number, PromiseWithResolvers<void>>();
  readonly #seen: Uint8Array;
  readonly #patienceMs: number;
  readonly #order: number[] = [];
  #slowUntil = 0;

  private constructor(
    manifest: Manifest,
    present: PresentBitmap,
    disk: FileHandle,
    bringing: Bringing,
    patienceMs: number,
  ) {
    this.#patienceMs = patienceMs;
    this.sizeBytes = manifest.virtualBytes;
    this.#manifest = manifest;
    this.#present = present;
    this.#disk = disk;
    this.#bringing = bringing;
    this.#seen = new Uint8Array(present.chunks);
  }

  static async open(
    disk: string,
    manifest: Manifest,
    present: PresentBitmap,
    bringing: Bringing,
    patienceMs = PATIENCE_MS,
  ): Promise<VersionExport> {
    return new VersionExport(manifest, present, await open(disk, 'r'), bringing, patienceMs);
  }

  /** Chunks that somebody waits for. */
  get wanted(): number[] {
    return [...this.#waiting.keys()];
  }

  /** Chunks in the order in which they were read first: what a next boot of this version will want. */
  get order(): readonly number[] {
    return this.#order;
  }

  /** Chunks that are verified and in the file by now. */
  arrived(chunks: readonly number[]): void {
    for (const chunk of chunks) {
      this.#present.set(chunk);
      this.#waiting.get(chunk)?.resolve();
      this.#waiting.delete(chunk);
    }
  }

  /** Chunks whose bytes in the file are not what they should be; zeros are known without reading them. */
  lost(chunks: readonly number[]): void {
    for (const chunk of chunks) if (chunkHash(this.#manifest, chunk) !== null) this.#present.clear(chunk);
  }

  isHere(offset: number, length: number): boolean {
    for (let chunk = this.#chunkAt(offset); chunk <= this.#chunkAt(offset + length - 1); chunk++) {
      if (!this.#present.has(chunk)) return false;
    }
    return true;
  }

  async bring(offset: number, length: number): Promise<void> {
    const missing: number[] = [];
    const all: Promise<void>[] = [];
    for (let chunk = this.#chunkAt(offset); chunk <= this.#chunkAt(offset + length - 1); chunk++) {
      if (this.#present.has(chunk)) continue;
      this.#note(chunk);
      let waiting = this.#waiting.get(chunk);
      if (waiting === undefined) {
        waiting = Promise.withResolvers<void>();
        this.#waiting.set(chunk, waiting);
        missing.push(chunk);
      }
      all.push(waiting.promise);
    }
    if (missing.length > 0) this.#bringing.want(missing);
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error('it does not come')), this.#patienceMs);
    await Promise.race([Promise.all(all), late.promise]).finally(() => clearTimeout(timer));
  }

  isZero(offset: number, length: number): boolean {
    for (let chunk = this.#chunkAt(offset); chunk <= this.#chunkAt(offset + length - 1); chunk++) {
      if (chunkHash(this.#manifest, chunk) !== null) return false;
    }
    return true;
  }

  extents(offset: number, length: number, limit: number): Extent[] {
    const runs: { length: number; zero: boolean }[] = [];
    const end = offset + length;
    for (let at = offset; at < end; ) {
      const chunk = this.#chunkAt(at);
      const next = Math.min(end, (chunk + 1) * this.#manifest.chunkBytes);
      const zero = chunkHash(this.#manifest, chunk) === null;
      const last = runs.at(-1);
      if (last?.zero === zero) last.length += next - at;
      else if (runs.length === limit) break;
      else runs.push({ length: next - at, zero });
      at = next;
    }
    return runs;
  }

  readNow(into: Buffer, at: number, offset: number, length: number): boolean {
    const before = performance.now();
    if (before < this.#slowUntil) return false;
    this.#noteRange(offset, length);
    for (let done = 0; done < length; ) {
      const read = readSync(this.#disk.fd, into, at + done, length - done, offset + done);
      if (read === 0) throw new Error('the file of the version ends early');
      done += read;
    }
    const after = performance.now();
    if (after - before > SLOW_MS) this.#slowUntil = after + SLOW_FOR_MS;
    return true;
  }

  async readLater(into: Buffer, at: number, offset: number, length: number): Promise<void> {
    this.#noteRange(offset, length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await this.#disk.read(into, at + done, length - done, offset + done);
      if (bytesRead === 0) throw new Error('the file of the version ends early');
      done += bytesRead;
    }
  }

  async close(): Promise<void> {
    for (const { reject } of this.#waiting.values()) reject(new Error('no longer served'));
    this.#waiting.clear();
    await this.#disk.close();
  }

  #noteRange(offset: number, length: number): void {
    for (let chunk = this.#chunkAt(offset); chunk <= this.#chunkAt(offset + length - 1); chunk++)
      this.#note(chunk);
  }

  #note(chunk: number): void {
    if (this.#seen[chunk] === 1) return;
    this.#seen[chunk] = 1;
    if (chunkHash(this.#manifest, chunk) !== null) this.#order.push(chunk);
  }

  #chunkAt(offset: number): number {
    return Math.floor(offset / this.#manifest.chunkBytes);
  }
}
