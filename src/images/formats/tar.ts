/** The table of contents of a tar file (POSIX ustar with GNU's and pax's extensions), read in place: nothing is unpacked. */
import { ImagesError } from '../errors.ts';
import type { ByteWindow } from './window.ts';

const BLOCK = 512;
// An OVA holds a descriptor, a manifest, a certificate and a few disks or message files.
const MAX_ENTRIES = 64;
const MAX_PAX_BYTES = 64 * 1024;
const REGULAR = new Set(['0', '\0', '7']);
const PAX = new Set(['x', 'g']);

export interface TarEntry {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

export function isTar(head: Buffer): boolean {
  return (
    head.length >= BLOCK &&
    head.toString('latin1', 257, 262) === 'ustar' &&
    checksumFits(head.subarray(0, BLOCK))
  );
}

/** All entries. Links, devices, folders, paths and doubled names are refused: an OVA needs none of them. */
export async function listTar(window: ByteWindow): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  let at = 0;
  while (at + BLOCK <= window.size) {
    const header = await window.read(at, BLOCK);
    if (header.every((byte) => byte === 0)) return entries; // the end mark
    if (!checksumFits(header)) throw damaged('a header does not match its checksum');
    const size = entrySize(header);
    const name = entryName(header);
    const type = String.fromCharCode(header[156] ?? 0);
    const dataAt = at + BLOCK;
    if (dataAt + size > window.size) {
      throw new ImagesError('images.truncated', {
        format: 'ova',
        haveBytes: window.size,
        needBytes: dataAt + size,
      });
    }
    if (PAX.has(type)) await checkPax(window, dataAt, size, name);
    else addEntry(entries, { name, offset: dataAt, size }, type);
    at = dataAt + Math.ceil(size / BLOCK) * BLOCK;
  }
  return entries;
}

function addEntry(entries: TarEntry[], entry: TarEntry, type: string): void {
  if (!REGULAR.has(type)) throw unsafe(entry.name, type === '1' || type === '2' ? 'link' : 'special');
  if (/[/\\]/.test(entry.name) || entry.name === '..' || entry.name === '.') throw unsafe(entry.name, 'path');
  if (entry.name === '') throw unsafe(entry.name, 'name');
  if (entries.some((other) => other.name === entry.name)) throw unsafe(entry.name, 'doubled');
  if (entries.length >= MAX_ENTRIES) throw unsafe(entry.name, 'too_many');
  entries.push(entry);
}

/** pax records may override name, size and link target of the next entry: a way around the checks above. */
async function checkPax(window: ByteWindow, at: number, size: number, name: string): Promise<void> {
  if (size > MAX_PAX_BYTES) throw damaged('an extended header is too long');
  const records = (await window.read(at, size)).toString('utf8');
  if (/(^|\n)\d+ (path|linkpath|size|GNU\.sparse[^=]*)=/.test(records)) throw unsafe(name, 'override');
}

function entryName(header: Buffer): string {
  const name = text(header, 0, 100);
  // GNU tar writes "ustar  " and uses the prefix field for times.
  const prefix = header.toString('latin1', 257, 263) === 'ustar\0' ? text(header, 345, 500) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function text(header: Buffer, from: number, to: number): string {
  return header.toString('utf8', from, to).split('\0', 1)[0] ?? '';
}

function entrySize(header: Buffer): number {
  const field = header.subarray(124, 136);
  // GNU's form for 8 GiB and more: the top bit set, the rest a big-endian number.
  if (((field[0] ?? 0) & 0x80) !== 0) {
    const size = field.readBigUInt64BE(4);
    if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged('an entry has an impossible size');
    return Number(size);
  }
  const digits = field.toString('latin1').replace(/[\0 ]/g, '');
  if (!/^[0-7]{1,12}$/.test(digits)) throw damaged('an entry has no size');
  return Number.parseInt(digits, 8);
}

function checksumFits(header: Buffer): boolean {
  const stored = Number.parseInt(header.toString('latin1', 148, 156).replace(/[\0 ]/g, ''), 8);
  let sum = 8 * 0x20; // the checksum's own field counts as spaces
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += header[i] ?? 0;
  return sum === stored;
}

function unsafe(entry: string, reason: string): ImagesError {
  return new ImagesError('images.ova_unsafe_entry', { entry: entry.slice(0, 255), reason });
}

function damaged(detail: string): ImagesError {
  return new ImagesError('images.damaged', { format: 'ova', detail });
}
