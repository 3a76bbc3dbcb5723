import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, open, readdir, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Logger } from '../state/logger.ts';
import { ElectionError, isDiskFull, reasonOf } from './errors.ts';
import { LevelStore } from './level-store.ts';
import { PieceBuilder } from './records.ts';
import { defaultSettings } from './settings.ts';
import type { Drained } from './snapshots.ts';

/**
 * A backup is text: a header line, one record of the state a line, a closing line with the count and the SHA-256 of
 * everything before it. So it can be looked at, compared and kept in any place that keeps text.
 */
const FORMAT = 'labmesh-backup';
const VERSION = 1;

const headerForm = z.object({
  format: z.literal(FORMAT),
  version: z.number().int(),
  nodeId: z.string(),
  index: z.number().int().nonnegative(),
  term: z.number().int().nonnegative(),
  atMs: z.number(),
});
const closingForm = z.object({ end: z.literal(FORMAT), records: z.number().int(), sha256: z.string() });

/** What a backup says of itself. */
export type BackupHeader = z.infer<typeof headerForm>;

/** Writes `drained` to a new file: whole or not at all, mode 0600 (it holds password hashes and keys). */
export async function writeBackup(
  file: string,
  drained: Drained,
  from: { nodeId: string; atMs: number },
): Promise<{ index: number; term: number; records: number; bytes: number }> {
  const { index, term, records, pieces } = drained;
  const part = `${file}.${process.pid}.part`;
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    const out = await open(part, 'wx', 0o600);
    try {
      const write = async (chunk: Buffer) => {
        hash.update(chunk);
        bytes += chunk.length;
        await out.writeFile(chunk);
      };
      await write(
        Buffer.from(`${JSON.stringify({ format: FORMAT, version: VERSION, ...from, index, term })}\n`),
      );
      for (const piece of pieces) await write(piece);
      await write(
        Buffer.from(`${JSON.stringify({ end: FORMAT, records, sha256: hash.copy().digest('hex') })}\n`),
      );
      await out.sync();
    } finally {
      await out.close();
    }
    // A link, unlike a rename, never replaces a file that is there.
    await link(part, file);
    return { index, term, records, bytes };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new ElectionError('backup.exists', { file });
    }
    const reason = isDiskFull(error) ? 'ENOSPC' : reasonOf(error);
    throw new ElectionError('backup.write_failed', { file, reason }, { cause: error });
  } finally {
    await rm(part, { force: true });
  }
}

/**
 * Reads a backup to its end, handing on each record, and only then says it was whole.
 * @throws ElectionError backup.not_found, backup.not_a_backup, backup.too_new, backup.damaged
 */
export async function readBackup(file: string, onRecord: (record: unknown) => void): Promise<BackupHeader> {
  const hash = createHash('sha256');
  const damaged = (reason: string) => new ElectionError('backup.damaged', { file, reason });
  let header: BackupHeader | null = null;
  let records = 0;
  let last: string | null = null;
  for await (const line of linesOf(file)) {
    // One line behind: the last one is the closing line and not part of the sum.
    if (last !== null) {
      hash.update(`${last}\n`);
      if (header === null) header = headerOf(last, file);
      else {
        onRecord(parse(last, damaged));
        records += 1;
      }
    }
    last = line;
  }
  if (last === null) throw new ElectionError('backup.not_a_backup', { file });
  if (header === null) {
    headerOf(last, file);
    throw damaged('it ends after its first line');
  }
  const closing = closingForm.safeParse(parse(last, damaged));
  if (!closing.success) throw damaged('it ends too early');
  if (closing.data.sha256 !== hash.digest('hex')) throw damaged('its checksum differs');
  if (closing.data.records !== records) throw damaged(`${records} records of ${closing.data.records}`);
  return header;
}

export interface RestoreOptions {
  file: string;
  /** Where the log shall be: missing or empty. */
  dir: string;
  /** The node that goes on with the cloud, as its only voter. */
  nodeId: string;
  logger: Logger;
}

/**
 * Makes a log whose beginning is the backup's state. The log's numbers go on from the backup's.
 * Reads the file twice: it is known to be whole before anything is made.
 * @throws ElectionError backup.*, log.disk_full, log.write_failed
 */
export async function restoreBackup(options: RestoreOptions): Promise<BackupHeader & { records: number }> {
  const { file, dir, nodeId, logger } = options;
  await readBackup(file, () => {});
  await mkdir(dir, { recursive: true, mode: 0o700 });
  if ((await readdir(dir)).length > 0) throw new ElectionError('backup.not_empty', { dir });
  const store = new LevelStore({ dir, nodeId, logger, clock: Date.now, ...defaultSettings });
  try {
    await store.open();
    const builder = new PieceBuilder(defaultSettings);
    const pieces: Buffer[] = [];
    const header = await readBackup(file, (record) => {
      const piece = builder.add(record);
      if (piece !== null) pieces.push(piece);
    });
    const last = builder.end();
    if (last !== null) pieces.push(last);
    await store.install({ ...header, records: builder.records, pieces });
    return { ...header, records: builder.records };
  } catch (error) {
    await store.close();
    await rm(dir, { recursive: true, force: true });
    throw error;
  } finally {
    await store.close();
  }
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const input = createReadStream(file);
  const opened = new Promise<void>((resolve, reject) => {
    input.once('open', () => resolve());
    input.once('error', reject);
  });
  try {
    await opened;
  } catch {
    throw new ElectionError('backup.not_found', { file });
  }
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  } finally {
    input.destroy();
  }
}

function headerOf(line: string, file: string): BackupHeader {
  const notOne = () => new ElectionError('backup.not_a_backup', { file });
  const parsed = headerForm.safeParse(parse(line, notOne));
  if (!parsed.success) throw notOne();
  if (parsed.data.version > VERSION) {
    throw new ElectionError('backup.too_new', { file, found: parsed.data.version, supported: VERSION });
  }
  return parsed.data;
}

function parse(line: string, otherwise: (reason: string) => ElectionError): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw otherwise('a line of it is no JSON');
  }
}
