import { expect, test } from 'bun:test';
import { type Message, readMessage } from '../../../src/election/index.ts';

const members = { voters: ['a'], learners: [], standbys: [] };
const command = { index: 6, term: 2, kind: 'command' as const, body: '{"x":1}' };
const append = {
  type: 'append' as const,
  term: 3,
  prevIndex: 5,
  prevTerm: 2,
  entries: [command, { index: 7, term: 3, kind: 'voters' as const, body: JSON.stringify(members) }],
  commitIndex: 5,
  round: 9,
};

const sound: Message[] = [
  append,
  { type: 'vote_request', term: 3, pre: true, lastIndex: 5, lastTerm: 2, transfer: false },
  { type: 'vote_reply', term: 3, pre: true, granted: false },
  {
    type: 'append_reply',
    term: 3,
    round: 1,
    ok: true,
    match: 5,
    held: 6,
    prevIndex: 0,
    hintIndex: 0,
    hintTerm: 0,
  },
  { type: 'snapshot', term: 3, round: 1, snapshot: { index: 5, term: 2, members } },
  { type: 'timeout_now', term: 3 },
  { type: 'read_request', term: 3, id: 1 },
  { type: 'read_reply', term: 3, id: 1, index: null },
];

for (const message of sound) {
  test(`${message.type} comes through as it was sent`, () => {
    expect(readMessage(JSON.parse(JSON.stringify(message)))).toEqual(message);
  });
}

const unsound: Record<string, unknown> = {
  nothing: null,
  'a kind unknown': { type: 'append_entries', term: 1 },
  'a term below zero': { type: 'timeout_now', term: -1 },
  'a term that is no whole number': { type: 'timeout_now', term: 1.5 },
  'a gap between entries': { ...append, entries: [{ ...command, index: 7 }] },
  'an entry of a term to come': { ...append, entries: [{ ...command, term: 4 }] },
  'terms that fall': { ...append, entries: [{ ...command, term: 1 }] },
  'members that are none': { ...append, entries: [{ ...command, kind: 'voters', body: '{"voters":7}' }] },
  'members that are no JSON': { ...append, entries: [{ ...command, kind: 'voters', body: '{' }] },
  'too many entries': {
    ...append,
    entries: Array.from({ length: 1_025 }, (_, n) => ({ ...command, index: 6 + n })),
  },
  'too large a body': { ...append, entries: [{ ...command, body: 'x'.repeat(2 * 1024 * 1024 + 1) }] },
};

for (const [what, message] of Object.entries(unsound)) {
  test(`${what}: refused`, () => expect(readMessage(message)).toBeNull());
}
