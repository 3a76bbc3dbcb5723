/** A version of an image of which this PC has nothing at first: its chunks come when they are asked for, as from other PCs. */
import { createHash } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { ulid } from 'ulid';
import { VERSION } from '../../src/cli/index.ts';
import { PresentBitmap } from '../../src/images/bitmap.ts';
import {
  chunkHash,
  type ImageStore,
  type Manifest,
  openImageStore,
  type Transfer,
} from '../../src/images/index.ts';
import { Layout } from '../../src/images/layout.ts';
import { Streaming } from '../../src/node/imaging/streaming.ts';
import { ServingProcess } from '../../src/node/imaging/streaming-process.ts';
import { servingSockets } from '../../src/node/imaging/streaming-sockets.ts';
import { silentLogger } from '../../src/state/logger.ts';

const MiB = 2 ** 20;
const main = resolve(import.meta.dir, '../../src/main.ts');

/** The demo guest's disk with bytes without order behind it, for the guest to read. @returns the MD5 of those before the last `restMiB` */
export function withNoise(
  demo: string,
  file: string,
  noiseMiB: number,
  restMiB = 0,
): { md5: string; skipMiB: number } {
  const bytes = readFileSync(demo);
  const noise = Buffer.alloc((noiseMiB + restMiB) * MiB);
  for (let at = 0; at < noise.length; at += 65_536) crypto.getRandomValues(noise.subarray(at, at + 65_536));
  const handle = openSync(file, 'w', 0o644);
  writeSync(handle, bytes);
  ftruncateSync(handle, bytes.length);
  writeSync(handle, noise, 0, noise.length, bytes.length);
  closeSync(handle);
  return {
    md5: createHash('md5')
      .update(noise.subarray(0, noiseMiB * MiB))
      .digest('hex'),
    skipMiB: bytes.length / MiB,
  };
}

export class StreamedImage {
  readonly versionId: string;
  readonly disk: string;
  readonly bytes: number;
  readonly #source: number;
  readonly #manifest: Manifest;
  readonly #present: PresentBitmap;
  readonly #presentFile: string;
  /** Chunks in the order in which they were asked for. */
  readonly demanded: number[] = [];
  /** While false nothing comes, as when all other PCs are off. */
  flows = true;
  #listeners: ((chunk: number) => void)[] = [];

  private constructor(
    store: ImageStore,
    dataDir: string,
    versionId: string,
    source: string,
    manifest: Manifest,
  ) {
    this.versionId = versionId;
    this.disk = store.growingPath(versionId);
    this.bytes = manifest.virtualBytes;
    this.#source = openSync(source, 'r');
    this.#manifest = manifest;
    this.#presentFile = new Layout(dataDir).version(versionId).present;
    this.#present = PresentBitmap.empty(manifest.virtualBytes / manifest.chunkBytes);
    for (let i = 0; i < this.#present.chunks; i++) if (chunkHash(manifest, i) === null) this.#present.set(i);
  }

  /** Imports the raw `source` and takes its bytes away again. */
  static async make(dataDir: string, source: string): Promise<StreamedImage> {
    const store = openImageStore({ dataDir, logger: silentLogger, limits: { reserveBytes: MiB } });
    await store.start();
    const versionId = ulid();
    const facts = {
      imageId: ulid(),
      number: 1,
      author: 'test',
      os: 'linux',
      createdAt: 1,
      asRaw: true,
    } as const;
    await store.import({ source: { path: source }, versionId, ...facts });
    const image = new StreamedImage(store, dataDir, versionId, source, await store.manifest(versionId));
    const disk = openSync(image.disk, 'r+');
    ftruncateSync(disk, 0);
    ftruncateSync(disk, image.bytes);
    closeSync(disk);
    image.#saveBits();
    return image;
  }

  get isWhole(): boolean {
    return this.#present.count() === this.#present.chunks;
  }

  /** What a node has of it in one life of its process: it begins with what the disk says is there, which is nothing. */
  node(dataDir: string) {
    for (let i = 0; i < this.#present.chunks; i++)
      if (chunkHash(this.#manifest, i) !== null) this.#present.clear(i);
    const sockets = servingSockets(dataDir);
    const pids: number[] = [];
    const serving: ServingProcess = new ServingProcess({
      dataDir,
      sockets,
      command: [process.execPath, main, '_serve-images'],
      version: VERSION,
      onNotice: (notice) => streaming.hear(notice),
      onUp: (pid) => {
        pids.push(pid);
        streaming.again();
      },
      logger: silentLogger,
    });
    const streaming: Streaming = new Streaming({
      store: {
        has: () => true,
        isWhole: () => this.isWhole,
        strikeOut: async (_, chunks) => {
          for (const chunk of chunks) this.#present.clear(chunk);
          streaming.lost(this.versionId, chunks);
        },
        firstReads: async () => [],
        noteFirstReads: async () => {},
      },
      socket: sockets.nbd,
      serving,
      fetch: () => null,
      askOrder: async () => [],
      onChange: () => {},
      logger: silentLogger,
    });
    streaming.start();
    this.#listeners = [];
    streaming.flows(this.versionId, this.#transfer());
    /** Gone without a word, as by kill -9: the serving process is not told. */
    const kill = () => {
      streaming.stop();
      serving.abandon();
    };
    return { serving, streaming, pids, kill };
  }

  /** MD5 of so many MiB from there, as they should be. */
  md5(fromMiB: number, mib: number): string {
    const bytes = Buffer.alloc(mib * MiB);
    readSync(this.#source, bytes, 0, bytes.length, fromMiB * MiB);
    return createHash('md5').update(bytes).digest('hex');
  }

  /** So many MiB from there are missing again, as if they had never come; says which chunks that are. */
  forget(fromMiB: number, mib: number): number[] {
    const chunks = Array.from({ length: mib }, (_, n) => fromMiB + n);
    for (const chunk of chunks) this.#present.clear(chunk);
    return chunks;
  }

  /** Everything that is missing comes. */
  complete(): void {
    this.flows = true;
    this.#bring(
      [...this.#present.bytes.keys()].flatMap((byte) =>
        Array.from({ length: 8 }, (_, bit) => byte * 8 + bit),
      ),
    );
    this.#saveBits();
  }

  #transfer(): Transfer {
    return {
      setSources: () => {},
      demand: (chunks) => {
        this.demanded.push(...chunks);
        if (this.flows) setTimeout(() => this.#bring(chunks), 5);
      },
      expect: () => {},
      peers: () => [],
      onArrived: (listener) => void this.#listeners.push(listener),
    };
  }

  #bring(chunks: readonly number[]): void {
    const disk = openSync(this.disk, 'r+');
    const buffer = Buffer.alloc(this.#manifest.chunkBytes);
    for (const chunk of chunks) {
      if (chunk >= this.#present.chunks || this.#present.has(chunk)) continue;
      const at = chunk * buffer.length;
      writeSync(disk, buffer, 0, readSync(this.#source, buffer, 0, buffer.length, at), at);
      this.#present.set(chunk);
      for (const listener of this.#listeners) listener(chunk);
    }
    closeSync(disk);
  }

  #saveBits(): void {
    const file = openSync(this.#presentFile, 'r+');
    writeSync(file, this.#present.bytes, 0, this.#present.bytes.length, 0);
    closeSync(file);
  }
}
