/**
 * The manifest of an image version: what it is and the SHA-256 of each chunk. Its own SHA-256 names it, so there is
 * exactly one encoding (see DESIGN.md, "Manifest") and everything else is refused at reading.
 */
import { createHash } from 'node:crypto';
import { isUlid } from '../state/index.ts';
import { ImagesError } from './errors.ts';

const MANIFEST_FORMAT = 1;

/**
 * Size of a chunk for new versions. 1 MiB: fetched on demand at 1 Gbit/s in 9 ms (4 MiB: 36 ms for each of a boot's
 * scattered reads); 100 GiB of data make a manifest of 6.9 MB (256 KiB: 27 MB); an edit's scattered small writes move
 * a quarter of what 4 MiB chunks would.
 */
export const CHUNK_BYTES = 1024 * 1024;

// Sizes that a reader accepts: writers may choose another one some day without a new format number.
const MIN_CHUNK_BYTES = 64 * 1024;
const MAX_CHUNK_BYTES = 16 * 1024 * 1024;
/** 2 Mi chunks: 2 TiB at 1 MiB, 64 MiB of hashes in memory. */
export const MAX_CHUNKS = 2 * 1024 * 1024;
/** Longest encoding of one with so many chunks: 67 bytes for each ("…", and a comma) and a head of 4 kB. */
export const manifestBytes = (chunks = MAX_CHUNKS): number => Math.min(chunks, MAX_CHUNKS) * 67 + 4096;
export const MAX_MANIFEST_BYTES = manifestBytes();
export const HASH_BYTES = 32;
// QEMU counts in sectors; a disk is whole sectors.
const SECTOR = 512;
const MAX_AUTHOR = 128;
// Highest time that JavaScript's Date can hold, ms.
const MAX_TIME = 8_640_000_000_000_000;

export type OsFamily = 'linux' | 'windows' | 'other';
/** `disk` boots as a hard disk, `iso` as a CD. */
export type BootKind = 'disk' | 'iso';

export interface ManifestHead {
  readonly versionId: string;
  readonly imageId: string;
  /** 1, 2, 3, … within the image. */
  readonly number: number;
  /** Version this one was made from, to find chunks that did not change; null for an import. */
  readonly parent: string | null;
  /** Id of the user who made it, 1 to 128 printable characters. */
  readonly author: string;
  readonly os: OsFamily;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly boot: BootKind;
  /** Size that the guest sees; whole sectors of 512 bytes. */
  readonly virtualBytes: number;
  readonly chunkBytes: number;
}

export interface Manifest extends ManifestHead {
  /** 32 bytes per chunk, in order; 32 zero bytes stand for a chunk of zeros only. */
  readonly hashes: Buffer;
}

/** Number of chunks of a disk; the last one may be short. */
export function chunkCount(head: Pick<ManifestHead, 'virtualBytes' | 'chunkBytes'>): number {
  return Math.ceil(head.virtualBytes / head.chunkBytes);
}

/** Bytes of chunk `index`. */
export function chunkLength(head: Pick<ManifestHead, 'virtualBytes' | 'chunkBytes'>, index: number): number {
  return Math.min(head.chunkBytes, head.virtualBytes - index * head.chunkBytes);
}

const NO_HASH = Buffer.alloc(HASH_BYTES);

/** SHA-256 of chunk `index`, or null where the chunk is all zeros and so elided. */
export function chunkHash(manifest: Manifest, index: number): Buffer | null {
  const hash = manifest.hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
  return hash.equals(NO_HASH) ? null : hash;
}

/** SHA-256 of so many zero bytes: saved work lists with it what became zeros (see `capture/plan.ts`). */
export function zerosHash(length: number): Buffer {
  return createHash('sha256').update(Buffer.alloc(length)).digest();
}

/** Bytes of chunks that the parent does not have at the same place: what travels to a PC that holds the parent. Null: no parent. */
export function newBytesOf(manifest: Manifest, parent: Manifest | null): number {
  const known = parent?.chunkBytes === manifest.chunkBytes ? parent : null;
  let bytes = 0;
  for (let i = 0; i < chunkCount(manifest); i++) {
    const hash = chunkHash(manifest, i);
    if (hash === null) continue;
    const before = known !== null && i < chunkCount(known) ? chunkHash(known, i) : null;
    if (before === null || !before.equals(hash)) bytes += chunkLength(manifest, i);
  }
  return bytes;
}

/** Chunks that are not elided. */
export function dataChunks(manifest: Manifest): number {
  let count = 0;
  for (let i = 0; i < chunkCount(manifest); i++) if (chunkHash(manifest, i) !== null) count++;
  return count;
}

/** The one encoding: JSON without spaces, fixed key order, chunks as hex, a run of zero chunks as its length. */
export function encodeManifest(manifest: Manifest): Buffer {
  const chunks: (string | number)[] = [];
  let zeros = 0;
  for (let i = 0; i < chunkCount(manifest); i++) {
    const hash = chunkHash(manifest, i);
    if (hash === null) {
      zeros++;
      continue;
    }
    if (zeros > 0) chunks.push(zeros);
    zeros = 0;
    chunks.push(hash.toString('hex'));
  }
  if (zeros > 0) chunks.push(zeros);
  const plain = {
    format: MANIFEST_FORMAT,
    versionId: manifest.versionId,
    imageId: manifest.imageId,
    number: manifest.number,
    parent: manifest.parent,
    author: manifest.author,
    os: manifest.os,
    createdAt: manifest.createdAt,
    boot: manifest.boot,
    virtualBytes: manifest.virtualBytes,
    chunkBytes: manifest.chunkBytes,
    chunks,
  };
  return Buffer.from(JSON.stringify(plain), 'utf8');
}

/** Hex SHA-256 of an encoded manifest: the name under which peers ask for it. */
export function manifestHash(encoded: Uint8Array): string {
  return createHash('sha256').update(encoded).digest('hex');
}

/**
 * Reads a manifest from bytes of any origin.
 * @throws ImagesError `images.manifest_invalid` for anything but the one encoding of a valid manifest.
 */
export function decodeManifest(encoded: Uint8Array): Manifest {
  if (encoded.byteLength > MAX_MANIFEST_BYTES) throw invalid('too long');
  const manifest = readManifest(parse(encoded));
  // One encoding only: this also refuses doubled keys, spaces, other number forms and unordered keys.
  if (!encodeManifest(manifest).equals(encoded)) throw invalid('not in the one encoding');
  return manifest;
}

function parse(encoded: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(encoded));
  } catch {
    throw invalid('not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('not an object');
  return { ...value };
}

function readManifest(raw: Record<string, unknown>): Manifest {
  if (raw.format !== MANIFEST_FORMAT) throw invalid('unknown format number');
  const head: ManifestHead = {
    versionId: ulid(raw.versionId, 'versionId'),
    imageId: ulid(raw.imageId, 'imageId'),
    number: integer(raw.number, 'number', 1, Number.MAX_SAFE_INTEGER),
    parent: raw.parent === null ? null : ulid(raw.parent, 'parent'),
    author: author(raw.author),
    os: oneOf(raw.os, ['linux', 'windows', 'other'], 'os'),
    createdAt: integer(raw.createdAt, 'createdAt', 0, MAX_TIME),
    boot: oneOf(raw.boot, ['disk', 'iso'], 'boot'),
    virtualBytes: integer(raw.virtualBytes, 'virtualBytes', SECTOR, Number.MAX_SAFE_INTEGER),
    chunkBytes: integer(raw.chunkBytes, 'chunkBytes', MIN_CHUNK_BYTES, MAX_CHUNK_BYTES),
  };
  checkHead(head);
  return { ...head, hashes: readChunks(raw.chunks, chunkCount(head)) };
}

/** Checks what the types of a head cannot say. @throws ImagesError `images.manifest_invalid` */
export function checkHead(head: ManifestHead): void {
  if (head.parent === head.versionId) throw invalid('its own parent');
  if (head.virtualBytes % SECTOR !== 0) throw invalid('virtualBytes is not whole sectors');
  if (!Number.isInteger(Math.log2(head.chunkBytes))) throw invalid('chunkBytes is not a power of two');
  if (chunkCount(head) > MAX_CHUNKS) throw invalid('too many chunks');
  ulid(head.versionId, 'versionId');
  ulid(head.imageId, 'imageId');
  if (head.parent !== null) ulid(head.parent, 'parent');
  integer(head.number, 'number', 1, Number.MAX_SAFE_INTEGER);
  integer(head.createdAt, 'createdAt', 0, MAX_TIME);
  author(head.author);
}

function readChunks(value: unknown, count: number): Buffer {
  if (!Array.isArray(value)) throw invalid('chunks is not a list');
  const hashes = Buffer.alloc(count * HASH_BYTES);
  let at = 0;
  for (const item of value) {
    if (typeof item === 'number') {
      at += integer(item, 'chunks', 1, count - at);
      continue;
    }
    if (typeof item !== 'string' || !/^[0-9a-f]{64}$/.test(item)) throw invalid('a chunk is not a hash');
    if (at >= count) throw invalid('more chunks than the disk has');
    hashes.write(item, at * HASH_BYTES, 'hex');
    at++;
  }
  if (at !== count) throw invalid('fewer chunks than the disk has');
  return hashes;
}

function ulid(value: unknown, field: string): string {
  if (typeof value !== 'string' || !isUlid(value)) throw invalid(`${field} is not an id`);
  return value;
}

function integer(value: unknown, field: string, least: number, most: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value))
    throw invalid(`${field} is not a whole number`);
  if (value < least || value > most) throw invalid(`${field} is out of bounds`);
  return value;
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[], field: string): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw invalid(`${field} is unknown`);
  return found;
}

function author(value: unknown): string {
  if (typeof value !== 'string' || value.length < 1 || value.length > MAX_AUTHOR)
    throw invalid('author is out of bounds');
  if (/[\p{Cc}\p{Cs}]/u.test(value)) throw invalid('author has control characters');
  return value;
}

function invalid(reason: string): ImagesError {
  return new ImagesError('images.manifest_invalid', { reason });
}
