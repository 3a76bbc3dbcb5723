import { z } from 'zod';
import { membersForm } from './configs.ts';
import type { Message } from './messages.ts';

const number = z.number().int().nonnegative();
const at = { term: number };

/** An id of a node, as `members` hold it. */
const MAX_ID = 200;
/** A command at its bound, and the quotes and escapes JSON adds to no body that was JSON already. */
const MAX_BODY = 2 * 1024 * 1024;
/** More than any leader of ours puts into one message (`maxAppendEntries`). */
const MAX_ENTRIES = 1_024;

const ids = z.array(z.string().max(MAX_ID)).max(1_000);
const boundedMembers = z.object({ voters: ids, learners: ids, standbys: ids });

const entryForm = z
  .object({
    index: number,
    term: number,
    kind: z.enum(['noop', 'command', 'voters']),
    body: z.string().max(MAX_BODY),
  })
  .refine(({ kind, body }) => kind !== 'voters' || namesMembers(body), 'no members in it');

const form = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('vote_request'),
    ...at,
    pre: z.boolean(),
    lastIndex: number,
    lastTerm: number,
    transfer: z.boolean(),
  }),
  z.object({ type: z.literal('vote_reply'), ...at, pre: z.boolean(), granted: z.boolean() }),
  z
    .object({
      type: z.literal('append'),
      ...at,
      prevIndex: number,
      prevTerm: number,
      entries: z.array(entryForm).max(MAX_ENTRIES),
      commitIndex: number,
      round: number,
    })
    .refine(
      ({ prevIndex, prevTerm, entries, term }) => follow(prevIndex, prevTerm, term, entries),
      'out of order',
    ),
  z.object({
    type: z.literal('append_reply'),
    ...at,
    round: number,
    ok: z.boolean(),
    match: number,
    held: number,
    prevIndex: number,
    hintIndex: number,
    hintTerm: number,
  }),
  z.object({
    type: z.literal('snapshot'),
    ...at,
    round: number,
    snapshot: z.object({ index: number, term: number, members: boundedMembers }),
  }),
  z.object({ type: z.literal('timeout_now'), ...at }),
  z.object({ type: z.literal('read_request'), ...at, id: number }),
  z.object({ type: z.literal('read_reply'), ...at, id: number, index: number.nullable() }),
]);

/**
 * A message as it came off the wire, for whoever writes a `Transport`: the core believes what it is handed.
 * @returns null for anything that no node of ours would send; it is to be dropped and counted
 */
export function readMessage(value: unknown): Message | null {
  const parsed = form.safeParse(value);
  return parsed.success ? parsed.data : null;
}

/** Entries of one message are neighbours, of terms that do not fall and are not after the sender's. */
function follow(
  prevIndex: number,
  prevTerm: number,
  term: number,
  entries: readonly { index: number; term: number }[],
): boolean {
  let before = prevTerm;
  return entries.every((entry, at) => {
    const fits = entry.index === prevIndex + 1 + at && entry.term >= before && entry.term <= term;
    before = entry.term;
    return fits;
  });
}

function namesMembers(body: string): boolean {
  try {
    return membersForm.safeParse(JSON.parse(body)).success;
  } catch {
    return false;
  }
}
