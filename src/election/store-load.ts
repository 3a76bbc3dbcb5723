import { z } from 'zod';
import { membersForm, type PlacedMembers } from './configs.ts';
import { crc32c } from './crc32c.ts';
import { ElectionError, type Warning } from './errors.ts';
import { type MetaName, metaKey } from './keys.ts';
import type { Level } from './level.ts';
import type { MarkValue } from './mark.ts';
import { noMembers } from './members.ts';
import type { Recovered, SnapshotInfo } from './store.ts';
import { type Damaged, readEntries } from './store-read.ts';

/** The form of the whole store. Raise it when an older labmesh could no longer read what is written. */
const STORE_FORM = 1;

const index = z.number().int().nonnegative();
const metaForms = {
  identity: z.object({ form: z.number().int().positive(), nodeId: z.string(), ...membersForm.shape }),
  hard: z.object({ term: index, votedFor: z.string().nullable() }),
  base: z.object({ index, term: index }),
  snapshot: z.object({
    index,
    term: index,
    ...membersForm.shape,
    pieces: index,
    records: index,
    bytes: index,
    sha256: z.string(),
  }),
} as const satisfies Record<MetaName, z.ZodType>;

/** A small record: CRC-32C (4 bytes), JSON. */
export function encodeMeta(value: object): Buffer {
  const json = Buffer.from(JSON.stringify(value));
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32c(json), 0);
  return Buffer.concat([sum, json]);
}

/** Writes who the store belongs to, unless it already says so: a founder votes alone, who joins not at all. */
export async function createStore(level: Level, nodeId: string, voters: readonly string[]): Promise<void> {
  if ((await level.get(metaKey('identity'))) !== undefined) return;
  const changes = [
    {
      type: 'put' as const,
      key: metaKey('identity'),
      value: encodeMeta({ form: STORE_FORM, nodeId, ...noMembers, voters }),
    },
    { type: 'put' as const, key: metaKey('hard'), value: encodeMeta({ term: 0, votedFor: null }) },
    { type: 'put' as const, key: metaKey('base'), value: encodeMeta({ index: 0, term: 0 }) },
  ];
  await level.batch(changes, { sync: true });
}

interface LoadOptions {
  level: Level;
  dir: string;
  nodeId: string;
  mark: MarkValue;
  warnings: readonly Warning[];
  damaged: Damaged;
}

/** The members stand beside the rest, as `voters` did when there were no learners. */
export function encodeSnapshotInfo({ members, ...info }: SnapshotInfo): Buffer {
  return encodeMeta({ ...info, ...members });
}

/** Reads everything once and believes nothing unchecked. */
export async function loadStore(options: LoadOptions): Promise<Recovered> {
  const { level, dir, nodeId, damaged } = options;
  const identity = await readMeta(level, 'identity', damaged);
  if (identity === null) throw damaged('meta_missing', 'whose store this is');
  if (identity.form > STORE_FORM) {
    throw new ElectionError('log.too_new', { dir, found: identity.form, supported: STORE_FORM });
  }
  if (identity.nodeId !== nodeId) {
    throw new ElectionError('log.wrong_node', { dir, expected: nodeId, found: identity.nodeId });
  }
  const hard = await readMeta(level, 'hard', damaged);
  const base = await readMeta(level, 'base', damaged);
  if (hard === null || base === null)
    throw damaged('meta_missing', hard === null ? 'term and vote' : 'where the log begins');
  if (hard.term < options.mark.term) {
    throw damaged('entries_lost', `the term is ${hard.term}, it had been ${options.mark.term}`);
  }
  const found = await readMeta(level, 'snapshot', damaged);
  const snapshot = found === null ? null : { ...found, members: membersForm.parse(found) };
  if (base.index > (snapshot?.index ?? 0))
    throw damaged('meta_missing', `a snapshot up to entry ${base.index}`);

  const terms: { index: number; term: number }[] = [];
  const configs: PlacedMembers[] = [];
  for await (const entry of readEntries(level, base.index + 1, Number.MAX_SAFE_INTEGER, damaged)) {
    const before = terms.at(-1)?.term ?? base.term;
    if (entry.term < before || entry.term > hard.term) {
      throw damaged('entry_checksum', `entry ${entry.index} is of term ${entry.term}, out of order`);
    }
    terms.push({ index: entry.index, term: entry.term });
    if (entry.kind === 'voters' && entry.index > (snapshot?.index ?? 0)) {
      configs.push({ index: entry.index, members: membersForm.parse(JSON.parse(entry.body)) });
    }
  }
  const lastIndex = terms.at(-1)?.index ?? base.index;
  const expected = Math.max(options.mark.index, snapshot?.index ?? 0);
  if (lastIndex < expected) {
    throw damaged('entries_lost', `the log ends at ${lastIndex}, entry ${expected} was confirmed`);
  }
  return {
    hard,
    members: membersForm.parse(identity),
    configs,
    snapshot,
    base,
    terms,
    lastIndex,
    markIndex: options.mark.index,
    warnings: options.warnings,
  };
}

async function readMeta<Name extends MetaName>(
  level: Level,
  name: Name,
  damaged: Damaged,
): Promise<z.infer<(typeof metaForms)[Name]> | null> {
  const value = await level.get(metaKey(name));
  if (value === undefined) return null;
  const json = value.subarray(4);
  if (value.length < 4 || value.readUInt32BE(0) !== crc32c(json)) throw damaged('meta_checksum', name);
  const parsed = metaForms[name].safeParse(JSON.parse(json.toString('utf8')));
  if (!parsed.success)
    throw damaged('meta_checksum', `${name}: ${parsed.error.issues[0]?.message ?? 'malformed'}`);
  return parsed.data as z.infer<(typeof metaForms)[Name]>;
}
