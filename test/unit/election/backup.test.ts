import { describe, expect, test } from 'bun:test';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { readBackup, restoreBackup } from '../../../src/election/index.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { codeOf, freshDir, soon, started, withLog } from './support/temp.ts';

/** A backup of a log with a hundred entries. */
async function backedUp(): Promise<{ file: string; applied: unknown }> {
  const file = `${freshDir()}.backup`;
  const applied = await withLog(freshDir(), async ({ log, machine }) => {
    for (let n = 0; n < 100; n++) await log.propose({ n, text: 'línea\n"✓"' }, soon);
    expect(await log.backup(file)).toMatchObject({ index: 101, term: 1, records: 100 });
    return machine.applied;
  });
  return { file, applied };
}

const restore = (file: string, dir: string) =>
  restoreBackup({ file, dir, nodeId: 'node-1', logger: silentLogger });

describe('backup', () => {
  test('B1 B3 a restored log has the same state and goes on from there', async () => {
    const { file, applied } = await backedUp();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const dir = freshDir();
    expect(await restore(file, dir)).toMatchObject({ index: 101, records: 100, nodeId: 'node-1' });
    for (const outcome of [101, 102]) {
      await withLog(dir, async ({ log, machine }) => {
        expect(machine.applied.slice(0, 100)).toEqual(applied as typeof machine.applied);
        expect(await log.propose('more', soon)).toMatchObject({ outcome });
      });
    }
  });

  test('B1 is taken while the log goes on, and shows one index', async () => {
    const { log, machine } = await started(freshDir(), { sliceMs: -1 });
    for (let n = 0; n < 200; n++) await log.propose(n, soon);
    const file = `${freshDir()}.backup`;
    const saving = log.backup(file);
    const more = Array.from({ length: 50 }, (_, n) => log.propose(n, soon));
    const { records, index } = await saving;
    await Promise.all(more);
    const saved: unknown[] = [];
    await readBackup(file, (record) => saved.push(record));
    expect(saved).toEqual(machine.applied.slice(0, records));
    expect(machine.applied[records - 1]?.index).toBe(index);
    await log.stop();
  });

  test('B1 never replaces a file, and leaves no part behind', async () => {
    const { file } = await backedUp();
    const before = readFileSync(file, 'utf8');
    await withLog(freshDir(), async ({ log }) => {
      expect(await codeOf(log.backup(file))).toBe('backup.exists');
      expect(await codeOf(log.backup(`${freshDir()}/missing/file`))).toBe('backup.write_failed');
    });
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(readdirSync(dirname(file)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('B2 wants an empty folder', async () => {
    const { file } = await backedUp();
    const dir = freshDir();
    mkdirSync(dir);
    writeFileSync(`${dir}/something`, '');
    expect(await codeOf(restore(file, dir))).toBe('backup.not_empty');
    expect(readdirSync(dir)).toEqual(['something']);
  });

  const harms: [string, (text: string) => string, string][] = [
    ['a changed byte', (text) => text.replace('"n":50', '"n":51'), 'backup.damaged'],
    ['a line missing', (text) => text.split('\n').toSpliced(10, 1).join('\n'), 'backup.damaged'],
    ['cut short', (text) => text.slice(0, text.length / 2), 'backup.damaged'],
    [
      'cut short at a line’s end',
      (text) => `${text.split('\n').slice(0, 50).join('\n')}\n`,
      'backup.damaged',
    ],
    ['only its first line', (text) => text.split('\n')[0] ?? '', 'backup.damaged'],
    ['empty', () => '', 'backup.not_a_backup'],
    ['another kind of file', () => '{"a":1}\n{}\n', 'backup.not_a_backup'],
    ['binary', () => '\0\x01\x02', 'backup.not_a_backup'],
    ['from a newer labmesh', (text) => text.replace('"version":1', '"version":2'), 'backup.too_new'],
  ];
  for (const [what, harm, code] of harms) {
    test(`B2 refuses one that is ${what}, and makes nothing`, async () => {
      const { file } = await backedUp();
      writeFileSync(file, harm(readFileSync(file, 'utf8')));
      const dir = freshDir();
      expect(await codeOf(restore(file, dir))).toBe(code);
      expect(() => statSync(dir)).toThrow();
    });
  }

  test('B2 refuses one that is not there', async () => {
    expect(await codeOf(restore(`${freshDir()}/none`, freshDir()))).toBe('backup.not_found');
  });
});
