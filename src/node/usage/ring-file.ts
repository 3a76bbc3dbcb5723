import { type FileHandle, open } from 'node:fs/promises';
import { metrics, ratesOf, type Slot } from './slot.ts';
import { firstSlotOf, type Ring, totalSlots } from './spans.ts';

/**
 * One subject's history: a header of 64 bytes, then 1,722 slots of 32 bytes; 55,168 bytes whatever happens.
 *
 * A slot: start (uint32, seconds since the epoch), seconds covered (float32), six means (float32, NaN for unknown);
 * little-endian. 32 divides 512, so no slot spans two sectors and a crash leaves each old or new. A slot belongs to the
 * time that it says: what is left of the last round of the ring, or of a clock that was wrong, is not taken for new.
 * Nothing is forced to disk: a power cut may cost the last minutes of a chart, and that is cheaper than the syncs.
 */
const HEADER_BYTES = 64;
const SLOT_BYTES = 32;
const MAGIC = 'labmesh usage 1\n';
const FILE_BYTES = HEADER_BYTES + totalSlots * SLOT_BYTES;

export class RingFile {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Opens for reading; null where there is none, or none of this form. */
  static async openExisting(path: string, flags: 'r' | 'r+'): Promise<RingFile | null> {
    let file: FileHandle;
    try {
      file = await open(path, flags);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    }
    const header = Buffer.alloc(MAGIC.length);
    await file.read(header, 0, MAGIC.length, 0);
    const { size } = await file.stat();
    if (size === FILE_BYTES && header.toString('latin1') === MAGIC) return new RingFile(file);
    await file.close();
    return null;
  }

  /** Opens for writing; makes the file at its full size, so that it needs no space later. */
  static async openOrCreate(path: string): Promise<RingFile> {
    const existing = await RingFile.openExisting(path, 'r+');
    if (existing !== null) return existing;
    const file = await open(path, 'w+', 0o600);
    const bytes = Buffer.alloc(FILE_BYTES);
    bytes.write(MAGIC, 'latin1');
    try {
      await file.writeFile(bytes);
    } catch (error) {
      await file.close();
      throw error;
    }
    return new RingFile(file);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** The slot that begins at `start`, null if it was never measured. */
  async readSlot(ring: Ring, start: number): Promise<Slot | null> {
    const bytes = Buffer.alloc(SLOT_BYTES);
    await this.#file.read(bytes, 0, SLOT_BYTES, offsetOf(ring, start));
    const slot = decode(bytes);
    return slot.start === start && slot.covered > 0 ? slot : null;
  }

  async writeSlot(ring: Ring, slot: Slot): Promise<void> {
    await this.#file.write(encode(slot), 0, SLOT_BYTES, offsetOf(ring, slot.start));
  }

  /** All slots of a ring by their start, of whatever round. */
  async readRing(ring: Ring): Promise<Map<number, Slot>> {
    const bytes = Buffer.alloc(ring.slots * SLOT_BYTES);
    await this.#file.read(bytes, 0, bytes.length, HEADER_BYTES + firstSlotOf(ring) * SLOT_BYTES);
    const slots = new Map<number, Slot>();
    for (let at = 0; at < bytes.length; at += SLOT_BYTES) {
      const slot = decode(bytes.subarray(at, at + SLOT_BYTES));
      if (slot.covered > 0) slots.set(slot.start, slot);
    }
    return slots;
  }
}

function offsetOf(ring: Ring, start: number): number {
  const place = Math.floor(start / ring.stepS) % ring.slots;
  return HEADER_BYTES + (firstSlotOf(ring) + place) * SLOT_BYTES;
}

function encode(slot: Slot): Buffer {
  const bytes = Buffer.alloc(SLOT_BYTES);
  bytes.writeUInt32LE(slot.start, 0);
  bytes.writeFloatLE(slot.covered, 4);
  metrics.forEach((metric, at) => {
    bytes.writeFloatLE(slot.means[metric] ?? Number.NaN, 8 + at * 4);
  });
  return bytes;
}

/** Whatever a broken disk put there, no chart gets a number that is none. */
function decode(bytes: Buffer): Slot {
  const covered = bytes.readFloatLE(4);
  const means = ratesOf((metric) => {
    const value = bytes.readFloatLE(8 + metrics.indexOf(metric) * 4);
    return Number.isFinite(value) && value >= 0 ? value : null;
  });
  return { start: bytes.readUInt32LE(0), covered: Number.isFinite(covered) ? covered : 0, means };
}
