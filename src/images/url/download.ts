/** A file from the web, into a file of this PC: goes on after breaks, bounded in size, time, redirects and tries. */
import { createHash, type Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { withFile } from '../durable.ts';
import { ImagesError, namedWriteError } from '../errors.ts';
import { type OnProgress, ProgressMeter } from '../progress.ts';
import { freeBytes } from '../space.ts';
import { factsOf, looksLikeHtml, rangeOf } from './headers.ts';
import { ask, checkedUrl, type Reach, type Reply } from './reply.ts';

/** As many as browsers need in practice; more is a circle. */
const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Passing states of a server: worth another try. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);
/** A file of unknown length is checked against the disk's free space every so many bytes. */
const LOOK_EVERY_BYTES = 64 * 1024 * 1024;

export interface DownloadPatience {
  /** A connection that brings less than `leastBytes` in so many ms is given up. */
  readonly stallMs: number;
  readonly leastBytes: number;
  /** Tries in a row that bring nothing worth while. */
  readonly tries: number;
  /** A try that brought so many bytes was worth while. */
  readonly worthBytes: number;
  /** Before the n-th further try. */
  readonly waitMs: (n: number) => number;
}

const PATIENCE: DownloadPatience = {
  // Half a KiB a second would take a year for an image: nobody waits for that.
  stallMs: 30_000,
  leastBytes: 16 * 1024,
  tries: 6,
  worthBytes: 1024 * 1024,
  // Half a minute in all: a mirror's restart, or a cable that is put back.
  waitMs: (n) => Math.min(1000 * 2 ** (n - 1), 15_000),
};

export interface DownloadRequest extends Reach {
  readonly url: string;
  readonly maxBytes: number;
  /** Hex SHA-256 that the file is to have. */
  readonly sha256?: string;
  readonly patience?: Partial<DownloadPatience>;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

export interface DownloadPlace {
  readonly file: string;
  /** Where `file` is, for the free space. */
  readonly folder: string;
  readonly reserveBytes: number;
  readonly progressEveryMs: number;
}

/** @throws ImagesError `images.url_…`, `images.no_space`, `images.disk_full`, `images.cancelled` */
export async function downloadUrl(request: DownloadRequest, place: DownloadPlace): Promise<void> {
  const url = checkedUrl(request.url);
  const signal = request.signal ?? new AbortController().signal;
  await withFile(place.file, 'wx', async (handle) => {
    const download = new Download(request, place, handle, signal);
    try {
      await download.run(url);
    } catch (error) {
      throw signal.aborted
        ? new ImagesError('images.cancelled', {}, { cause: error })
        : namedWriteError(error);
    }
    await handle.chmod(0o644); // the tools that look at it run as somebody else
  });
}

class Download {
  readonly #request: DownloadRequest;
  readonly #place: DownloadPlace;
  readonly #handle: FileHandle;
  readonly #signal: AbortSignal;
  readonly #patience: DownloadPatience;
  readonly #meter: ProgressMeter;
  #hash: Hash = createHash('sha256');
  #done = 0;
  #total: number | null = null;
  #validator: string | null = null;
  #lookAt = LOOK_EVERY_BYTES;

  constructor(request: DownloadRequest, place: DownloadPlace, handle: FileHandle, signal: AbortSignal) {
    this.#request = request;
    this.#place = place;
    this.#handle = handle;
    this.#signal = signal;
    this.#patience = { ...PATIENCE, ...request.patience };
    this.#meter = new ProgressMeter(request.onProgress, place.progressEveryMs);
  }

  async run(url: URL): Promise<void> {
    this.#meter.enter('download', 0);
    let most = 0;
    for (let tries = 0; ; ) {
      const before = this.#done;
      const fault = await this.#attempt(url);
      if (fault === null) break;
      // Only what goes beyond all before counts: a server that starts over again and again gets nowhere.
      const isWorthWhile = this.#done - Math.max(before, most) >= this.#patience.worthBytes;
      most = Math.max(most, this.#done);
      tries = isWorthWhile ? 1 : tries + 1;
      if (tries >= this.#patience.tries) throw fault;
      await pause(this.#patience.waitMs(tries), this.#signal);
    }
    const { sha256: expected } = this.#request;
    const actual = this.#hash.digest('hex');
    if (expected !== undefined && actual !== expected)
      throw new ImagesError('images.url_wrong_sum', { expected, actual });
  }

  /** Null when the file is whole; else what broke, if another try may mend it. @throws what no try mends */
  async #attempt(url: URL): Promise<ImagesError | null> {
    let reply: Reply;
    try {
      reply = await this.#follow(url);
    } catch (error) {
      if (error instanceof ImagesError && error.code === 'images.url_unreachable') return error;
      throw error;
    }
    try {
      const { host } = reply.url;
      if (PASSING.has(reply.status))
        return new ImagesError('images.url_status', { host, status: reply.status });
      await this.#begin(reply);
      if (await this.#receive(reply)) return null;
      return new ImagesError('images.url_broken', { host, done: this.#done, tries: this.#patience.tries });
    } finally {
      reply.close();
    }
  }

  async #follow(start: URL): Promise<Reply> {
    let url = start;
    for (let redirects = 0; ; redirects++) {
      const reply = await ask(url, this.#headers(), this.#request, this.#signal);
      if (!REDIRECTS.has(reply.status)) return reply;
      reply.close();
      const to = reply.message.headers.location;
      if (to === undefined)
        throw new ImagesError('images.url_status', { host: url.host, status: reply.status });
      if (redirects === MAX_REDIRECTS)
        throw new ImagesError('images.url_redirects', { host: start.host, limit: MAX_REDIRECTS });
      url = checkedUrl(to, url);
    }
  }

  #headers(): Record<string, string> {
    const plain = { 'User-Agent': 'labmesh', Accept: '*/*', 'Accept-Encoding': 'identity' };
    if (this.#done === 0 || this.#validator === null) return plain;
    return { ...plain, Range: `bytes=${this.#done}-`, 'If-Range': this.#validator };
  }

  /** Looks at the head of an answer, and makes ready for its bytes. */
  async #begin(reply: Reply): Promise<void> {
    const { host } = reply.url;
    if (reply.status === 206 && this.#done > 0) {
      const range = rangeOf(reply);
      const isSame =
        range?.from === this.#done &&
        (range.total === null || this.#total === null || range.total === this.#total);
      if (!isSame) throw new ImagesError('images.url_changed', { host });
      return;
    }
    if (reply.status !== 200) throw new ImagesError('images.url_status', { host, status: reply.status });
    const { total, validator } = factsOf(reply);
    const { maxBytes: limitBytes } = this.#request;
    if (total !== null && total > limitBytes)
      throw new ImagesError('images.url_too_large', { bytes: total, limitBytes });
    // The whole file again: the server cannot go on in the middle, or the file is another one by now.
    await this.#handle.truncate(0);
    this.#hash = createHash('sha256');
    this.#done = 0;
    this.#lookAt = LOOK_EVERY_BYTES;
    this.#total = total;
    this.#validator = validator;
    await this.#needRoom(total ?? 0);
    this.#meter.enter('download', total ?? 0);
  }

  /** Whether the file is whole. */
  async #receive({ message, url, close }: Reply): Promise<boolean> {
    let window = this.#done;
    const watch = setInterval(() => {
      if (this.#done - window < this.#patience.leastBytes) close();
      window = this.#done;
    }, this.#patience.stallMs);
    this.#signal.addEventListener('abort', close, { once: true });
    try {
      for await (const piece of message) {
        const bytes: Uint8Array = piece;
        if (this.#done === 0 && looksLikeHtml(bytes))
          throw new ImagesError('images.url_html', { host: url.host });
        await this.#take(bytes);
      }
    } catch (error) {
      if (error instanceof ImagesError || this.#signal.aborted || isWriteError(error)) throw error;
      return false;
    } finally {
      clearInterval(watch);
      this.#signal.removeEventListener('abort', close);
    }
    this.#signal.throwIfAborted();
    if (!message.complete) return false;
    if (this.#done === 0) throw new ImagesError('images.url_empty', { host: url.host });
    return this.#total === null || this.#done === this.#total;
  }

  async #take(bytes: Uint8Array): Promise<void> {
    const end = this.#done + bytes.byteLength;
    const limitBytes = this.#total ?? this.#request.maxBytes;
    if (end > limitBytes) throw new ImagesError('images.url_too_large', { bytes: end, limitBytes });
    if (end >= this.#lookAt) {
      await this.#needRoom((this.#total ?? end) - end);
      this.#lookAt = end + LOOK_EVERY_BYTES;
    }
    await writeAll(this.#handle, bytes, this.#done);
    this.#hash.update(bytes);
    this.#done = end;
    this.#meter.at(end);
  }

  async #needRoom(needBytes: number): Promise<void> {
    const { folder, reserveBytes } = this.#place;
    const free = await freeBytes(folder);
    if (free - reserveBytes < needBytes)
      throw new ImagesError('images.no_space', { needBytes, freeBytes: free, reserveBytes });
  }
}

class WriteFailed extends Error {}

function isWriteError(error: unknown): boolean {
  return error instanceof WriteFailed;
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  try {
    for (let sent = 0; sent < bytes.byteLength; ) {
      const { bytesWritten } = await handle.write(bytes, sent, bytes.byteLength - sent, at + sent);
      sent += bytesWritten;
    }
  } catch (error) {
    // Told apart from a connection that broke: no further try mends a full disk.
    const named = namedWriteError(error);
    throw named instanceof ImagesError ? named : new WriteFailed(String(error), { cause: error });
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
  signal.throwIfAborted();
}
