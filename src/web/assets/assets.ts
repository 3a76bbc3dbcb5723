import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeAsset, type Encoding, encode, encodings } from './describe.ts';
import { type EmbeddedFile, embedded } from './embedded.ts';
import { type FileOfFolder, filesOf } from './folder.ts';

/** One file of static/, as the server hands it out. */
export interface Asset {
  /** In the page's URLs, from the root: `/static/app.css`. */
  readonly path: string;
  /** Content-Type. */
  readonly type: string;
  /** Strong entity tag, quoted as HTTP wants it; it changes with the content alone. */
  readonly etag: string;
  bytes(): Uint8Array<ArrayBuffer>;
  /** Compressed forms, where they are worth it, best first. */
  readonly encoded: ReadonlyMap<Encoding, () => Uint8Array<ArrayBuffer>>;
}

/**
 * Every static file by its path: from inside the binary, or, run from sources, from the folder static/ as it was when
 * the program started.
 */
export const assets: ReadonlyMap<string, Asset> = new Map(
  (embedded === null ? fromFolder() : embedded.map(fromBinary)).map((asset) => [asset.path, asset]),
);

function fromBinary({ path, type, etag, file, encoded }: EmbeddedFile): Asset {
  const forms = (['br', 'zstd', 'gzip'] as const).flatMap((encoding) => {
    const form = encoded[encoding];
    return form === undefined ? [] : [[encoding, once(() => read(form))] as const];
  });
  return { path, type, etag, bytes: once(() => read(file)), encoded: new Map(forms) };
}

function fromFolder(): readonly Asset[] {
  return filesOf(join(import.meta.dir, '../../../static')).map(fromFile);
}

function fromFile({ path, bytes }: FileOfFolder): Asset {
  const { type, etag } = describeAsset(path, bytes);
  const forms = encodings(type, bytes).map(
    (encoding) => [encoding, once(() => new Uint8Array(encode(bytes, encoding, 'fast')))] as const,
  );
  return { path, type, etag, bytes: once(() => new Uint8Array(bytes)), encoded: new Map(forms) };
}

function read(file: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(file));
}

// A page asks for the same few files again and again: each is read once.
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
