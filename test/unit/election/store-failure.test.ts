import { afterEach, describe, expect, spyOn, test } from 'bun:test';
import { FakeDisk, FakeStore } from './support/fake-store.ts';
import { on, stopAll } from './support/on-disk.ts';
import { codeOf, soon, until } from './support/temp.ts';

afterEach(stopAll);

describe('waiting', () => {
  test('P6 a deadline during the write: it may still come, and does', async () => {
    const disk = new FakeDisk();
    const { log, commands } = await on(disk);
    disk.fates = ['hangs'];
    const late = log.propose('late', { timeoutMs: 5 });
    expect(await late.catch((error: unknown) => error)).toMatchObject({
      code: 'log.timeout',
      data: { maybe: true },
    });
    disk.unhang();
    await until(() => commands().length === 1, 'it comes');
  });

  test('P6 a deadline while waiting for the write takes the proposal back', async () => {
    const disk = new FakeDisk();
    const { log, commands } = await on(disk);
    disk.fates = ['hangs'];
    const first = log.propose('first', soon);
    await until(() => disk.fates.length === 0, 'the first is being written');
    const second = await log.propose('second', { timeoutMs: 5 }).catch((error: unknown) => error);
    expect(second).toMatchObject({ code: 'log.timeout', data: { maybe: false } });
    disk.unhang();
    await first;
    await log.propose('third', soon);
    expect(commands()).toEqual(['first', 'third']);
  });

  test('P7 a stop ends even when the disk never answers', async () => {
    const disk = new FakeDisk();
    const { log } = await on(disk, { settings: { stopMs: 20 } });
    disk.fates = ['hangs'];
    const stuck = codeOf(log.propose('stuck', { timeoutMs: 50 }));
    await until(() => disk.fates.length === 0, 'it is being written');
    await log.stop();
    expect(await stuck).toBe('log.timeout');
  });

  test('P5 P6 P7 the queue is bounded, waits end, a stop refuses', async () => {
    const disk = new FakeDisk();
    const { log } = await on(disk, { settings: { maxQueuedEntries: 2, stopMs: 20 } });
    disk.fates = ['hangs'];
    const stuck = log.propose('stuck', { timeoutMs: 30 }).catch((error: unknown) => error);
    await until(() => disk.fates.length === 0, 'it is being written');
    const taken = log.propose('waits', { timeoutMs: 10 }).catch((error: unknown) => error);
    expect(await codeOf(log.propose('beyond', soon))).toBe('log.overloaded');
    expect(await taken).toMatchObject({ code: 'log.timeout', data: { maybe: false } });
    expect(await stuck).toMatchObject({ code: 'log.timeout', data: { maybe: true } });
    await log.stop();
    expect(await codeOf(log.propose('late', soon))).toBe('log.stopped');
    expect(await codeOf(log.readBarrier(100))).toBe('log.stopped');
  });

  test('P3 all that waited goes into one write', async () => {
    const disk = new FakeDisk();
    const { log } = await on(disk);
    const before = disk.writes;
    disk.fates = ['hangs'];
    const first = log.propose('first', soon);
    await until(() => disk.fates.length === 0, 'the first is being written');
    const rest = Array.from({ length: 100 }, (_, n) => log.propose(n, soon));
    disk.unhang();
    await Promise.all([first, ...rest]);
    expect(disk.writes - before).toBe(2);
  });

  test('S2 a snapshot shows one index, though proposals go on while it is drained', async () => {
    const disk = new FakeDisk();
    const { log, machine } = await on(disk, { settings: { snapshotEveryEntries: 3, sliceMs: -1 } });
    for (let n = 0; n < 200; n++) await log.propose(n, soon);
    await until(() => disk.snapshot !== null && disk.snapshot.index > 100, 'a snapshot');
    await log.stop();
    const restored = await on(disk);
    expect(restored.machine.applied).toEqual(machine.applied);
    expect(disk.snapshot?.records).toBe((disk.snapshot?.index ?? 0) - 1);
  });
});

describe('a failed write', () => {
  const fates = ['fails before', 'fails after'] as const;
  test.each(fates)(
    'R1 R2 R4 one that %s: refused with its cause; reads go on; R3 writes come back in a new term',
    async (fate) => {
      const disk = new FakeDisk();
      const { log, commands } = await on(disk);
      await log.propose('one', soon);
      disk.free = 0;
      disk.fates = [fate];
      const codes = await Promise.all(['two', 'three'].map((text) => codeOf(log.propose(text, soon))));
      expect(codes).toEqual(['log.disk_full', 'log.disk_full']);
      expect(await codeOf(log.propose('four', soon))).toBe('log.disk_full');
      expect(await log.readBarrier(100)).toBe(2);
      await log.waitForApplied(2, 100);
      expect(log.status()).toMatchObject({ role: 'leader', term: 1, appliedIndex: 2 });
      expect(log.status().warnings.map(({ code }) => code)).toEqual(['log.disk_full']);

      await until(() => disk.freeAsked > 2, 'three tries');
      expect(log.status().warnings.map(({ code }) => code)).toEqual(['log.disk_full']);
      disk.free = Number.MAX_SAFE_INTEGER;
      await until(() => log.status().warnings.length === 0, 'writing again');
      await log.propose('five', soon);
      expect(commands()).toEqual(['one', 'five']);
      expect(log.status().term).toBe(2);
    },
  );

  test('R4 what reached the disk although it was refused is never applied', async () => {
    const disk = new FakeDisk();
    const { log, commands } = await on(disk);
    disk.fates = ['fails after'];
    expect(await codeOf(log.propose('refused', soon))).toBe('log.disk_full');
    await until(() => log.status().warnings.length === 0, 'writing again');
    await log.propose('next', soon);
    await log.stop();
    expect(commands()).toEqual(['next']);
    const after = await on(disk);
    expect(after.commands()).toEqual(['next']);
  });

  test('R3 a recovery that fails itself is tried again', async () => {
    const disk = new FakeDisk();
    const { log, commands } = await on(disk);
    disk.fates = ['fails before', 'fails before', 'works', 'fails after', 'works', 'works', 'fails after'];
    expect(await codeOf(log.propose('refused', soon))).toBe('log.disk_full');
    await until(() => log.status().warnings.length === 0 && disk.fates.length === 0, 'writing again');
    await log.propose('next', soon);
    expect(commands()).toEqual(['next']);
  });

  test('R1 a stop in the midst of it ends', async () => {
    const disk = new FakeDisk();
    const store = new FakeStore(disk);
    const close = spyOn(store, 'close');
    const { log } = await on(disk, { store, settings: { retryMs: 60_000 } });
    disk.fates = ['fails before'];
    expect(await codeOf(log.propose('refused', soon))).toBe('log.disk_full');
    await log.stop();
    expect(close).toHaveBeenCalledTimes(1);
  });

  test('R1 a stop while the disk is opened anew waits for that: nothing uses it when it is closed', async () => {
    const disk = new FakeDisk();
    const store = new FakeStore(disk);
    const said: string[] = [];
    let goOn = () => {};
    spyOn(store, 'reopen').mockImplementation(async () => {
      said.push('opening');
      await new Promise<void>((resolve) => (goOn = resolve));
      said.push('opened');
      return await store.open();
    });
    spyOn(store, 'close').mockImplementation(async () => void said.push('closed'));
    const { log } = await on(disk, { store });
    disk.fates = ['fails before'];
    expect(await codeOf(log.propose('refused', soon))).toBe('log.disk_full');
    await until(() => said.length > 0, 'it is opened anew');
    const stopped = log.stop();
    // A stop that does not wait is over by then; one that does is in no hurry.
    await Promise.race([stopped, Bun.sleep(100)]);
    goOn();
    await stopped;
    expect(said).toEqual(['opening', 'opened', 'closed']);
  });

  test('S4 a snapshot that meets a full disk refuses writes until there is space', async () => {
    const disk = new FakeDisk();
    const { log, commands } = await on(disk, { settings: { snapshotEveryEntries: 5 } });
    for (let n = 0; n < 3; n++) await log.propose(n, soon);
    disk.fates = ['works', 'fails before'];
    const fourth = await codeOf(log.propose(3, soon));
    await until(() => disk.fates.length === 0 && log.status().warnings.length === 0, 'writing again');
    expect(fourth).toBe('no error');
    for (let n = 4; n < 20; n++) await log.propose(n, soon);
    expect(commands()).toEqual(Array.from({ length: 20 }, (_, n) => n));
    await until(() => disk.snapshot !== null, 'a snapshot');
  });
});
