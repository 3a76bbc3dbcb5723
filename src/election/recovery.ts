import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../state/logger.ts';
import type { Entry } from './entry.ts';
import { ElectionError } from './errors.ts';
import { LevelStore } from './level-store.ts';
import { type Members, noMembers } from './members.ts';
import { defaultSettings } from './settings.ts';
import type { LogStore, Recovered } from './store.ts';

export interface RecoverOptions {
  /** The folder of the log of a node that is stopped. */
  dir: string;
  /** The node that goes on with the cloud, as its only voter. */
  nodeId: string;
  logger: Logger;
  /** Epoch milliseconds. Only shown. */
  clock: () => number;
}

/** What a recovery left behind. */
export interface RecoveredStore {
  /** The last entry: from here on this node decides alone. */
  readonly lastIndex: number;
  readonly term: number;
  /** Who voted before; this node alone where nothing had to be done. */
  readonly formerVoters: readonly string[];
}

/**
 * Makes a stopped node the sole voter of its log, when most of the others are lost for good. The store is verified to
 * its last byte first, then rewritten by one durable write: a crash leaves it as before or as after. Again is the same.
 * Nothing that it holds is given up; what only the lost ones held is lost.
 * @throws ElectionError log.nothing_to_recover, log.in_use, log.damaged, log.wrong_node, log.too_new, log.disk_full, log.write_failed
 */
export async function recoverStore(options: RecoverOptions): Promise<RecoveredStore> {
  const { dir, nodeId, logger, clock } = options;
  // A store must not come to be by being opened.
  if (!(await exists(join(dir, 'db'))) && !(await exists(join(dir, 'mark')))) throw nothingIn(dir);
  const store = new LevelStore({ dir, nodeId, logger, clock, ...defaultSettings, founders: [] });
  try {
    const held = await store.open();
    await verifySnapshot(store, held);
    const recovered = await makeSoleVoter(store, held, { dir, nodeId });
    return {
      lastIndex: recovered.lastIndex,
      term: recovered.hard.term,
      formerVoters: membersIn(held).voters,
    };
  } finally {
    await store.close();
  }
}

/**
 * The change itself, on an open store: a `voters` entry in a new term behind all that is held. The entries before it
 * stay, confirmed or not: one that is not known to be may have been.
 * @returns what the store holds now
 * @throws ElectionError log.nothing_to_recover, log.disk_full, log.write_failed
 */
export async function makeSoleVoter(
  store: LogStore,
  held: Recovered,
  { dir, nodeId }: { dir: string; nodeId: string },
): Promise<Recovered> {
  const before = membersIn(held);
  if (before.voters.length === 0) throw nothingIn(dir);
  if (isAlone(before, nodeId)) return held;
  const members: Members = { ...noMembers, voters: [nodeId] };
  const hard = { term: held.hard.term + 1, votedFor: nodeId };
  const place = { index: held.lastIndex + 1, term: hard.term };
  const entry: Entry = { ...place, kind: 'voters', body: JSON.stringify(members) };
  await store.persist({ hard, entries: [entry], removed: null });
  // The only voter holds it: it is confirmed, and must not go unnoticed should the log's end be lost.
  store.noteConfirmed(place);
  return {
    ...held,
    hard,
    configs: [...held.configs, { index: place.index, members }],
    terms: [...held.terms, place],
    lastIndex: place.index,
  };
}

/** The newest counts, committed or not. */
function membersIn(held: Recovered): Members {
  return held.configs.at(-1)?.members ?? held.snapshot?.members ?? held.members;
}

function isAlone({ voters, learners }: Members, nodeId: string): boolean {
  return voters.length === 1 && voters[0] === nodeId && learners.length === 0;
}

/** Opening reads every entry, but of the snapshot only what it says of itself. */
async function verifySnapshot(store: LogStore, { snapshot }: Recovered): Promise<void> {
  if (snapshot === null) return;
  for await (const _piece of store.readPieces(snapshot));
}

function nothingIn(dir: string): ElectionError {
  return new ElectionError('log.nothing_to_recover', { dir });
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
