/** A client that is slow, greedy, broken or hostile, byte by byte: what it gets is right, what is kept for it is bounded, and it ends alone. */
import { expect, test } from 'bun:test';
import type { Client } from '../../../../src/images/nbd/connection.ts';
import { Connection } from '../../../../src/images/nbd/connection.ts';
import { Lines, line, type Order, orderSchema } from '../../../../src/images/nbd/control.ts';
import type { NbdExport } from '../../../../src/images/nbd/export.ts';
import { OPTION, OPTION_MAGIC, REQUEST_MAGIC } from '../../../../src/images/nbd/wire.ts';
import { MiB, noise } from '../rig.ts';

const SIZE = 8 * MiB;
const DISK = noise(Buffer.alloc(SIZE), 81);
const NAME = '01J00000000000000000000000';
const ERRNO = { EIO: 5, EINVAL: 22, EOVERFLOW: 75 };
const READ = 0;

/** All of the disk is here, unless a read is held back. */
function served(change: Partial<NbdExport> = {}): NbdExport {
  return {
    sizeBytes: SIZE,
    isHere: () => true,
    bring: async () => {},
    isZero: () => false,
    extents: (_, length) => [{ length, zero: false }],
    readNow(into, at, offset, length) {
      DISK.copy(into, at, offset, offset + length);
      return true;
    },
    async readLater(into, at, offset, length) {
      DISK.copy(into, at, offset, offset + length);
    },
    ...change,
  };
}

/** The client's end of the line, which takes so many bytes at a time. */
class Line implements Client {
  takes = Number.POSITIVE_INFINITY;
  paused = false;
  ended = false;
  readonly #got: Buffer[] = [];

  write(bytes: Uint8Array): number {
    const taken = Math.min(this.takes, bytes.length);
    this.#got.push(Buffer.from(bytes.subarray(0, taken)));
    return taken;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  end(): void {
    this.ended = true;
  }

  /** What has come since the last time. */
  take(): Buffer {
    return Buffer.concat(this.#got.splice(0));
  }
}

function option(number: number, data = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(16);
  head.writeBigUInt64BE(OPTION_MAGIC, 0);
  head.writeUInt32BE(number, 8);
  head.writeUInt32BE(data.length, 12);
  return Buffer.concat([head, data]);
}

function ask(cookie: number, offset: number, length: number, type = READ): Buffer {
  const bytes = Buffer.alloc(28);
  bytes.writeUInt32BE(REQUEST_MAGIC, 0);
  bytes.writeUInt16BE(type, 6);
  bytes.writeBigUInt64BE(BigInt(cookie), 8);
  bytes.writeBigUInt64BE(BigInt(offset), 16);
  bytes.writeUInt32BE(length, 24);
  return bytes;
}

const BEGIN = Buffer.concat([Buffer.from([0, 0, 0, 3]), option(OPTION.exportName, Buffer.from(NAME))]);

/** A client that has agreed on the export, in the oldest and simplest form of replies. */
function connected(one: NbdExport = served()): { line: Line; connection: Connection } {
  const line = new Line();
  const load = async () => {};
  const find = (name: string) => (name === NAME ? one : undefined);
  const connection = new Connection(line, { find, load, sizeOf: ({ sizeBytes }) => sizeBytes });
  connection.take(BEGIN);
  line.take();
  return { line, connection };
}

/** The replies in a stream of them; each is followed by its data, unless it tells an error. */
function replies(bytes: Buffer, lengths: ReadonlyMap<number, number>) {
  const all: { cookie: number; errno: number; data: Buffer }[] = [];
  for (let at = 0; at < bytes.length; ) {
    expect(bytes.readUInt32BE(at)).toBe(0x67446698);
    const errno = bytes.readUInt32BE(at + 4);
    const cookie = Number(bytes.readBigUInt64BE(at + 8));
    const length = errno === 0 ? (lengths.get(cookie) ?? 0) : 0;
    all.push({ cookie, errno, data: bytes.subarray(at + 16, at + 16 + length) });
    at += 16 + length;
  }
  return all;
}

test('a client that reads slowly gets the bytes of each of its questions, not those of the last one', () => {
  const { line, connection } = connected();
  line.takes = 10;
  const lengths = new Map([0, 1, 2].map((n) => [n, 512 * 1024]));
  for (const n of lengths.keys()) connection.take(ask(n, n * MiB, 512 * 1024));
  const early = line.take();
  line.takes = Number.POSITIVE_INFINITY;
  connection.drain();
  const answers = replies(Buffer.concat([early, line.take()]), lengths);
  expect(answers.map(({ cookie }) => cookie)).toEqual([0, 1, 2]);
  for (const { cookie, data } of answers)
    expect(data.equals(DISK.subarray(cookie * MiB, cookie * MiB + data.length))).toBe(true);
});

test('X3 a client that asks for all and reads nothing is kept some megabytes, and heard no more until it reads', () => {
  let read = 0;
  const one = served();
  const { line, connection } = connected({
    ...one,
    readNow(into, at, offset, length) {
      read += length;
      return one.readNow(into, at, offset, length);
    },
  });
  line.takes = 0;
  const lengths = new Map(Array.from({ length: 100 }, (_, n) => [n, MiB]));
  connection.take(Buffer.concat([...lengths.keys()].map((n) => ask(n, (n % 8) * MiB, MiB))));
  expect(line.paused).toBe(true);
  expect(read).toBeLessThan(12 * MiB);
  line.takes = Number.POSITIVE_INFINITY;
  const got: Buffer[] = [];
  for (let turn = 0; turn < 100; turn++) {
    connection.drain();
    got.push(line.take());
  }
  expect(line.paused).toBe(false);
  const answers = replies(Buffer.concat(got), lengths);
  expect(answers).toHaveLength(100);
  for (const { cookie, data } of answers)
    expect(data.equals(DISK.subarray((cookie % 8) * MiB, ((cookie % 8) + 1) * MiB))).toBe(true);
});

test('X3 so many reads may wait for their bytes and no more; further ones are answered after them', async () => {
  const here = Promise.withResolvers<void>();
  let waiting = 0;
  const { line, connection } = connected(
    served({
      isHere: () => false,
      bring: () => {
        waiting += 1;
        return here.promise;
      },
    }),
  );
  const lengths = new Map(Array.from({ length: 200 }, (_, n) => [n, 512]));
  connection.take(Buffer.concat([...lengths.keys()].map((n) => ask(n, n * 512, 512))));
  expect([waiting, line.paused]).toEqual([64, true]);
  here.resolve();
  const got: Buffer[] = [];
  for (let turn = 0; turn < 1000 && waiting < 200; turn++) await Bun.sleep(0);
  for (let turn = 0; turn < 20; turn++) await Bun.sleep(0);
  got.push(line.take());
  const answers = replies(Buffer.concat(got), lengths);
  expect(new Set(answers.map(({ cookie }) => cookie)).size).toBe(200);
  for (const { cookie, data } of answers)
    expect(data.equals(DISK.subarray(cookie * 512, (cookie + 1) * 512))).toBe(true);
});

test('what arrives in pieces is put together, though the socket fills its memory anew', () => {
  for (const cut of [1, 7, 15, 27]) {
    const { line, connection } = connected();
    const bytes = Buffer.concat([ask(1, 4096, 512), ask(2, 8192, 512)]);
    const socket = Buffer.alloc(bytes.length);
    for (let at = 0; at < bytes.length; at += cut) {
      const piece = socket.subarray(0, Math.min(cut, bytes.length - at));
      bytes.copy(piece, 0, at);
      connection.take(piece);
      socket.fill(0xee); // what it holds next
    }
    const answers = replies(
      line.take(),
      new Map([
        [1, 512],
        [2, 512],
      ]),
    );
    expect(answers.map(({ errno, data }) => [errno, data.length])).toEqual([
      [0, 512],
      [0, 512],
    ]);
    expect(answers[1]?.data.equals(DISK.subarray(8192, 8192 + 512))).toBe(true);
  }
});

test('X3 reads beyond the end, of nothing, and of too much are refused by name, and the client goes on', () => {
  const { line, connection } = connected({ ...served(), sizeBytes: SIZE });
  const asked: [number, number, number][] = [
    [SIZE, 512, ERRNO.EINVAL],
    [SIZE - 256, 512, ERRNO.EINVAL],
    [2 ** 52, 512, ERRNO.EINVAL],
    [0, 0, ERRNO.EINVAL],
    [0, SIZE + 1, ERRNO.EINVAL],
    [SIZE - 512, 512, 0],
  ];
  for (const [n, [offset, length]] of asked.entries()) connection.take(ask(n, offset, length));
  const answers = replies(line.take(), new Map(asked.map(([, length], n) => [n, length])));
  expect(answers.map(({ errno }) => errno)).toEqual(asked.map(([, , errno]) => errno));
  const large = connected({ ...served(), sizeBytes: 2 ** 40, readNow: () => true });
  large.connection.take(ask(1, 0, 33_554_433));
  expect(replies(large.line.take(), new Map())[0]?.errno).toBe(ERRNO.EOVERFLOW);
});

test('a disk that fails is told as that, not as bytes', async () => {
  const broken = () => {
    throw new Error('I/O error');
  };
  const now = connected(served({ readNow: broken }));
  now.connection.take(ask(1, 0, 512));
  expect(replies(now.line.take(), new Map())).toMatchObject([{ cookie: 1, errno: ERRNO.EIO }]);
  const later = connected(served({ readNow: () => false, readLater: async () => broken() }));
  later.connection.take(ask(1, 0, 512));
  for (let turn = 0; turn < 20; turn++) await Bun.sleep(0);
  expect(replies(later.line.take(), new Map())).toMatchObject([{ cookie: 1, errno: ERRNO.EIO }]);
});

test('X3 what only ever negotiates, is no client, or would write, is let go', () => {
  const talker = connected().line;
  const connection = new Connection(talker, {
    find: () => undefined,
    load: async () => {},
    sizeOf: () => 0,
  });
  connection.take(Buffer.from([0, 0, 0, 3]));
  for (let n = 0; n < 64; n++) connection.take(option(OPTION.structuredReply));
  expect(talker.ended).toBe(false);
  connection.take(option(OPTION.structuredReply));
  expect(talker.ended).toBe(true);
  for (const bytes of [Buffer.alloc(28, 0xff), ask(1, 0, 512, 1)]) {
    const { line, connection: one } = connected();
    one.take(bytes);
    expect(line.ended).toBe(true);
    line.take();
    one.take(ask(2, 0, 512));
    expect(line.take()).toHaveLength(0);
  }
});

test('X3 orders are read however they are cut; one without an end, or that is none, is refused before it fills memory', () => {
  const order: Order = { tell: 'arrived', versionId: NAME, chunks: [1, 2, 3] };
  const bytes = Buffer.from(line(order) + line({ tell: 'retire' }));
  const lines = new Lines(orderSchema);
  const read = Array.from(bytes, (byte) => lines.take(Buffer.from([byte]))).flat();
  expect(read).toEqual([order, { tell: 'retire' }]);
  const endless = new Lines(orderSchema);
  let taken = 0;
  expect(() => {
    for (; taken < 1000; taken++) endless.take(Buffer.alloc(4096, 0x61));
  }).toThrow(RangeError);
  expect(taken).toBeLessThan(20);
  for (const none of ['{}', 'x', '{"tell":"arrived","versionId":"../x","chunks":[]}'])
    expect(() => new Lines(orderSchema).take(Buffer.from(`${none}\n`))).toThrow();
});
