/** Writes from any node while who leads changes (N4, GF25): no try outlives its master, and nobody waits in vain. */
import { afterEach, beforeEach, expect, jest, test } from 'bun:test';
import * as z from 'zod';
import { type AgreementStatus, ElectionError } from '../../../src/election/index.ts';
import type { Json } from '../../../src/gossip/index.ts';
import { openProposer, type ProposerParts } from '../../../src/node/cluster/propose.ts';
import type { Command, Outcome } from '../../../src/state/index.ts';

const OK: Outcome = { ok: true, targetId: 'vm', operationId: null };
const command: Command = {
  id: 'one',
  type: 'vm.start',
  author: { kind: 'user', id: 'u', from: '::1' },
  key: 'only once',
  at: 0,
  payload: {},
};

type Answer = (signal: AbortSignal | undefined) => Promise<Json>;
const keyed = z.object({ command: z.object({ key: z.string() }) });
/** A node that took the command and is cut off: no deadline brings its answer either, only giving it up does. */
const silent: Answer = (signal) =>
  new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));

/** This node is `b`, and believes of the agreement what the test says. */
class Place {
  master: string | null = 'a';
  deadVoters = 0;
  readonly asked: string[] = [];
  readonly keys: string[] = [];
  readonly answers = new Map<string, Answer>();
  /** What the own log does with a proposal while this node leads. */
  own: () => Promise<{ index: number; outcome: Outcome }> = async () => ({ index: 7, outcome: OK });
  readonly #listeners = new Set<(status: AgreementStatus) => void>();
  readonly propose = openProposer(this.#parts());

  becomes(master: string | null): void {
    this.master = master;
    for (const listener of [...this.#listeners]) listener(this.#status());
  }

  get listening(): number {
    return this.#listeners.size;
  }

  #parts(): ProposerParts {
    return {
      nodeId: 'b',
      now: () => 1,
      isMajorityDead: () => this.deadVoters >= 2,
      rpc: {
        method: () => {},
        request: async (to, _method, body, options) => {
          this.asked.push(to);
          this.keys.push(keyed.parse(body).command.key);
          return (this.answers.get(to) ?? silent)(options?.signal);
        },
      },
      agreement: {
        propose: (given) => {
          if (this.master !== 'b')
            return Promise.reject(new ElectionError('log.not_master', { master: this.master }));
          this.asked.push('b');
          this.keys.push(keyed.parse({ command: given }).command.key);
          return this.own();
        },
        waitForApplied: async () => {},
        status: () => this.#status(),
        onChange: (listener) => {
          this.#listeners.add(listener);
          return () => this.#listeners.delete(listener);
        },
      },
    };
  }

  #status(): AgreementStatus {
    return {
      role: this.master === 'b' ? 'leader' : 'follower',
      term: 1,
      nodeId: 'b',
      master: this.master === null ? null : { nodeId: this.master, sinceMs: 0 },
      voters: ['a', 'b', 'c'],
      alive: [],
      mayFail: 0,
      lastIndex: 0,
      commitIndex: 0,
      appliedIndex: 0,
      snapshotIndex: 0,
      warnings: [],
    };
  }
}

const confirmed: Answer = async () => ({ index: 9, outcome: OK });

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** Lets promises go on, and `ms` of the clock pass. */
async function pass(ms: number): Promise<void> {
  for (let at = 0; at <= ms; at += 50) {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    if (at < ms) jest.advanceTimersByTime(50);
  }
}

test('N4 a master that is cut off is given up as soon as another is known; the key goes along', async () => {
  const place = new Place();
  place.answers.set('c', confirmed);
  const written = place.propose(command, { timeoutMs: 60_000 });
  await pass(0);
  expect(place.asked).toEqual(['a']);
  place.becomes('c');
  expect(await written).toEqual({ index: 9, outcome: OK });
  expect(place.asked).toEqual(['a', 'c']);
  expect(place.keys).toEqual(['only once', 'only once']);
  expect(place.listening).toBe(1); // the watch's own
});

test('N4 and as soon as there is none; the write goes to the next at once', async () => {
  const place = new Place();
  place.answers.set('c', confirmed);
  const written = place.propose(command, { timeoutMs: 60_000 });
  await pass(0);
  place.becomes(null);
  await pass(600);
  expect(place.asked).toEqual(['a']);
  place.becomes('c');
  await pass(0);
  expect(place.asked).toEqual(['a', 'c']);
  expect((await written).index).toBe(9);
});

test('N4 a proposal in the own log is given up when this node leads no more', async () => {
  const place = new Place();
  place.own = () => new Promise(() => {});
  place.answers.set('c', confirmed);
  place.becomes('b');
  const written = place.propose(command, { timeoutMs: 60_000 });
  await pass(0);
  place.becomes('c');
  expect((await written).index).toBe(9);
  expect(place.asked).toEqual(['b', 'c']);
});

test('GF25 too few voters for longer than elections take: a write is refused with that cause, not at its deadline', async () => {
  const place = new Place();
  place.deadVoters = 2;
  place.becomes(null);
  const code = place.propose(command, { timeoutMs: 60_000 }).catch(({ code, data }) => ({ code, ...data }));
  await pass(6_000);
  expect(await Promise.race([code, 'waits'])).toEqual({ code: 'log.not_master', master: null });
});

test('GF25 what a lost master may hold is not called refused', async () => {
  const place = new Place();
  const code = place.propose(command, { timeoutMs: 60_000 }).catch(({ code, data }) => [code, data.maybe]);
  await pass(0);
  place.deadVoters = 2;
  place.becomes(null);
  await pass(6_000);
  expect(await Promise.race([code, 'waits'])).toEqual(['log.timeout', true]);
});

test('GF25 most voters live: a write waits for their election however long it takes', async () => {
  const place = new Place();
  place.answers.set('c', confirmed);
  place.becomes(null);
  place.deadVoters = 1;
  const written = place.propose(command, { timeoutMs: 60_000 });
  await pass(20_000);
  place.becomes('c');
  expect((await written).index).toBe(9);
});

test('GF25 a write at the moment of healing waits one election', async () => {
  const place = new Place();
  place.answers.set('a', confirmed);
  place.deadVoters = 2;
  place.becomes(null);
  await pass(10_000);
  const written = place.propose(command, { timeoutMs: 60_000 });
  await pass(900);
  place.becomes('a');
  expect((await written).index).toBe(9);
});
