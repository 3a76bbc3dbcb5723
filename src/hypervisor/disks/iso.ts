/**
 * A small ISO 9660 volume (ECMA-119) with Joliet names: files in one folder, each below 2 GiB.
 * Enough for a NoCloud seed, which wants a label and two files with lower-case names.
 */

const sectorBytes = 2048;
/** ECMA-119 6.2.1: the first 16 sectors are the system's. */
const firstDescriptor = 16;
/** Empty sectors at the end, as mkisofs leaves: small systems (busybox) take no label from a volume below 68 KiB. */
const padSectors = 150;

export interface IsoFile {
  /** Letters, digits, `-`, `.` and `_`. */
  name: string;
  bytes: Uint8Array;
}

type Naming = (name: string) => Uint8Array;
const plain: Naming = (name) => new TextEncoder().encode(`${name.toUpperCase()};1`);
/** Joliet: UCS-2, big-endian. */
const joliet: Naming = (name) => utf16(name);

/** The volume's bytes. `label` has at most 16 characters. */
export function isoImage(label: string, files: IsoFile[]): Uint8Array {
  // Sectors: two descriptors, terminator, then per tree (plain, Joliet) two path tables and one folder, then the files.
  const tables = firstDescriptor + 3;
  const folders = { plain: tables + 4, joliet: tables + 5 };
  let next = tables + 6;
  const placed = files.map((file) => {
    const at = next;
    next += Math.max(1, Math.ceil(file.bytes.length / sectorBytes));
    return { ...file, at };
  });
  next += padSectors;
  const image = new Uint8Array(next * sectorBytes);
  const put = (sector: number, bytes: Uint8Array) => image.set(bytes, sector * sectorBytes);

  put(firstDescriptor, descriptor(1, label, next, tables, folders.plain));
  put(firstDescriptor + 1, descriptor(2, label, next, tables + 2, folders.joliet));
  put(firstDescriptor + 2, new Uint8Array([255, ...ascii('CD001'), 1]));
  for (const [offset, folder] of [folders.plain, folders.joliet].entries()) {
    put(tables + offset * 2, pathTable(folder, true));
    put(tables + offset * 2 + 1, pathTable(folder, false));
  }
  put(folders.plain, folderOf(folders.plain, placed, plain));
  put(folders.joliet, folderOf(folders.joliet, placed, joliet));
  for (const file of placed) put(file.at, file.bytes);
  return image;
}

/** ECMA-119 8.4 and 8.5: type 1 is the primary volume, type 2 with an escape sequence is Joliet. */
function descriptor(type: 1 | 2, label: string, sectors: number, tables: number, folder: number): Uint8Array {
  const bytes = new Uint8Array(sectorBytes);
  const view = new DataView(bytes.buffer);
  const text = (at: number, length: number, value: string) => {
    if (type === 2) {
      for (let i = 0; i + 1 < length; i += 2) view.setUint16(at + i, value.charCodeAt(i / 2) || 0x20);
    } else {
      bytes.fill(0x20, at, at + length);
      bytes.set(ascii(value).slice(0, length), at);
    }
  };
  bytes.set([type, ...ascii('CD001'), 1]);
  text(8, 32, '');
  text(40, 32, label);
  both32(view, 80, sectors);
  // Joliet level 3.
  if (type === 2) bytes.set(ascii('%/E'), 88);
  both16(view, 120, 1);
  both16(view, 124, 1);
  both16(view, 128, sectorBytes);
  both32(view, 132, pathTable(folder, true).length);
  view.setUint32(140, tables, true);
  view.setUint32(148, tables + 1, false);
  bytes.set(record(new Uint8Array([0]), folder, sectorBytes, true), 156);
  // Volume set, publisher, preparer, application, three file names: blank.
  text(190, 623, '');
  // Four dates of 17 bytes: digits zero mean "not given".
  for (let at = 813; at < 881; at += 17) bytes.set(ascii('0'.repeat(16)), at);
  bytes[881] = 1;
  return bytes;
}

/** ECMA-119 9.4: one entry, the root. */
function pathTable(folder: number, littleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(10));
  view.setUint8(0, 1);
  view.setUint32(2, folder, littleEndian);
  view.setUint16(6, 1, littleEndian);
  return new Uint8Array(view.buffer);
}

function folderOf(at: number, files: (IsoFile & { at: number })[], naming: Naming): Uint8Array {
  const self = [
    record(new Uint8Array([0]), at, sectorBytes, true),
    record(new Uint8Array([1]), at, sectorBytes, true),
  ];
  const sorted = files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const bytes = Buffer.concat([
    ...self,
    ...sorted.map((f) => record(naming(f.name), f.at, f.bytes.length, false)),
  ]);
  if (bytes.length > sectorBytes) throw new RangeError('too many files for one sector of folder');
  return bytes;
}

/** ECMA-119 9.1: a directory record, padded to an even length. The date stays zero: builds are repeatable. */
function record(name: Uint8Array, at: number, length: number, folder: boolean): Uint8Array {
  const bytes = new Uint8Array((33 + name.length + 1) & ~1);
  const view = new DataView(bytes.buffer);
  bytes[0] = bytes.length;
  both32(view, 2, at);
  both32(view, 10, length);
  bytes[25] = folder ? 2 : 0;
  both16(view, 28, 1);
  bytes[32] = name.length;
  bytes.set(name, 33);
  return bytes;
}

function both16(view: DataView, at: number, value: number): void {
  view.setUint16(at, value, true);
  view.setUint16(at + 2, value, false);
}

function both32(view: DataView, at: number, value: number): void {
  view.setUint32(at, value, true);
  view.setUint32(at + 4, value, false);
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function utf16(text: string): Uint8Array {
  const view = new DataView(new ArrayBuffer(text.length * 2));
  for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i));
  return new Uint8Array(view.buffer);
}
