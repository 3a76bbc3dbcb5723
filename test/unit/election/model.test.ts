import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { type Agreement, defaultSettings } from '../../../src/election/index.ts';
import { ReplicatedAgreement } from '../../../src/election/meshed-agreement.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { FakeDisk, FakeStore, type Fate } from './support/fake-store.ts';
import { nobody } from './support/hub.ts';
import { listMachine } from './support/list-machine.ts';
import { codeOf, until } from './support/temp.ts';

/** Small enough that a run of twenty steps sees several snapshots. */
const settings = {
  ...defaultSettings,
  retryMs: 1,
  snapshotEveryEntries: 6,
  keepEntries: 3,
  snapshotPieceBytes: 64,
  maxBatchEntries: 4,
};

interface Step {
  proposals: number;
  /** What becomes of the writes that follow. */
  fates: Fate[];
  after: 'goes on' | 'stops';
}

const fate = fc.constantFrom<Fate>(
  'works',
  'works',
  'works',
  'fails before',
  'fails after',
  'dies before',
  'dies after',
);
const step: fc.Arbitrary<Step> = fc.record({
  proposals: fc.integer({ min: 0, max: 9 }),
  fates: fc.array(fate, { maxLength: 6 }),
  after: fc.constantFrom('goes on', 'goes on', 'stops'),
});

/** One process after another on one disk, against what their callers were told. */
class Run {
  readonly disk = new FakeDisk();
  readonly confirmed: number[] = [];
  /** What was ever seen applied, in order: it may only grow at its end. */
  seen: unknown[] = [];
  #next = 0;
  #store = new FakeStore(this.disk);
  #machine = listMachine();
  #log: Agreement<number> | null = null;

  async step({ proposals, fates, after }: Step): Promise<void> {
    await this.#running();
    const log = this.#log;
    if (log === null) return;
    this.disk.fates = [...fates];
    const asked = Array.from({ length: proposals }, () => this.#propose(log));
    await Promise.race([Promise.all(asked), until(() => this.#store.dead, 'death')]);
    this.#look();
    if (this.#store.dead) return this.#forget();
    if (after === 'stops') {
      await Promise.race([log.stop(), until(() => this.#store.dead, 'death')]);
      this.#look();
      this.#forget();
    }
  }

  async end(): Promise<void> {
    this.disk.fates = [];
    this.#forget();
    await this.#running();
    this.#look();
    await this.#log?.stop();
  }

  /** A process that runs: one that died while starting is followed by another. */
  async #running(): Promise<void> {
    for (let tries = 0; this.#log === null || this.#store.dead; tries++) {
      // Fates left over hit the start as well, then the disk behaves.
      if (tries > 3) this.disk.fates = [];
      this.#store = new FakeStore(this.disk);
      this.#machine = listMachine();
      const options = {
        dir: 'fake',
        nodeId: 'a',
        machine: this.#machine,
        logger: silentLogger,
        clock: () => 0,
        transport: nobody(),
      };
      const log = new ReplicatedAgreement(options, settings, this.#store);
      const store = this.#store;
      const code = await Promise.race([
        codeOf(log.start()),
        until(() => store.dead, 'death').then(() => 'dead'),
      ]);
      this.#log = code === 'no error' ? log : null;
      if (code !== 'no error' && code !== 'dead' && code !== 'log.disk_full') throw code;
    }
    this.#look();
  }

  async #propose(log: Agreement<number>): Promise<void> {
    const number = this.#next++;
    const code = await codeOf(log.propose(number, { timeoutMs: 5_000 }));
    if (code === 'no error') this.confirmed.push(number);
  }

  #look(): void {
    const applied = this.#machine.applied.map(({ command }) => command);
    if (this.#log === null) return;
    expect(applied.slice(0, this.seen.length)).toEqual(this.seen);
    this.seen = applied;
    expect(new Set(applied).size).toBe(applied.length);
    const present = new Set(applied);
    expect(this.confirmed.filter((number) => !present.has(number))).toEqual([]);
    const sorted = [...this.confirmed].sort((a, b) => a - b);
    expect(this.confirmed).toEqual(sorted);
  }

  #forget(): void {
    this.#store.kill();
    this.#log = null;
  }
}

test('D1 P2 R4 S3 S5 whatever writes fail or kill, nothing confirmed is lost, nothing comes twice or out of order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const run = new Run();
      for (const one of steps) await run.step(one);
      await run.end();
    }),
    { numRuns: 300 },
  );
}, 60_000);
