import type { FileHandle } from 'node:fs/promises';

/** A part of an open file: the whole of it, or the disk inside an OVA. Every read is bounded by it. */
export class ByteWindow {
  readonly handle: FileHandle;
  /** Where the part begins in the file. */
  readonly offset: number;
  readonly size: number;

  constructor(handle: FileHandle, offset: number, size: number) {
    this.handle = handle;
    this.offset = offset;
    this.size = size;
  }

  part(offset: number, size: number): ByteWindow {
    return new ByteWindow(this.handle, this.offset + offset, size);
  }

  /** Up to `length` bytes from `at`; fewer, or none, where the part ends. */
  async read(at: number, length: number): Promise<Buffer> {
    const wanted = Math.min(length, Math.max(0, this.size - at));
    const bytes = Buffer.alloc(wanted);
    let filled = 0;
    while (filled < wanted) {
      const { bytesRead } = await this.handle.read(bytes, filled, wanted - filled, this.offset + at + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  }
}
