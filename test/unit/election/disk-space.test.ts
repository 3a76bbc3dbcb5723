/** What a snapshot makes superfluous leaves the disk, however long the cloud is used. */
import { expect, test } from 'bun:test';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LevelStore } from '../../../src/election/level-store.ts';
import { noMembers } from '../../../src/election/members.ts';
import { defaultSettings } from '../../../src/election/settings.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { freshDir } from './support/temp.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
/** Of LevelDB, which compresses nothing here: what is not yet a table, twice, and one that is just being written. */
const UNDER_WAY = 3 * 4 * MIB;
const CYCLES = 12;
const ENTRIES = 300;
const KEPT = 20;
const ENTRY = 32 * KIB;
const PIECES = 8;

const bytesIn = (folder: string) =>
  readdirSync(folder).reduce(
    (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );

test('R4 the folder of the log stays as small as what is in it, however often the log is cut', async () => {
  const dir = freshDir();
  const options = { dir, nodeId: 'a', logger: silentLogger, clock: Date.now, minFreeBytes: 0 };
  const store = new LevelStore({ ...options, markSyncMs: defaultSettings.markSyncMs });
  await store.open();
  const piece = Buffer.alloc(defaultSettings.snapshotPieceBytes, 's');
  const body = JSON.stringify('e'.repeat(ENTRY));
  let last = 0;
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    for (const to = last + ENTRIES; last < to; ) {
      const entries = Array.from(
        { length: 50 },
        () => ({ index: ++last, term: 1, kind: 'command', body }) as const,
      );
      await store.persist({ hard: null, entries, removed: null });
    }
    for (let number = 0; number < PIECES; number++) await store.writePiece(last, number, piece);
    const info = { index: last, term: 1, members: noMembers, records: 1, bytes: PIECES * piece.length };
    await store.switchSnapshot({ ...info, pieces: PIECES, sha256: '' }, { index: last - KEPT, term: 1 });
  }
  const needed = KEPT * ENTRY + PIECES * piece.length;
  expect(CYCLES * ENTRIES * ENTRY).toBeGreaterThan(5 * (needed + UNDER_WAY));
  expect(bytesIn(join(dir, 'db'))).toBeLessThan(needed + UNDER_WAY);
  await store.close();
}, 120_000);
