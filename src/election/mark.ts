import { type FileHandle, open } from 'node:fs/promises';
import { crc32c } from './crc32c.ts';

/**
 * The high-water mark: the highest index ever confirmed here, in a small file beside the database.
 *
 * LevelDB opens without complaint when the end of its write-ahead log, or all of it, is gone. The log inside cannot
 * know that it was longer; this file does. It is written in place after the entries are durable, so it is never ahead
 * of them, and forced to disk a few times a second only: after kill -9 it is exact (the kernel has it), after a power
 * cut it may lag a moment, never lead.
 *
 * Form: two slots, written in turn, 4 KiB apart (no write of one touches the page or sector of the other), each: magic (4), sequence (8), index (8),
 * term (8), CRC-32C (4) of what is before it. All big-endian.
 */
const MAGIC = 0x4c_4d_4b_31; // "LMK1"
const SLOT_BYTES = 32;
const SLOT_SPACING = 4096;

export interface MarkValue {
  readonly index: number;
  readonly term: number;
}

export class Mark {
  readonly value: MarkValue;
  #file: FileHandle;
  #sequence: number;
  #writing: Promise<void> = Promise.resolve();
  #pending: MarkValue | null = null;
  #dirty = false;

  private constructor(file: FileHandle, sequence: number, value: MarkValue) {
    this.#file = file;
    this.#sequence = sequence;
    this.value = value;
  }

  /** @returns the mark; 'missing' when there is no such file, 'damaged' when no slot is whole. */
  static async open(path: string): Promise<Mark | 'missing' | 'damaged'> {
    const file = await open(path, 'r+').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (file === null) return 'missing';
    const slots = [await readSlot(file, 0), await readSlot(file, 1)].filter((slot) => slot !== null);
    const newest = slots.sort((a, b) => b.sequence - a.sequence)[0];
    if (newest !== undefined) return new Mark(file, newest.sequence, newest.value);
    await file.close();
    return 'damaged';
  }

  /** Makes the file with both slots in place, so that later writes need no new space on a full disk. */
  static async create(path: string, value: MarkValue): Promise<Mark> {
    const file = await open(path, 'wx+', 0o600);
    await file.write(Buffer.alloc(2 * SLOT_SPACING), 0, 2 * SLOT_SPACING, 0);
    const mark = new Mark(file, 0, value);
    await mark.note(value);
    await mark.note(value);
    await mark.sync();
    return mark;
  }

  /** Writes `value` in place; while one is being written only the newest waits. Resolves when it, or a newer one, is written. */
  note(value: MarkValue): Promise<void> {
    const idle = this.#pending === null;
    this.#pending = value;
    if (idle) this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** Forces what was written to disk, if anything was. */
  async sync(): Promise<void> {
    await this.#writing;
    if (!this.#dirty) return;
    this.#dirty = false;
    await this.#file.datasync();
  }

  async close(): Promise<void> {
    try {
      await this.sync();
    } finally {
      await this.#file.close();
    }
  }

  async #write(): Promise<void> {
    const value = this.#pending;
    this.#pending = null;
    if (value === null) return;
    this.#sequence += 1;
    const slot = encodeSlot(this.#sequence, value);
    await this.#file.write(slot, 0, SLOT_BYTES, (this.#sequence % 2) * SLOT_SPACING);
    this.#dirty = true;
  }
}

function encodeSlot(sequence: number, value: MarkValue): Buffer {
  const slot = Buffer.alloc(SLOT_BYTES);
  slot.writeUInt32BE(MAGIC, 0);
  slot.writeBigUInt64BE(BigInt(sequence), 4);
  slot.writeBigUInt64BE(BigInt(value.index), 12);
  slot.writeBigUInt64BE(BigInt(value.term), 20);
  slot.writeUInt32BE(crc32c(slot.subarray(0, 28)), 28);
  return slot;
}

async function readSlot(
  file: FileHandle,
  which: 0 | 1,
): Promise<{ sequence: number; value: MarkValue } | null> {
  const slot = Buffer.alloc(SLOT_BYTES);
  const { bytesRead } = await file.read(slot, 0, SLOT_BYTES, which * SLOT_SPACING);
  if (bytesRead < SLOT_BYTES || slot.readUInt32BE(0) !== MAGIC) return null;
  if (slot.readUInt32BE(28) !== crc32c(slot.subarray(0, 28))) return null;
  const number = (at: number) => Number(slot.readBigUInt64BE(at));
  return { sequence: number(4), value: { index: number(12), term: number(20) } };
}
