/** A PNG (RFC 2083, 8-bit RGB) that differs per VM, so that previews show that each card has its own picture. */
import { crc32, deflateSync } from 'node:zlib';

const WIDTH = 320;
const HEIGHT = 200;

export function fakeScreen(seed: string): Uint8Array {
  const hue = seed.charCodeAt(seed.length - 1) % 3;
  const rows = Buffer.alloc(HEIGHT * (1 + WIDTH * 3));
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const at = y * (1 + WIDTH * 3) + 1 + x * 3;
      const window = x > 40 && x < 280 && y > 30 && y < 160;
      rows[at + hue] = window ? 230 : 60 + (y >> 1);
      rows[at + ((hue + 1) % 3)] = window ? 235 : 40 + (x >> 2);
      rows[at + ((hue + 2) % 3)] = window ? 238 : 70;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(WIDTH, 0);
  header.writeUInt32BE(HEIGHT, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  out.set(body, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}
