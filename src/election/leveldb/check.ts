import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DamageReason } from '../errors.ts';
import { indexOfEntryKey } from '../keys.ts';
import { readLogFile } from './log-file.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { Malformed } from './reader.ts';
import { tableFault } from './table.ts';
import { keysPutBy } from './write-batch.ts';

export interface FileFault {
  readonly reason: DamageReason;
  readonly file: string;
  readonly detail: string;
}

export interface CheckResult {
  readonly fault: FileFault | null;
  /** Tails cut off, with the bytes that were in them. */
  readonly torn: readonly { file: string; bytes: number }[];
}

/** Carries a fault up to `checkDatabase`. */
class Found extends Error {
  constructor(readonly fault: FileFault) {
    super(fault.detail);
  }
}

function fail(reason: DamageReason, file: string, detail: string): never {
  throw new Found({ reason, file, detail });
}

/**
 * Verifies a closed LevelDB folder by its formats, before LevelDB may open it: LevelDB itself leaves out damaged parts
 * of its write-ahead log with no more than a line in its LOG file, then deletes that log. Seen with classic-level 3:
 * one flipped byte among 700 entries, `open` succeeded, 674 were left.
 *
 * A tail that was never confirmed is cut; everything else that is not as it was written is a fault. `confirmed` is
 * the highest confirmed entry, by the mark. Nothing is changed when there is a fault.
 */
export async function checkDatabase(folder: string, confirmed: number): Promise<CheckResult> {
  try {
    return { fault: null, torn: await check(folder, confirmed) };
  } catch (error) {
    if (error instanceof Found) return { fault: error.fault, torn: [] };
    throw error;
  }
}

async function check(folder: string, confirmed: number): Promise<{ file: string; bytes: number }[]> {
  const names = new Set(await namesIn(folder));
  const current = await readCurrent(folder, names, confirmed);
  if (current === null) return [];
  const manifest = await manifestOf(folder, current, names);
  for (const [number, size] of manifest.tables) await checkTable(folder, names, number, size);
  return checkLogs(folder, logsIn(names, manifest), confirmed);
}

/** @returns the name of the MANIFEST; null where no database was finished yet. */
async function readCurrent(
  folder: string,
  names: ReadonlySet<string>,
  confirmed: number,
): Promise<string | null> {
  if (!names.has('CURRENT')) {
    // Its first creation was interrupted; LevelDB begins anew.
    if (confirmed === 0) return null;
    fail('file_missing', 'CURRENT', 'it names the list of all files');
  }
  const text = await readFile(join(folder, 'CURRENT'), 'latin1');
  const name = /^(MANIFEST-\d+)\n$/.exec(text)?.[1];
  if (name === undefined) fail('current', 'CURRENT', 'it names no MANIFEST');
  if (!names.has(name)) fail('file_missing', name, 'CURRENT names it');
  return name;
}

async function manifestOf(folder: string, file: string, names: ReadonlySet<string>): Promise<Manifest> {
  const { records, bad } = readLogFile(await readFile(join(folder, file)));
  // An edit cut short was never relied upon: LevelDB forces it to disk first. It leaves such an end out itself.
  if (bad !== null && (bad.followed || !bad.short)) fail('manifest', file, bad.detail);
  try {
    const manifest = readManifest(records);
    const log = manifest.logNumber;
    if (log > 0 && !names.has(logName(log))) fail('file_missing', logName(log), `${file} names it`);
    return manifest;
  } catch (error) {
    if (error instanceof Malformed) fail('manifest', file, error.message);
    throw error;
  }
}

async function checkTable(
  folder: string,
  names: ReadonlySet<string>,
  number: number,
  size: number,
): Promise<void> {
  // Very old LevelDBs wrote .sst; ours never did.
  const file = `${padded(number)}.ldb`;
  if (!names.has(file)) fail('file_missing', file, 'the MANIFEST names it');
  const found = (await stat(join(folder, file))).size;
  if (found !== size) fail('file_size', file, `${found} bytes, ${size} were written`);
  const fault = tableFault(await readFile(join(folder, file)));
  if (fault !== null) fail('table_checksum', file, fault);
}

/** The write-ahead logs that LevelDB would replay, oldest first. */
function logsIn(names: ReadonlySet<string>, manifest: Manifest): string[] {
  return [...names]
    .map((name) => Number(/^(\d+)\.log$/.exec(name)?.[1] ?? Number.NaN))
    .filter((number) => number >= manifest.logNumber || (number === manifest.previousLog && number > 0))
    .sort((a, b) => a - b)
    .map(logName);
}

async function checkLogs(
  folder: string,
  files: readonly string[],
  confirmed: number,
): Promise<{ file: string; bytes: number }[]> {
  let lastEntry: number | null = null;
  let torn: { file: string; offset: number; bytes: number; detail: string } | null = null;
  for (const file of files) {
    const bytes = await readFile(join(folder, file));
    const { records, bad } = readLogFile(bytes);
    if (records.length > 0 && torn !== null) fail('log_checksum', torn.file, torn.detail);
    lastEntry = Math.max(lastEntry ?? 0, lastEntryIn(records, file)) || lastEntry;
    if (bad === null) continue;
    if (bad.followed || torn !== null) fail('log_checksum', file, bad.detail);
    torn = { file, offset: bad.offset, bytes: bytes.length - bad.offset, detail: bad.detail };
  }
  // These logs are newer than any table: if they hold entries at all, they hold the last. If none, the whole store is
  // read to know (store-load.ts).
  if (lastEntry !== null && lastEntry < confirmed) {
    if (torn !== null) fail('log_checksum', torn.file, torn.detail);
    fail(
      'entries_lost',
      files.at(-1) ?? '',
      `it ends with entry ${lastEntry}, entry ${confirmed} was confirmed`,
    );
  }
  if (torn === null) return [];
  await cut(join(folder, torn.file), torn.offset);
  return [{ file: torn.file, bytes: torn.bytes }];
}

function lastEntryIn(records: readonly Buffer[], file: string): number {
  let last = 0;
  for (const record of records) {
    try {
      for (const key of keysPutBy(record)) {
        if (key[0] === 0x65 /* "e", see keys.ts */) last = Math.max(last, indexOfEntryKey(key));
      }
    } catch (error) {
      if (error instanceof Malformed) fail('log_format', file, error.message);
      throw error;
    }
  }
  return last;
}

async function cut(path: string, offset: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.truncate(offset);
    await file.sync();
  } finally {
    await file.close();
  }
}

function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}

function padded(number: number): string {
  return String(number).padStart(6, '0');
}

function logName(number: number): string {
  return `${padded(number)}.log`;
}
