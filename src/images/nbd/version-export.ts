/**
 * A version of this PC, whole or not, as QEMU reads it. Chunks that are missing are asked for and waited for. Each is held against its hash
 * before a guest reads of it for the first time: what came weeks ago may not be on the disk any more as it came.
 */
import { readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { PresentBitmap } from '../bitmap.ts';
import { chunkHash, type Manifest } from '../manifest.ts';
import { isChunk, readChunk } from '../swarm/chunk.ts';
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
  /** A chunk that should be here is not what it should be; it counts as missing from now on. */
  damaged(chunk: number): void;
}

export class VersionExport implements NbdExport {
  readonly sizeBytes: number;
  readonly #manifest: Manifest;
  readonly #present: PresentBitmap;
  readonly #disk: FileHandle;
  readonly #bringing: Bringing;
  readonly #waiting = new Map<number, PromiseWithResolvers<void>>();
  /** 1: compared with its hash since the version was opened, or zeros. */
  readonly #checked: Uint8Array;
  readonly #checking = new Map<number, Promise<void>>();
  readonly #damaged = new Set<number>();
  #isClosed = false;
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
    this.#checked = new Uint8Array(present.chunks);
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

  /** Chunks that were found damaged here and did not come anew yet. */
  get damaged(): number[] {
    return [...this.#damaged];
  }

  /** Chunks in the order in which they were read first: what a next boot of this version will want. */
  get order(): readonly number[] {
    return this.#order;
  }

  /** Chunks that are verified and in the file by now. */
  arrived(chunks: readonly number[]): void {
    for (const chunk of chunks) {
      this.#present.set(chunk);
      this.#damaged.delete(chunk);
      this.#waiting.get(chunk)?.resolve();
      this.#waiting.delete(chunk);
    }
  }

  /** Chunks whose bytes in the file are not what they should be. Those that are to be zeros were made so again. */
  lost(chunks: readonly number[]): void {
    for (const chunk of chunks) {
      this.#checked[chunk] = 0;
      if (chunkHash(this.#manifest, chunk) === null) this.arrived([chunk]);
      else this.#present.clear(chunk);
    }
  }

  isHere(offset: number, length: number): boolean {
    for (let chunk = this.#chunkAt(offset); chunk <= this.#chunkAt(offset + length - 1); chunk++) {
      if (!this.#present.has(chunk) || this.#checked[chunk] !== 1) return false;
    }
    return true;
  }

  async bring(offset: number, length: number): Promise<void> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error('it does not come')), this.#patienceMs);
    const chunks: number[] = [];
    for (let chunk = this.#chunkAt(offset); chunk <= this.#chunkAt(offset + length - 1); chunk++)
      chunks.push(chunk);
    await Promise.race([this.#ready(chunks), late.promise]).finally(() => clearTimeout(timer));
  }

  /** Resolves when all of them are here, as they should be. */
  async #ready(chunks: readonly number[]): Promise<void> {
    const open = () => chunks.filter((chunk) => !this.#present.has(chunk) || this.#checked[chunk] !== 1);
    for (let left = open(); left.length > 0; left = open()) {
      await this.#arrival(left.filter((chunk) => !this.#present.has(chunk)));
      await Promise.all(left.map((chunk) => this.#check(chunk)));
    }
  }

  async #arrival(missing: readonly number[]): Promise<void> {
    const unasked = missing.filter((chunk) => !this.#waiting.has(chunk));
    for (const chunk of unasked) this.#waiting.set(chunk, Promise.withResolvers<void>());
    for (const chunk of missing) this.#note(chunk);
    if (unasked.length > 0) this.#bringing.want(unasked);
    await Promise.all(missing.map((chunk) => this.#waiting.get(chunk)?.promise));
  }

  /** Compares what is in the file with the hash, once for all who wait for it. */
  #check(chunk: number): Promise<void> {
    const running = this.#checking.get(chunk);
    if (running) return running;
    const checking = this.#compare(chunk).finally(() => this.#checking.delete(chunk));
    this.#checking.set(chunk, checking);
    return checking;
  }

  async #compare(chunk: number): Promise<void> {
    if (!this.#present.has(chunk)) return;
    if (await this.#isRight(chunk)) {
      this.#checked[chunk] = 1;
      return;
    }
    this.#present.clear(chunk);
    this.#damaged.add(chunk);
    this.#bringing.damaged(chunk);
  }

  async #isRight(chunk: number): Promise<boolean> {
    try {
      const bytes = await readChunk(this.#disk, this.#manifest, chunk);
      if (chunkHash(this.#manifest, chunk) !== null) return isChunk(this.#manifest, chunk, bytes);
      return Buffer.alloc(bytes.length).equals(bytes);
    } catch (error) {
      if (this.#isClosed) throw error;
      return false; // the disk does not give it back
    }
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
    this.#isClosed = true;
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
