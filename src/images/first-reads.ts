/**
 * `first-reads.json` beside a version: the chunks in the order in which a guest read them first, the newest boot's first. Advice only, for the next boot
 * on a PC that does not have the version yet: nothing is wrong when it is lost, old, or nonsense.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { VersionPaths } from './layout.ts';
import { MAX_CHUNKS } from './manifest.ts';

/** 4 GiB of chunks: more than a boot reads. */
const MAX_FIRST_READS = 4096;
/** So many numbers of seven digits. */
export const MAX_FIRST_READS_BYTES = 65_536;

const schema = z.array(z.int().min(0).max(MAX_CHUNKS)).max(MAX_FIRST_READS);

/** Empty for what is no such list. */
export function decodeFirstReads(text: string): readonly number[] {
  if (text.length > MAX_FIRST_READS_BYTES) return [];
  try {
    return schema.safeParse(JSON.parse(text)).data ?? [];
  } catch {
    return [];
  }
}

/** What was read now, and after it what only earlier boots read. */
export function mergedReads(newest: readonly number[], before: readonly number[]): readonly number[] {
  return [...new Set([...newest, ...before])].slice(0, MAX_FIRST_READS);
}

export async function readFirstReads({ folder }: VersionPaths): Promise<readonly number[]> {
  return decodeFirstReads(await readFile(join(folder, 'first-reads.json'), 'utf8').catch(() => ''));
}

export async function writeFirstReads({ folder }: VersionPaths, chunks: readonly number[]): Promise<void> {
  const file = join(folder, 'first-reads.json');
  const partial = `${file}.part`;
  try {
    await writeFile(partial, JSON.stringify(chunks.slice(0, MAX_FIRST_READS)), { mode: 0o600 });
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
