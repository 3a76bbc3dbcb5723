/** Turns the PPM that older QEMUs (before 7.1) give as a screenshot into a PNG (RFC 2083). */
import { crc32, deflateSync } from 'node:zlib';
import { HypervisorError } from '../errors.ts';

/** `P6`, width, height, 255, one white space, then three bytes per pixel. */
const header = /^P6\s+(\d{1,5})\s+(\d{1,5})\s+255\s/;
const headerMax = 64;

export function ppmToPng(ppm: Uint8Array): Uint8Array {
  const match = header.exec(Buffer.from(ppm.subarray(0, headerMax)).toString('latin1'));
  const width = Number(match?.[1] ?? 0);
  const height = Number(match?.[2] ?? 0);
  const start = match?.[0].length ?? 0;
  const row = width * 3;
  if (width === 0 || height === 0 || ppm.length - start < row * height) {
    throw new HypervisorError('hypervisor.protocol', { reason: 'screenshot in an unknown format' });
  }
  // Each row is preceded by its filter: 0, none.
  const raw = new Uint8Array((row + 1) * height);
  for (let y = 0; y < height; y++)
    raw.set(ppm.subarray(start + y * row, start + (y + 1) * row), y * (row + 1) + 1);
  const size = new DataView(new ArrayBuffer(13));
  size.setUint32(0, width);
  size.setUint32(4, height);
  // Eight bits per channel, RGB.
  size.setUint8(8, 8);
  size.setUint8(9, 2);
  return Buffer.concat([
    new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', new Uint8Array(size.buffer)),
    chunk('IDAT', deflateSync(raw, { level: 3 })),
    chunk('IEND', new Uint8Array()),
  ]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([new TextEncoder().encode(type), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length, 0);
  frame.set(body, 4);
  frame.writeUInt32BE(crc32(body), body.length + 4);
  return frame;
}
