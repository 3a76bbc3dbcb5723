import { describe, expect, test } from 'bun:test';
import { Core } from '../../../src/election/core.ts';
import type { Members } from '../../../src/election/members.ts';
import type { CoreStart, Output } from '../../../src/election/steps.ts';

const voting = (...voters: string[]): Members => ({ voters, learners: [], standbys: [] });

function coreWith(start: Partial<CoreStart> = {}): Core {
  return new Core({
    nodeId: 'a',
    members: voting('a'),
    hard: { term: 0, votedFor: null },
    base: { index: 0, term: 0 },
    terms: [],
    commitIndex: 0,
    ...start,
  });
}

/** Confirms what an output wants written. */
function persisted(core: Core, output: Output): Output {
  if (output.persist === null) throw new Error('nothing to confirm');
  return core.step({ type: 'persisted', done: output.persist.done });
}

function elected(start: Partial<CoreStart> = {}): Core {
  const core = coreWith(start);
  const vote = core.step({ type: 'campaign' });
  persisted(core, persisted(core, vote));
  return core;
}

describe('terms and leaders', () => {
  test('E1 the own vote counts only once it is durable', () => {
    const core = coreWith({ hard: { term: 7, votedFor: 'b' } });
    const out = core.step({ type: 'campaign' });
    expect(out.persist?.hard).toEqual({ term: 8, votedFor: 'a' });
    expect(core.role).toBe('candidate');
    persisted(core, out);
    expect(core.role).toBe('leader');
  });

  test('E3 without a majority a candidate stays one, and proposes nothing', () => {
    const core = coreWith({ members: voting('a', 'b', 'c') });
    persisted(core, core.step({ type: 'campaign' }));
    expect(core.role).toBe('candidate');
    expect(core.step({ type: 'propose', bodies: ['1'] })).toMatchObject({ persist: null, proposed: null });
    expect(core.lastIndex).toBe(0);
  });

  test('E4 a leader begins its term with an empty entry', () => {
    const core = coreWith({ base: { index: 9, term: 3 }, hard: { term: 3, votedFor: 'a' }, commitIndex: 9 });
    const out = persisted(core, core.step({ type: 'campaign' }));
    expect(out.persist?.entries).toEqual([{ index: 10, term: 4, kind: 'noop', body: '' }]);
  });

  test('E5 entries of former terms are committed along with the first of the own', () => {
    const terms = [1, 2, 3].map((index) => ({ index, term: 1 }));
    const core = coreWith({ terms, hard: { term: 1, votedFor: 'a' } });
    const noop = persisted(core, core.step({ type: 'campaign' }));
    expect(core.commitIndex).toBe(0);
    expect(core.mayRead).toBe(false);
    // That a majority holds the old ones alone commits none of them.
    expect(core.step({ type: 'persisted', done: { hard: 1, lastIndex: 3, lastTerm: 1 } }).commitIndex).toBe(
      0,
    );
    expect(persisted(core, noop).commitIndex).toBe(4);
    expect(core.mayRead).toBe(true);
  });

  test('E5 a proposal is committed when it is durable, not before', () => {
    const core = elected();
    const out = core.step({ type: 'propose', bodies: ['1', '2'] });
    expect(out).toMatchObject({ proposed: { first: 2, last: 3 }, commitIndex: 1 });
    expect(core.step({ type: 'persisted', done: { hard: 1, lastIndex: 2, lastTerm: 1 } }).commitIndex).toBe(
      2,
    );
    expect(core.step({ type: 'persisted', done: { hard: 1, lastIndex: 3, lastTerm: 1 } }).commitIndex).toBe(
      3,
    );
  });

  test('E6 a node that is no voter does not campaign', () => {
    const core = coreWith({ members: voting('b') });
    expect(core.step({ type: 'campaign' }).persist).toBeNull();
    expect(core.role).toBe('learner');
  });

  test('E7 a late confirmation of another term changes nothing', () => {
    const core = elected();
    core.step({ type: 'propose', bodies: ['1'] });
    expect(core.step({ type: 'persisted', done: { hard: 1, lastIndex: 2, lastTerm: 0 } }).commitIndex).toBe(
      1,
    );
    expect(core.step({ type: 'persisted', done: { hard: 1, lastIndex: 99, lastTerm: 1 } }).commitIndex).toBe(
      1,
    );
  });

  test('E8 what was not durable is given up when the store fails; its numbers are used again', () => {
    const core = elected();
    core.step({ type: 'propose', bodies: ['1', '2'] });
    core.step({ type: 'storage_lost' });
    expect(core.lastIndex).toBe(1);
    expect(core.role).toBe('leader');
  });

  test('E8 a candidate among others falls back when its store fails', () => {
    const core = coreWith({ members: voting('a', 'b', 'c') });
    core.step({ type: 'campaign' });
    expect(core.step({ type: 'storage_lost' }).changed).toBe(true);
    expect(core.role).toBe('follower');
  });

  test('E9 the same inputs give the same outputs', () => {
    const run = () => {
      const core = coreWith();
      const outs = [core.step({ type: 'campaign' })];
      outs.push(core.step({ type: 'persisted', done: { hard: 1, lastIndex: 0, lastTerm: 0 } }));
      outs.push(core.step({ type: 'persisted', done: { hard: 1, lastIndex: 1, lastTerm: 1 } }));
      outs.push(core.step({ type: 'propose', bodies: ['"x"'] }));
      return JSON.stringify(outs);
    };
    expect(run()).toBe(run());
  });
});

test('S1 terms stay known behind a snapshot as far as entries are kept', () => {
  const terms = [1, 1, 2, 2, 3].map((term, at) => ({ index: at + 1, term }));
  const core = elected({ terms, hard: { term: 3, votedFor: 'a' } });
  core.step({ type: 'compacted', firstIndex: 4 });
  expect([2, 3, 4, 5, 6, 7].map((index) => core.termAt(index))).toEqual([undefined, 2, 2, 3, 4, undefined]);
});
