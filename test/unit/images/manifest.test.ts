import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { PresentBitmap } from '../../../src/images/bitmap.ts';
import { ImagesError } from '../../../src/images/errors.ts';
import {
  chunkCount,
  chunkHash,
  chunkLength,
  decodeManifest,
  encodeManifest,
  type Manifest,
  manifestHash,
} from '../../../src/images/manifest.ts';

const ID = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const OTHER = '01BX5ZZKBKACTAV9WEVGEMMVS0';
const HASH = 'ab'.repeat(32);

/** A valid manifest as text: 3 chunks, the middle one zeros, the last one short. */
function text(more: Record<string, unknown> = {}): string {
  return JSON.stringify({
    format: 1,
    versionId: ID,
    imageId: OTHER,
    number: 1,
    parent: null,
    author: 'teacher',
    os: 'linux',
    createdAt: 1_800_000_000_000,
    boot: 'disk',
    virtualBytes: 2 * 1048576 + 512,
    chunkBytes: 1048576,
    chunks: [HASH, 1, HASH],
    ...more,
  });
}

function refusalOf(source: string | Uint8Array): string {
  try {
    decodeManifest(typeof source === 'string' ? Buffer.from(source) : source);
  } catch (error) {
    if (error instanceof ImagesError && error.code === 'images.manifest_invalid')
      return String(error.data.reason);
    throw error;
  }
  return 'accepted';
}

test('a valid manifest is read, its zero chunk elided, its last chunk short', () => {
  const manifest = decodeManifest(Buffer.from(text()));
  expect(chunkCount(manifest)).toBe(3);
  expect(chunkHash(manifest, 0)?.toString('hex')).toBe(HASH);
  expect(chunkHash(manifest, 1)).toBeNull();
  expect(chunkLength(manifest, 2)).toBe(512);
});

test('the encoding of format 1 does not change', () => {
  // Hashes of manifests name versions for good: a new encoding needs a new format number.
  expect(manifestHash(encodeManifest(decodeManifest(Buffer.from(text()))))).toBe(
    new Bun.CryptoHasher('sha256').update(text()).digest('hex'),
  );
});

describe('refused', () => {
  const cases: [string, string | Uint8Array][] = [
    ['nothing', ''],
    ['not JSON', '{'],
    ['not an object', '[1]'],
    ['null', 'null'],
    ['not UTF-8', new Uint8Array([0x22, 0xff, 0xfe, 0x22])],
    ['another format', text({ format: 2 })],
    ['a path as id', text({ versionId: '../../../etc/passwd/../../../' })],
    ['a parent that is no id', text({ parent: 'x' })],
    ['a parent that is the version itself', text({ parent: ID })],
    ['number 0', text({ number: 0 })],
    ['a fractional number', text({ number: 1.5 })],
    ['an empty author', text({ author: '' })],
    ['a long author', text({ author: 'x'.repeat(129) })],
    ['an author with a line break', text({ author: 'a\nb' })],
    ['an unknown system', text({ os: 'amiga' })],
    ['an unknown boot kind', text({ boot: 'net' })],
    ['a time before 1970', text({ createdAt: -1 })],
    ['no size', text({ virtualBytes: 0, chunks: [] })],
    ['half a sector', text({ virtualBytes: 2 * 1048576 + 100 })],
    ['an absurd size', text({ virtualBytes: 2 ** 53 - 512, chunks: [1] })],
    ['tiny chunks', text({ chunkBytes: 512 })],
    ['huge chunks', text({ chunkBytes: 2 ** 30 })],
    ['chunks that are no power of two', text({ chunkBytes: 1048576 + 512 })],
    ['too few chunks', text({ chunks: [HASH, 1] })],
    ['too many chunks', text({ chunks: [HASH, 1, HASH, HASH] })],
    ['a run that is too long', text({ chunks: [HASH, 3] })],
    ['an empty run', text({ chunks: [HASH, 0, 1, HASH] })],
    ['a negative run', text({ chunks: [HASH, -1, 2, HASH] })],
    ['split runs', text({ virtualBytes: 3 * 1048576, chunks: [HASH, 1, 1] })],
    ['a hash of zeros instead of a run', text({ chunks: [HASH, '00'.repeat(32), HASH] })],
    ['upper case hashes', text({ chunks: [HASH.toUpperCase(), 1, HASH] })],
    ['a short hash', text({ chunks: [HASH.slice(2), 1, HASH] })],
    ['an unknown key', text({ extra: 1 })],
    ['a doubled key', text().replace('"number":1', '"number":9,"number":1')],
    ['another order', JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text())).reverse()))],
    ['spaces', text().replace(',', ', ')],
    ['another form of a number', text().replace('"number":1', '"number":1.0')],
    ['an escaped letter', text().replace('teacher', '\\u0074eacher')],
    ['a trailing line break', `${text()}\n`],
    ['deep nesting', `{"chunks":${'['.repeat(200_000)}`],
    ['a prototype', text().replace('"format"', '"__proto__":{"x":1},"format"')],
  ];
  for (const [name, source] of cases) {
    test(name, () => expect(refusalOf(source)).not.toBe('accepted'));
  }
});

const manifests: fc.Arbitrary<Manifest> = fc
  .record({
    chunkBytes: fc.constantFrom(65536, 1048576, 16 * 1048576),
    chunks: fc.array(fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 })), {
      minLength: 1,
      maxLength: 40,
    }),
    lastSectors: fc.integer({ min: 1, max: 128 }),
    number: fc.integer({ min: 1, max: 1e9 }),
    parent: fc.constantFrom(null, OTHER),
    author: fc.string({ minLength: 1, maxLength: 128 }).filter((one) => !/[\p{Cc}\p{Cs}]/u.test(one)),
    os: fc.constantFrom('linux', 'windows', 'other'),
    boot: fc.constantFrom('disk', 'iso'),
    createdAt: fc.integer({ min: 0, max: 4e12 }),
  })
  .map(({ chunks, lastSectors, ...head }) => ({
    ...head,
    versionId: ID,
    imageId: OTHER,
    virtualBytes: (chunks.length - 1) * head.chunkBytes + lastSectors * 512,
    hashes: Buffer.concat(chunks.map((hash) => Buffer.from(hash ?? new Uint8Array(32)))),
  }));

test('whatever is encoded is read back the same', () => {
  fc.assert(
    fc.property(manifests, (manifest) => expect(decodeManifest(encodeManifest(manifest))).toEqual(manifest)),
  );
});

test('fuzz: a changed byte is refused, or is another valid manifest in the one encoding; never anything else', () => {
  fc.assert(
    fc.property(manifests, fc.nat(), fc.integer({ min: 0, max: 255 }), (manifest, where, byte) => {
      const bytes = encodeManifest(manifest);
      bytes[where % bytes.length] = byte;
      if (refusalOf(bytes) === 'accepted')
        expect(encodeManifest(decodeManifest(bytes)).equals(bytes)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test('fuzz: any JSON is refused or valid, without any other error', () => {
  fc.assert(
    fc.property(fc.json(), (json) => expect(refusalOf(json)).not.toBe('accepted')),
    { numRuns: 500 },
  );
});

describe('present.bitmap', () => {
  test('knows what was set, and nothing else', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.array(fc.nat()), (chunks, picks) => {
        const bitmap = PresentBitmap.empty(chunks);
        const wanted = new Set(picks.map((pick) => pick % chunks));
        for (const chunk of wanted) bitmap.set(chunk);
        const again = PresentBitmap.read(bitmap.bytes, chunks);
        expect(again?.count()).toBe(wanted.size);
        for (let i = 0; i < chunks; i++) expect(again?.has(i)).toBe(wanted.has(i));
      }),
    );
  });

  test('refuses a wrong length and spare bits', () => {
    expect(PresentBitmap.full(9).bytes).toEqual(Buffer.from([0xff, 0x01]));
    expect(PresentBitmap.read(Buffer.from([0xff]), 9)).toBeNull();
    expect(PresentBitmap.read(Buffer.from([0xff, 0x03]), 9)).toBeNull();
    expect(PresentBitmap.read(Buffer.from([0xff, 0x01]), 9)?.count()).toBe(9);
  });
});
