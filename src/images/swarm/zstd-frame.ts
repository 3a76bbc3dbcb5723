/**
 * A zstd frame looked at before it is unpacked: a peer's frame must hold exactly the bytes of one chunk and nothing behind it, or a few
 * bytes from the network could ask for all memory. Source: RFC 8878, sections 3.1.1.1 (frame header) and 3.1.1.2 (blocks).
 */

const MAGIC = 0xfd2fb528;
const RAW = 0;
const RLE = 1;
const COMPRESSED = 2;

/** True when the bytes are one whole frame that says it holds `contentBytes`. */
export function isFrameOf(frame: Uint8Array, contentBytes: number): boolean {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 6 || view.getUint32(0, true) !== MAGIC) return false;
  const descriptor = view.getUint8(4);
  const single = (descriptor & 0x20) !== 0;
  const checksumBytes = descriptor & 0x04 ? 4 : 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const sizeAt = 5 + (single ? 0 : 1) + dictionaryBytes;
  if (frame.length < sizeAt + sizeBytes || dictionaryBytes > 0) return false;
  if (contentSize(view, sizeAt, sizeBytes) !== contentBytes) return false;
  const end = endOfBlocks(view, sizeAt + sizeBytes);
  return end !== null && end + checksumBytes === frame.length;
}

function contentSize(view: DataView, at: number, bytes: number): number | null {
  switch (bytes) {
    case 1:
      return view.getUint8(at);
    case 2:
      return view.getUint16(at, true) + 256;
    case 4:
      return view.getUint32(at, true);
    case 8:
      return Number(view.getBigUint64(at, true));
    default:
      return null; // a frame that does not say how much it holds
  }
}

/** Where the last block ends; null when that is beyond the bytes. */
function endOfBlocks(view: DataView, start: number): number | null {
  for (let at = start; at + 3 <= view.byteLength; ) {
    const header = view.getUint8(at) | (view.getUint8(at + 1) << 8) | (view.getUint8(at + 2) << 16);
    const type = (header >> 1) & 3;
    const size = header >> 3;
    if (type !== RAW && type !== RLE && type !== COMPRESSED) return null;
    at += 3 + (type === RLE ? 1 : size);
    if (at > view.byteLength) return null;
    if (header & 1) return at;
  }
  return null;
}
