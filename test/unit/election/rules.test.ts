import { describe, expect, test } from 'bun:test';
import { Core } from '../../../src/election/core.ts';
import { afterChange, healing, type Members, wantedVoters } from '../../../src/election/members.ts';
import type { Append, Message } from '../../../src/election/messages.ts';
import type { Input, Output } from '../../../src/election/steps.ts';

const ids = ['a', 'b', 'c'];
const members: Members = { voters: ids, learners: [], standbys: [] };

/** One core with a clock of its own; what it wants written is durable at once, unless `slow`. */
class Bench {
  now = 1_000;
  slow = false;
  readonly core: Core;
  sent: { to: string; message: Message }[] = [];

  constructor(nodeId = 'a', log: readonly { index: number; term: number }[] = []) {
    const hard = { term: log.at(-1)?.term ?? 0, votedFor: null };
    this.core = new Core({ nodeId, members, hard, base: { index: 0, term: 0 }, terms: log, commitIndex: 0 });
    this.step({ type: 'tick' });
  }

  step(input: Input, timeoutMs = 400): Output {
    const output = this.core.step(input, { now: this.now, timeoutMs });
    this.sent.push(...output.messages);
    if (output.persist !== null && !this.slow) this.step({ type: 'persisted', done: output.persist.done });
    return output;
  }

  get(from: string, message: Message): Output {
    this.sent = [];
    return this.step({ type: 'message', from, message });
  }

  /** Time goes on, with every tick on its minute. */
  pass(ms: number): void {
    const until = this.now + ms;
    while (this.core.wakeAt <= until) {
      this.now = this.core.wakeAt;
      this.step({ type: 'tick' });
    }
    this.now = until;
  }

  lead(): void {
    this.pass(401);
    this.get('b', { type: 'vote_reply', term: this.core.term + 1, pre: true, granted: true });
    this.get('b', { type: 'vote_reply', term: this.core.term, pre: false, granted: true });
    expect(this.core.role).toBe('leader');
  }
}

const heartbeat = (term: number, more: Partial<Append> = {}): Append => ({
  type: 'append',
  term,
  prevIndex: 0,
  prevTerm: 0,
  entries: [],
  commitIndex: 0,
  round: 1,
  ...more,
});
const ask = (term: number, more: object = {}) => ({
  type: 'vote_request' as const,
  term,
  pre: false,
  lastIndex: 0,
  lastTerm: 0,
  transfer: false,
  ...more,
});
const kinds = (bench: Bench) => bench.sent.map(({ to, message }) => `${message.type} ${to}`);

describe('elections', () => {
  test('E10 asks first; the term rises only when a majority would vote, in that very term', () => {
    const bench = new Bench();
    bench.pass(401);
    expect(kinds(bench)).toEqual(['vote_request b', 'vote_request c']);
    expect(bench.core.term).toBe(0);
    bench.get('b', { type: 'vote_reply', term: 7, pre: true, granted: true });
    expect(bench.core.term).toBe(0);
    bench.get('b', { type: 'vote_reply', term: 1, pre: true, granted: true });
    expect(bench.core).toMatchObject({ role: 'candidate', term: 1 });
  });

  test('E10 answers a pre-vote without changing its own term', () => {
    const bench = new Bench();
    bench.get('b', ask(5, { pre: true }));
    expect(bench.sent).toEqual([
      { to: 'b', message: { type: 'vote_reply', term: 5, pre: true, granted: true } },
    ]);
    expect(bench.core.term).toBe(0);
  });

  test('E3 one vote a term; not for a log that is behind', () => {
    const bench = new Bench('a', [{ index: 1, term: 2 }]);
    bench.get('b', ask(3));
    expect(bench.sent).toEqual([]);
    expect(bench.core.term).toBe(3);
    bench.get('b', ask(3, { lastIndex: 1, lastTerm: 2 }));
    expect(bench.sent.at(-1)?.message).toMatchObject({ granted: true, term: 3 });
    bench.get('c', ask(3, { lastIndex: 9, lastTerm: 2 }));
    expect(bench.sent.at(-1)?.message).toMatchObject({ granted: false, term: 3 });
  });

  test('E15 a vote, and an acceptance, is said only when it is durable', () => {
    const bench = new Bench();
    bench.slow = true;
    const vote = bench.get('b', ask(1));
    expect(bench.sent).toEqual([]);
    if (vote.persist === null) throw new Error('nothing to write');
    bench.step({ type: 'persisted', done: vote.persist.done });
    expect(kinds(bench)).toEqual(['vote_reply b']);
    const entry = { index: 1, term: 1, kind: 'noop' as const, body: '' };
    const append = bench.get('b', heartbeat(1, { entries: [entry], round: 1 }));
    expect(bench.sent.at(-1)?.message).toMatchObject({ ok: true, match: 0, held: 1 });
    if (append.persist === null) throw new Error('nothing to write');
    bench.step({ type: 'persisted', done: append.persist.done });
    expect(bench.sent.at(-1)?.message).toMatchObject({ ok: true, match: 1, held: 1 });
  });

  test('E15 a leader of a newer term is answered only when that term is durable', () => {
    const bench = new Bench();
    bench.slow = true;
    const { persist } = bench.get('b', heartbeat(1));
    expect(bench.sent).toEqual([]);
    if (persist === null) throw new Error('nothing to write');
    bench.step({ type: 'persisted', done: persist.done });
    expect(kinds(bench)).toEqual(['append_reply b']);
  });

  test('E11 who hears a leader answers no candidate, save one that the leader sent', () => {
    const bench = new Bench();
    bench.get('b', heartbeat(1));
    bench.pass(299);
    bench.get('c', ask(9));
    expect(bench.sent).toEqual([]);
    expect(bench.core.term).toBe(1);
    bench.get('c', ask(2, { transfer: true }));
    expect(bench.sent.at(-1)?.message).toMatchObject({ granted: true, term: 2 });
  });

  test('E12 a leader that hears no majority leads no more', () => {
    const bench = new Bench();
    bench.lead();
    bench.pass(550);
    expect(bench.core.role).toBe('leader');
    bench.pass(300);
    expect(bench.core.role).toBe('follower');
  });

  test('E13 woken late it doubts itself before its leader, three times at most', () => {
    const bench = new Bench();
    bench.get('b', heartbeat(1));
    for (let doubt = 0; doubt < 3; doubt++) {
      bench.now += 2_000;
      bench.sent = [];
      bench.step({ type: 'tick' });
      expect(bench.sent).toEqual([]);
    }
    bench.now += 2_000;
    bench.step({ type: 'tick' });
    expect(kinds(bench)).toEqual(['vote_request b', 'vote_request c']);
  });

  test('E14 a leader of an older term is told the newer', () => {
    const bench = new Bench('a', [{ index: 1, term: 4 }]);
    bench.get('b', heartbeat(3));
    expect(bench.sent.at(-1)).toMatchObject({ to: 'b', message: { ok: false, term: 4 } });
    expect(bench.core.leader).toBeNull();
  });
});

describe('replication', () => {
  test('L1 a refusal names the last place that may be common, so a term costs one step', () => {
    const mine = [1, 1, 1, 2, 2, 2, 2].map((term, at) => ({ index: at + 1, term }));
    const bench = new Bench('a', mine);
    bench.get('b', heartbeat(5, { prevIndex: 7, prevTerm: 1 }));
    expect(bench.sent.at(-1)?.message).toMatchObject({ ok: false, prevIndex: 7, hintIndex: 3, hintTerm: 1 });
  });

  test('L1 what conflicts is removed and replaced in one write', () => {
    const bench = new Bench(
      'a',
      [1, 2, 2].map((term, at) => ({ index: at + 1, term })),
    );
    const entry = { index: 2, term: 3, kind: 'noop' as const, body: '' };
    const { persist } = bench.get('b', heartbeat(3, { prevIndex: 1, prevTerm: 1, entries: [entry] }));
    expect(persist).toMatchObject({ removed: { from: 2, to: 3 }, entries: [entry], hard: { term: 3 } });
  });

  test('L2 a committed entry is never overwritten, not even at a leader’s word', () => {
    const bench = new Bench('a', [{ index: 1, term: 1 }]);
    bench.get('b', heartbeat(1, { prevIndex: 1, prevTerm: 1, commitIndex: 1 }));
    const entry = { index: 1, term: 2, kind: 'noop' as const, body: '' };
    bench.get('c', heartbeat(2, { entries: [entry] }));
    expect(bench.core.termAt(1)).toBe(1);
  });

  test('L6 a read waits for a majority that answered a round begun after it', () => {
    const bench = new Bench();
    bench.lead();
    const accepted = (round: number) => ({
      type: 'append_reply' as const,
      term: 1,
      round,
      ok: true,
      match: 1,
      held: 1,
      prevIndex: 0,
      hintIndex: 0,
      hintTerm: 0,
    });
    bench.get('b', accepted(1));
    expect(bench.core.mayRead).toBe(true);
    expect(bench.step({ type: 'read', id: 1 }).reads).toEqual([]);
    expect(bench.get('b', accepted(1)).reads).toEqual([]);
    expect(bench.get('b', accepted(2)).reads).toEqual([{ id: 1, index: 1 }]);
  });

  test('L6 who lost a campaign counts the rounds of the winner from their beginning', () => {
    const bench = new Bench();
    bench.get('b', heartbeat(1, { round: 500 }));
    bench.pass(401);
    bench.get('b', { type: 'vote_reply', term: 2, pre: true, granted: true });
    expect([bench.core.role, bench.core.term]).toEqual(['candidate', 2]);
    const noop = { index: 1, term: 2, kind: 'noop' as const, body: '' };
    bench.get('c', heartbeat(2, { round: 1, entries: [noop] }));
    for (const round of [2, 3]) {
      bench.get('c', heartbeat(2, { round, prevIndex: 1, prevTerm: 2 }));
      expect(bench.sent).toMatchObject([{ to: 'c', message: { type: 'append_reply', ok: true, round } }]);
    }
  });

  test('M2 no change before the first entry of the own term is committed', () => {
    const bench = new Bench();
    bench.lead();
    expect(bench.step({ type: 'members', change: { op: 'remove', nodeId: 'c' } }).refused).toBe('too_early');
  });
});

describe('members', () => {
  const health = (silent: string[], fresh: string[]) => ({
    silent: (id: string) => silent.includes(id),
    fresh: (id: string) => fresh.includes(id),
  });
  const five = ['a', 'b', 'c', 'd', 'e'];

  test('M3 the last voter stays', () => {
    const one: Members = { voters: ['a'], learners: ['b'], standbys: [] };
    expect(afterChange(one, { op: 'remove', nodeId: 'a' })).toBe('last_voter');
    expect(afterChange(one, { op: 'demote', nodeId: 'a' })).toBe('last_voter');
  });

  test('M5 the silent one is demoted when a fresh standby is there, then that one is promoted', () => {
    const before: Members = { voters: ids, learners: ['d'], standbys: ['d'] };
    const first = healing(before, health(['c'], ['d']));
    expect(first).toEqual({ op: 'demote', nodeId: 'c', standby: true });
    if (first === null) throw new Error('no change');
    const between = afterChange(before, first);
    if (typeof between === 'string') throw new Error(between);
    expect(healing(between, health(['c'], ['d']))).toEqual({ op: 'promote', nodeId: 'd' });
  });

  test('M5 nothing without a majority of the present voters', () => {
    const before: Members = { voters: ids, learners: ['d'], standbys: ['d'] };
    expect(healing(before, health(['b', 'c'], ['d']))).toBeNull();
  });

  test('M5 without a standby only where the smaller set bears more: five with two gone, not three with one', () => {
    const all: Members = { voters: five, learners: [], standbys: [] };
    expect(healing(all, health(['d', 'e'], []))).toMatchObject({ op: 'demote', nodeId: 'd' });
    expect(healing(all, health(['e'], []))).toBeNull();
    expect(healing(members, health(['c'], []))).toBeNull();
  });

  test('M5 one, three or five voters by size', () => {
    const sized = (count: number) =>
      wantedVoters({ voters: five.slice(0, 1), standbys: Array.from({ length: count - 1 }, String) });
    expect([1, 2, 3, 4, 5, 200].map(sized)).toEqual([1, 1, 3, 3, 5, 5]);
  });

  test('M5 an odd set grows by two or not at all; learners that may not vote do not count', () => {
    const grown = (voters: string[], fresh: string[], learners = ['x', 'y', 'z']) =>
      healing({ voters, learners, standbys: learners }, health([], fresh));
    expect(grown(['a'], ['x'])).toBeNull();
    expect(grown(['a'], ['x', 'y'])).toEqual({ op: 'promote', nodeId: 'x' });
    expect(grown(['a', 'b'], ['y'])).toEqual({ op: 'promote', nodeId: 'y' });
    expect(grown(['a', 'b', 'c'], ['y'])).toBeNull();
    expect(grown(['a', 'b', 'c'], ['y', 'z'])).toEqual({ op: 'promote', nodeId: 'y' });
    expect(grown(['a', 'b', 'c'], ['x'], ['x'])).toBeNull();
    const unable: Members = { voters: ['a'], learners: ['x', 'y', 'z'], standbys: ['x'] };
    expect(healing(unable, health([], ['x', 'y', 'z']))).toBeNull();
  });

  test('M5 who was demoted for good is not promoted again, whatever the set wants', () => {
    const before: Members = { voters: ids, learners: ['d', 'e'], standbys: ['d', 'e'] };
    const after = afterChange(before, { op: 'demote', nodeId: 'c' });
    if (typeof after === 'string') throw new Error(after);
    const everybody = health([], ['c', 'd', 'e']);
    let members = after;
    for (let step = 0; step < 5; step++) {
      const change = healing(members, everybody);
      if (change === null) break;
      const next = afterChange(members, change);
      if (typeof next === 'string') throw new Error(next);
      members = next;
    }
    expect([...members.voters].sort()).toEqual(['a', 'b', 'd']);
  });

  test('M5 one demoted as too many stays a standby: healing and the outside agree on the number', () => {
    const before: Members = { voters: ['a', 'b', 'c', 'd'], learners: [], standbys: [] };
    expect(wantedVoters(before)).toBe(3);
    const after = afterChange(before, { op: 'demote', nodeId: 'd', standby: true });
    if (typeof after === 'string') throw new Error(after);
    expect(wantedVoters(after)).toBe(3);
    expect(healing(after, health([], ['d']))).toBeNull();
  });
});
