import { beforeAll, describe, expect, test } from 'bun:test';
import { cpSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ElectionError } from '../../../src/election/index.ts';
import { entryKey, metaKey } from '../../../src/election/keys.ts';
import { openLevel } from '../../../src/election/level.ts';
import { encodeMeta } from '../../../src/election/store-load.ts';
import { freshDir, logIn, soon, withLog } from './support/temp.ts';

const ENTRIES = 200;
/** A store with all its entries in the write-ahead log, and one with a part of them in a table. */
const inLog = freshDir();
const inTable = freshDir();

beforeAll(async () => {
  for (const dir of [inLog, inTable]) {
    await withLog(dir, async ({ log }) => {
      for (let n = 0; n < ENTRIES; n++) await log.propose({ n, filler: 'x'.repeat(300) }, soon);
    });
  }
  // A second start moves what is in the log into a table.
  await withLog(inTable, async ({ log }) => {
    for (let n = 0; n < 10; n++) await log.propose({ n }, soon);
  });
});

function copyOf(dir: string): string {
  const copy = freshDir();
  cpSync(dir, copy, { recursive: true });
  return copy;
}

function fileIn(dir: string, pattern: RegExp): string {
  const name = readdirSync(join(dir, 'db')).find((file) => pattern.test(file));
  if (name === undefined) throw new Error(`no ${pattern} in ${readdirSync(join(dir, 'db')).join(' ')}`);
  return join(dir, 'db', name);
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

/** What the start says, and that a second start says the same of unchanged files. */
async function verdictOn(dir: string): Promise<string> {
  const once = await startOf(dir);
  const files = snapshotOfFiles(dir);
  expect(await startOf(dir)).toBe(once);
  expect(snapshotOfFiles(dir)).toBe(files);
  return once;
}

async function startOf(dir: string): Promise<string> {
  const { log, machine } = logIn(dir);
  try {
    await log.start();
    const { warnings } = log.status();
    await log.stop();
    return `starts with ${machine.applied.length} ${warnings.map(({ code }) => code).join(' ')}`.trim();
  } catch (error) {
    if (!(error instanceof ElectionError)) throw error;
    return error.code === 'log.damaged' ? String(error.data.reason) : error.code;
  }
}

/** Names and sizes of what holds facts; LevelDB's own LOG may grow. */
function snapshotOfFiles(dir: string): string {
  return readdirSync(join(dir, 'db'))
    .filter((name) => /ldb$|\.log$/.test(name))
    .map((name) => `${name} ${statSync(join(dir, 'db', name)).size}`)
    .join(', ');
}

describe('D3 refuses to start', () => {
  test('every 997th byte of the write-ahead log flipped, one at a time', async () => {
    const length = statSync(fileIn(inLog, /\.log$/)).size;
    for (let at = 0; at < length; at += 997) {
      const dir = copyOf(inLog);
      flip(fileIn(dir, /\.log$/), at);
      expect(`${at} ${await startOf(dir)}`).toBe(`${at} log_checksum`);
      rmSync(dir, { recursive: true });
    }
  }, 30_000);

  test('the last entry of the write-ahead log flipped: it had been confirmed', async () => {
    const dir = copyOf(inLog);
    const file = fileIn(dir, /\.log$/);
    flip(file, statSync(file).size - 10);
    expect(await verdictOn(dir)).toBe('log_checksum');
  });

  test('every 499th byte of a table flipped, one at a time', async () => {
    const length = statSync(fileIn(inTable, /\.ldb$/)).size;
    for (let at = 0; at < length; at += 499) {
      const dir = copyOf(inTable);
      flip(fileIn(dir, /\.ldb$/), at);
      expect(`${at} ${await startOf(dir)}`).toBe(`${at} table_checksum`);
      rmSync(dir, { recursive: true });
    }
  }, 30_000);

  const wholeFiles: [string, (dir: string) => void, string][] = [
    ['the write-ahead log gone', (dir) => rmSync(fileIn(dir, /\.log$/)), 'file_missing'],
    ['a table gone', (dir) => rmSync(fileIn(dir, /\.ldb$/)), 'file_missing'],
    ['a table shortened', (dir) => truncateSync(fileIn(dir, /\.ldb$/), 5_000), 'file_size'],
    ['CURRENT gone', (dir) => rmSync(join(dir, 'db/CURRENT')), 'file_missing'],
    ['CURRENT empty', (dir) => truncateSync(join(dir, 'db/CURRENT'), 0), 'current'],
    [
      'CURRENT names another',
      (dir) => writeFileSync(join(dir, 'db/CURRENT'), 'MANIFEST-000999\n'),
      'file_missing',
    ],
    ['MANIFEST flipped', (dir) => flip(fileIn(dir, /^MANIFEST/), 20), 'manifest'],
    ['MANIFEST gone', (dir) => rmSync(fileIn(dir, /^MANIFEST/)), 'file_missing'],
    ['the database gone', (dir) => rmSync(join(dir, 'db'), { recursive: true }), 'file_missing'],
    ['the mark gone', (dir) => rmSync(join(dir, 'mark')), 'mark_missing'],
    ['the mark overwritten', (dir) => writeFileSync(join(dir, 'mark'), Buffer.alloc(8192)), 'mark_checksum'],
  ];
  for (const [what, harm, reason] of wholeFiles) {
    test(what, async () => {
      const dir = copyOf(inTable);
      harm(dir);
      expect(await startOf(dir)).toBe(reason);
      expect(await startOf(dir)).toBe(reason);
    });
  }

  test('the write-ahead log shortened by confirmed entries, within a record and at the end of one', async () => {
    const within = copyOf(inLog);
    truncateSync(fileIn(within, /\.log$/), 20_000);
    expect(await verdictOn(within)).toBe('log_checksum');
    const atEnd = copyOf(inLog);
    const file = fileIn(atEnd, /\.log$/);
    const bytes = readFileSync(file);
    let end = 0;
    // Pieces of the first block: header of 7 bytes with the length at its fifth.
    for (let record = 0; record < 20; record++) end += 7 + bytes.readUInt16LE(end + 4);
    truncateSync(file, end);
    expect(await verdictOn(atEnd)).toBe('entries_lost');
  });

  test('the write-ahead log emptied', async () => {
    const dir = copyOf(inTable);
    truncateSync(fileIn(dir, /\.log$/), 0);
    expect(await startOf(dir)).toBe('entries_lost');
    expect(await startOf(dir)).toBe('entries_lost');
  });

  const insides: [string, (level: Awaited<ReturnType<typeof openLevel>>) => Promise<void>, string][] = [
    ['an entry removed from the middle', (level) => level.del(entryKey(50)), 'entry_gap'],
    [
      'the last entries removed',
      (level) => level.clear({ gte: entryKey(150), lt: Buffer.from('f') }),
      'entries_lost',
    ],
    ['an entry under another’s number', (level) => moved(level), 'entry_checksum'],
    ['term and vote removed', (level) => level.del(metaKey('hard')), 'meta_missing'],
    [
      'term and vote set back',
      (level) => level.put(metaKey('hard'), encodeMeta({ term: 0, votedFor: null })),
      'entries_lost',
    ],
    [
      'term and vote garbled',
      (level) => level.put(metaKey('hard'), Buffer.from('nonsense')),
      'meta_checksum',
    ],
    ['whose it is removed', (level) => level.del(metaKey('identity')), 'meta_missing'],
  ];
  for (const [what, harm, reason] of insides) {
    test(what, async () => {
      const dir = copyOf(inLog);
      const level = await openLevel(join(dir, 'db'));
      await harm(level);
      await level.close();
      // Once more, so that the change is in a table and not in the write-ahead log.
      await (await openLevel(join(dir, 'db'))).close();
      expect(await startOf(dir)).toBe(reason);
    });
  }

  async function moved(level: Awaited<ReturnType<typeof openLevel>>): Promise<void> {
    await level.put(entryKey(51), (await level.get(entryKey(50))) ?? Buffer.alloc(0));
  }
});

describe('D2 cuts a tail that was never confirmed', () => {
  /** Half of what LevelDB would write next. */
  function tornTail(dir: string, bytes: Buffer): void {
    const file = fileIn(dir, /\.log$/);
    writeFileSync(file, Buffer.concat([readFileSync(file), bytes]));
  }

  test('half a record', async () => {
    const dir = copyOf(inLog);
    const log = readFileSync(fileIn(dir, /\.log$/));
    tornTail(dir, log.subarray(7, 150));
    expect(await startOf(dir)).toBe(`starts with ${ENTRIES} log.torn_tail`);
    expect(await startOf(dir)).toBe(`starts with ${ENTRIES}`);
  });

  test('a few bytes of a header; zeros after a power cut', async () => {
    for (const tail of [Buffer.from([1, 2, 3]), Buffer.alloc(5_000)]) {
      const dir = copyOf(inLog);
      tornTail(dir, tail);
      expect(await startOf(dir)).toBe(`starts with ${ENTRIES} log.torn_tail`);
    }
  });

  test('MANIFEST cut short in an edit that was never relied upon', async () => {
    const dir = copyOf(inLog);
    const manifest = fileIn(dir, /^MANIFEST/);
    writeFileSync(manifest, Buffer.concat([readFileSync(manifest), Buffer.from([9, 9, 9, 9, 40, 0, 1, 5])]));
    expect(await startOf(dir)).toBe(`starts with ${ENTRIES}`);
  });

  test('a first start that was interrupted anywhere begins anew', async () => {
    const dir = freshDir();
    const { log } = logIn(dir);
    await log.start();
    await log.stop();
    for (const gone of ['db/CURRENT', 'db']) {
      const copy = copyOf(dir);
      rmSync(join(copy, gone), { recursive: true });
      // As it was before anything was confirmed.
      rmSync(join(copy, 'mark'));
      if (gone !== 'db') expect(await startOf(copy)).toBe('mark_missing');
      else expect(await startOf(copy)).toBe('starts with 0');
    }
  });
});
