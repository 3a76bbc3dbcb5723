import { extname } from 'node:path';
import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib';

/** A content encoding as HTTP names it (RFC 9110, section 8.4.1; zstd: RFC 8878). */
export type Encoding = 'br' | 'gzip' | 'zstd';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

/** Below one network packet, compression saves nothing a person could notice. */
const smallestCompressed = 1200;

/** The media type by file name, and a strong entity tag of the content. */
export function describeAsset(path: string, bytes: Uint8Array): { type: string; etag: string } {
  const hash = new Bun.CryptoHasher('sha256').update(bytes).digest('hex').slice(0, 20);
  return { type: types[extname(path)] ?? 'application/octet-stream', etag: `"${hash}"` };
}

/** The encodings worth keeping for a content, in the order in which a server should prefer them. */
export function encodings(type: string, bytes: Uint8Array): readonly Encoding[] {
  const isText = /^text\/|json|svg|wasm/.test(type);
  return isText && bytes.length >= smallestCompressed ? ['br', 'zstd', 'gzip'] : [];
}

/** `small` takes its time (the build), `fast` is for sources that change while one works on them. */
export function encode(bytes: Uint8Array, encoding: Encoding, effort: 'small' | 'fast'): Uint8Array {
  const small = effort === 'small';
  switch (encoding) {
    case 'gzip':
      return gzipSync(bytes, { level: small ? 9 : 5 });
    case 'br':
      return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: small ? 11 : 5 } });
    case 'zstd':
      return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: small ? 19 : 3 } });
  }
}
