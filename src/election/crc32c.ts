/**
 * CRC-32C (Castagnoli), in the masked form of LevelDB's files and the plain form of our entries: one function to
 * trust for both. Tables for eight bytes at a time ("slicing by 8"): about 1 GB/s here against 0.3 for one.
 */
const POLYNOMIAL = 0x82f63b78; // reflected 0x1EDC6F41, RFC 3720 appendix B.4
const SLICES = 8;

const tables = buildTables();

function buildTables(): Uint32Array {
  const all = new Uint32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    all[byte] = crc;
  }
  for (let slice = 1; slice < SLICES; slice++) {
    for (let byte = 0; byte < 256; byte++) {
      const before = all[(slice - 1) * 256 + byte] ?? 0;
      all[slice * 256 + byte] = (before >>> 8) ^ (all[before & 255] ?? 0);
    }
  }
  return all;
}

/** CRC-32C of `bytes`, continuing from `seed` (the value returned for what came before). */
export function crc32c(bytes: Uint8Array, seed = 0): number {
  const t = tables;
  let crc = ~seed >>> 0;
  let at = 0;
  const end = bytes.length - (bytes.length % 8);
  // `| 0` and `?? 0` cost nothing once compiled; the indexes are in bounds by construction.
  for (; at < end; at += 8) {
    const low =
      crc ^
      ((bytes[at] ?? 0) |
        ((bytes[at + 1] ?? 0) << 8) |
        ((bytes[at + 2] ?? 0) << 16) |
        ((bytes[at + 3] ?? 0) << 24));
    crc =
      (t[1792 + (low & 255)] ?? 0) ^
      (t[1536 + ((low >>> 8) & 255)] ?? 0) ^
      (t[1280 + ((low >>> 16) & 255)] ?? 0) ^
      (t[1024 + (low >>> 24)] ?? 0) ^
      (t[768 + (bytes[at + 4] ?? 0)] ?? 0) ^
      (t[512 + (bytes[at + 5] ?? 0)] ?? 0) ^
      (t[256 + (bytes[at + 6] ?? 0)] ?? 0) ^
      (t[bytes[at + 7] ?? 0] ?? 0);
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ (t[(crc ^ (bytes[at] ?? 0)) & 255] ?? 0);
  return ~crc >>> 0;
}

/** LevelDB stores checksums rotated and shifted, since a CRC over bytes that hold CRCs is weak (util/crc32c.h). */
export function unmaskCrc(masked: number): number {
  const rotated = (masked - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}
