/**
 * Writes a qcow2 layer (version 3, clusters of 64 KiB) from front to back: data as it comes, tables behind it, the header last. QEMU's tools
 * write disks as a guest would; thousands of scattered pieces would take a process each.
 *
 *     cluster 0   header, name of what lies beneath
 *     then        data clusters, and the L2 table of each 512 MiB behind its data
 *     then        L1 table, refcount blocks, refcount table: every cluster is used once
 */
import type { FileHandle } from 'node:fs/promises';

const CLUSTER = 64 * 1024;
/** Entries of 8 bytes in a table of one cluster. */
const ENTRIES = CLUSTER / 8;
/** Refcounts of 2 bytes in a block of one cluster. */
const REFCOUNTS = CLUSTER / 2;
const MAGIC = 0x514649fb;
const HEADER_BYTES = 104;
const BACKING_FORMAT = 0xe2792aca;
/** The longest name of a backing file that QEMU reads. */
const MAX_NAME = 1023;
/** Refcount is one: QEMU may write in place. */
const COPIED = 1n << 63n;
/** The cluster reads as zeros and takes no room. */
const ZEROS = 1n;

export interface LayerBelow {
  /** As QEMU is to open it: a path, or a URI of its own. */
  readonly name: string;
  readonly format: 'raw';
}

export class LayerWriter {
  readonly #file: FileHandle;
  readonly #virtualBytes: number;
  readonly #below: LayerBelow | null;
  readonly #l1: BigUint64Array;
  #l2 = new BigUint64Array(ENTRIES);
  /** Of which entry of the L1 table the present L2 table is; -1: of none yet. */
  #l2At = -1;
  /** Clusters that are taken; the first is the header's. */
  #next = 1;

  /** @param file empty, opened for writing */
  constructor(file: FileHandle, virtualBytes: number, below: LayerBelow | null) {
    if (below !== null && Buffer.byteLength(below.name) > MAX_NAME)
      throw new RangeError('the name below is too long');
    this.#file = file;
    this.#virtualBytes = virtualBytes;
    this.#below = below;
    this.#l1 = new BigUint64Array(Math.ceil(virtualBytes / (CLUSTER * ENTRIES)));
  }

  /** Takes the next bytes of the disk: `position` is on a cluster, behind all before; the last piece alone may be short of one. */
  async write(position: number, bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length; from += CLUSTER) {
      const part = bytes.subarray(from, Math.min(from + CLUSTER, bytes.length));
      await this.#cluster((position + from) / CLUSTER, part);
    }
  }

  /** Writes what remains. The file is a layer from here on; it is not synced. */
  async end(): Promise<void> {
    await this.#endTable();
    const l1Clusters = Math.max(1, Math.ceil((this.#l1.length * 8) / CLUSTER));
    const l1 = Buffer.alloc(l1Clusters * CLUSTER);
    this.#l1.forEach((entry, at) => void l1.writeBigUInt64BE(entry, at * 8));
    const l1Offset = await this.#append(l1);
    const { blocks, tables } = refcountClusters(this.#next);
    const used = this.#next + blocks + tables;
    const blocksOffset = this.#next * CLUSTER;
    for (let block = 0; block < blocks; block++) {
      const counts = Buffer.alloc(CLUSTER);
      const here = Math.min(REFCOUNTS, used - block * REFCOUNTS);
      for (let one = 0; one < here; one++) counts.writeUInt16BE(1, one * 2);
      await this.#append(counts);
    }
    const table = Buffer.alloc(tables * CLUSTER);
    for (let block = 0; block < blocks; block++)
      table.writeBigUInt64BE(BigInt(blocksOffset + block * CLUSTER), block * 8);
    const tableOffset = await this.#append(table);
    const header = this.#header({ l1Offset, tableOffset, tables });
    await this.#file.write(header, 0, header.length, 0);
  }

  async #cluster(index: number, bytes: Uint8Array): Promise<void> {
    const at = Math.floor(index / ENTRIES);
    if (at !== this.#l2At) {
      await this.#endTable();
      this.#l2At = at;
    }
    const entry = isZero(bytes) ? ZEROS : COPIED | BigInt(await this.#append(bytes));
    this.#l2[index % ENTRIES] = entry;
  }

  async #endTable(): Promise<void> {
    if (this.#l2At < 0) return;
    const table = Buffer.alloc(CLUSTER);
    this.#l2.forEach((entry, at) => void table.writeBigUInt64BE(entry, at * 8));
    this.#l1[this.#l2At] = COPIED | BigInt(await this.#append(table));
    this.#l2 = new BigUint64Array(ENTRIES);
    this.#l2At = -1;
  }

  /** Puts bytes at the end, on clusters of their own; where they begin. */
  async #append(bytes: Uint8Array): Promise<number> {
    const offset = this.#next * CLUSTER;
    const whole = Math.ceil(bytes.length / CLUSTER) * CLUSTER;
    let padded = bytes;
    if (whole !== bytes.length) {
      padded = new Uint8Array(whole);
      padded.set(bytes);
    }
    await this.#file.write(padded, 0, padded.length, offset);
    this.#next += whole / CLUSTER;
    return offset;
  }

  #header(at: { l1Offset: number; tableOffset: number; tables: number }): Buffer {
    const name = Buffer.from(this.#below?.name ?? '', 'utf8');
    const format = Buffer.from(this.#below?.format ?? '', 'utf8');
    const extension = format.length === 0 ? 0 : 8 + Math.ceil(format.length / 8) * 8;
    const nameOffset = HEADER_BYTES + extension + 8;
    const header = Buffer.alloc(CLUSTER);
    header.writeUInt32BE(MAGIC, 0);
    header.writeUInt32BE(3, 4);
    header.writeBigUInt64BE(BigInt(name.length === 0 ? 0 : nameOffset), 8);
    header.writeUInt32BE(name.length, 16);
    header.writeUInt32BE(16, 20); // bits of a cluster
    header.writeBigUInt64BE(BigInt(this.#virtualBytes), 24);
    header.writeUInt32BE(this.#l1.length, 36);
    header.writeBigUInt64BE(BigInt(at.l1Offset), 40);
    header.writeBigUInt64BE(BigInt(at.tableOffset), 48);
    header.writeUInt32BE(at.tables, 56);
    header.writeUInt32BE(4, 96); // refcounts of 2^4 bits
    header.writeUInt32BE(HEADER_BYTES, 100);
    if (format.length > 0) {
      header.writeUInt32BE(BACKING_FORMAT, HEADER_BYTES);
      header.writeUInt32BE(format.length, HEADER_BYTES + 4);
      format.copy(header, HEADER_BYTES + 8);
    }
    name.copy(header, nameOffset);
    return header;
  }
}

/** Blocks and tables of refcounts for so many clusters and for themselves. */
function refcountClusters(clusters: number): { blocks: number; tables: number } {
  let blocks = 1;
  let tables = 1;
  while (blocks * REFCOUNTS < clusters + blocks + tables) {
    blocks++;
    tables = Math.ceil((blocks * 8) / CLUSTER);
  }
  return { blocks, tables };
}

const zeros = Buffer.alloc(CLUSTER);

function isZero(bytes: Uint8Array): boolean {
  return zeros.subarray(0, bytes.length).equals(bytes);
}
