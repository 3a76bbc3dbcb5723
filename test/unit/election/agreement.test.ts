import { describe, expect, test } from 'bun:test';
import { codeOf, freshDir, logIn, soon, started, until, withLog } from './support/temp.ts';

describe('proposals', () => {
  test('P1 resolves with index and outcome, after the apply', async () => {
    await withLog(freshDir(), async ({ log, machine }) => {
      expect(await log.propose({ a: 1 }, soon)).toEqual({ index: 2, outcome: 1 });
      expect(machine.applied).toEqual([{ index: 2, command: { a: 1 } }]);
      expect(log.status()).toMatchObject({
        role: 'leader',
        term: 1,
        lastIndex: 2,
        commitIndex: 2,
        appliedIndex: 2,
      });
    });
  });

  test('P2 the machine sees what JSON keeps, live as after a restart', async () => {
    const dir = freshDir();
    const live = await withLog(dir, async ({ log, machine }) => {
      await log.propose({ when: new Date(0), none: undefined, text: 'año ✓' }, soon);
      return machine.applied;
    });
    expect(live[0]?.command).toEqual({ when: '1970-01-01T00:00:00.000Z', text: 'año ✓' });
    await withLog(dir, async ({ machine }) => expect(machine.applied).toEqual(live));
  });

  test('P3 what waits together is applied in the order of the calls', async () => {
    await withLog(freshDir(), async ({ log, machine }) => {
      const all = await Promise.all(Array.from({ length: 500 }, (_, n) => log.propose(n, soon)));
      expect(machine.applied.map(({ command }) => command)).toEqual(Array.from({ length: 500 }, (_, n) => n));
      expect(all.map(({ index }) => index)).toEqual(machine.applied.map(({ index }) => index));
    });
  });

  test('P4 refuses what is too large or no JSON, and goes on', async () => {
    await withLog(freshDir(), async ({ log }) => {
      expect(await codeOf(log.propose('ñ'.repeat(524_288), soon))).toBe('log.too_large');
      expect(await codeOf(log.propose(undefined, soon))).toBe('log.not_json');
      expect(await codeOf(log.propose(1n, soon))).toBe('log.not_json');
      expect((await log.propose('x'.repeat(1_000_000), soon)).outcome).toBe(1);
    });
  });

  test('P5 refuses beyond the queue, by count and by bytes', async () => {
    const settings = { maxQueuedEntries: 3, maxQueuedBytes: 1_000 };
    await withLog(
      freshDir(),
      async ({ log }) => {
        const codes = await Promise.all(Array.from({ length: 5 }, () => codeOf(log.propose('x', soon))));
        expect(codes).toEqual(['no error', 'no error', 'no error', 'log.overloaded', 'log.overloaded']);
        const big = await Promise.all(
          Array.from({ length: 2 }, () => codeOf(log.propose('x'.repeat(600), soon))),
        );
        expect(big).toEqual(['no error', 'log.overloaded']);
      },
      settings,
    );
  });

  test('P6 a wait for an index has a deadline', async () => {
    await withLog(freshDir(), async ({ log }) =>
      expect(await codeOf(log.waitForApplied(99, 20))).toBe('log.timeout'),
    );
  });

  test('P7 a stop refuses what waits and keeps what is confirmed', async () => {
    const dir = freshDir();
    const { log } = await started(dir, { maxBatchEntries: 1 });
    const codes = Array.from({ length: 20 }, (_, n) => codeOf(log.propose(n, soon)));
    await Bun.sleep(0);
    await log.stop();
    await log.stop();
    const settled = await Promise.all(codes);
    expect(settled.at(-1)).toBe('log.stopped');
    const confirmed = settled.filter((code) => code === 'no error').length;
    expect(await codeOf(log.propose(1, soon))).toBe('log.stopped');
    expect(await codeOf(log.readBarrier(100))).toBe('log.stopped');
    await withLog(dir, async ({ machine }) => expect(machine.applied.length).toBe(confirmed));
  });

  test('P8 a machine that throws ends applying, says so, and reads go on', async () => {
    await withLog(freshDir(), async ({ log, machine }) => {
      await log.propose('fine', soon);
      expect(await codeOf(log.propose('throw', soon))).toBe('log.machine_failed');
      expect(await codeOf(log.propose('more', soon))).toBe('log.machine_failed');
      expect(machine.applied.length).toBe(1);
      expect(log.status().warnings.map(({ code }) => code)).toEqual(['log.machine_failed']);
    });
  });

  test('before the start everything is refused', async () => {
    const { log } = logIn(freshDir());
    expect(await codeOf(log.propose(1, soon))).toBe('log.stopped');
    expect(log.status()).toMatchObject({ master: null, role: 'follower' });
    await log.stop();
  });
});

describe('reading and watching', () => {
  test('a read barrier waits for all that was confirmed before it', async () => {
    await withLog(freshDir(), async ({ log, machine }) => {
      const { index } = await log.propose(1, soon);
      expect(await log.readBarrier(1_000)).toBeGreaterThanOrEqual(index);
      const next = log.waitForApplied(index + 1, 1_000).then(() => machine.applied.length);
      await log.propose(2, soon);
      expect(await next).toBe(2);
    });
  });

  test('status names master, voters and how many may fail; listeners hear of changes', async () => {
    const { log } = logIn(freshDir());
    const heard: unknown[] = [];
    const off = log.onChange(({ role, term }) => heard.push([role, term]));
    await log.start();
    off();
    expect(heard.at(-1)).toEqual(['leader', 1]);
    const status = log.status();
    expect(status).toMatchObject({ voters: ['node-1'], alive: ['node-1'], mayFail: 0, warnings: [] });
    expect(status.master?.nodeId).toBe('node-1');
    await log.stop();
  });
});

describe('one folder', () => {
  test('E2 each start is a new term', async () => {
    const dir = freshDir();
    const terms = [];
    for (let run = 0; run < 3; run++) terms.push(await withLog(dir, async ({ log }) => log.status().term));
    expect(terms).toEqual([1, 2, 3]);
  });

  test('D4 a second opening is refused and disturbs nothing', async () => {
    const dir = freshDir();
    await withLog(dir, async ({ log }) => {
      await log.propose(1, soon);
      expect(await codeOf(logIn(dir).log.start())).toBe('log.in_use');
      expect((await log.propose(2, soon)).outcome).toBe(2);
    });
    await withLog(dir, async ({ machine }) => expect(machine.applied.length).toBe(2));
  });

  test('D5 a store of another node is refused', async () => {
    const dir = freshDir();
    await withLog(dir, ({ log }) => log.propose(1, soon));
    expect(await codeOf(logIn(dir, {}, 'node-2').log.start())).toBe('log.wrong_node');
    await withLog(dir, async ({ machine }) => expect(machine.applied.length).toBe(1));
  });
});

describe('snapshots', () => {
  const settings = { snapshotEveryEntries: 50, keepEntries: 10, snapshotPieceBytes: 200 };

  test('S1 S2 S5 are taken as the log grows, and a start from one gives the same state', async () => {
    const dir = freshDir();
    const before = await withLog(
      dir,
      async ({ log, machine }) => {
        for (let n = 0; n < 40; n++)
          await Promise.all([1, 2, 3, 4, 5].map((m) => log.propose({ n, m }, soon)));
        await until(() => log.status().snapshotIndex > 100, 'a third snapshot');
        return machine.applied;
      },
      settings,
    );
    const { log, machine } = await started(dir, settings);
    expect(machine.applied).toEqual(before);
    expect(log.status().appliedIndex).toBe(202);
    await log.stop();
  });

  test('S1 by bytes as well', async () => {
    await withLog(
      freshDir(),
      async ({ log }) => {
        for (let n = 0; n < 6; n++) await log.propose('x'.repeat(500), soon);
        await until(() => log.status().snapshotIndex > 0, 'a snapshot');
      },
      { snapshotEveryBytes: 2_000 },
    );
  });

  test('S4 a state that cannot be written out is a warning, and the log goes on', async () => {
    const { log, machine } = logIn(freshDir(), settings);
    machine.snapshot = () => [1n];
    await log.start();
    for (let n = 0; n < 120; n++) await log.propose(n, soon);
    await until(() => log.status().warnings.length > 0, 'a warning');
    expect(log.status().warnings[0]?.code).toBe('log.snapshot_failed');
    expect((await log.propose('on', soon)).outcome).toBe(121);
    await log.stop();
  });
});
