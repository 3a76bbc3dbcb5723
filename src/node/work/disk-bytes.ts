import { open } from 'node:fs/promises';

/** Where a qcow2 header says how large the disk is that a guest sees. */
const SIZE_AT = 24;

/** The size of the disk that a layer is of, as this PC's own tools wrote it into its header. */
export async function diskBytes(layer: string): Promise<number> {
  const handle = await open(layer, 'r');
  try {
    const header = Buffer.alloc(SIZE_AT + 8);
    await handle.read(header, 0, header.length, 0);
    return Number(header.readBigUInt64BE(SIZE_AT));
  } finally {
    await handle.close();
  }
}
