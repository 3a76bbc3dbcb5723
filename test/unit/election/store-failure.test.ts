import { describe, expect, test } from 'bun:test';
import { defaultSettings, type ElectionSettings } from '../../../src/election/index.ts';
import { ReplicatedAgreement } from '../../../src/election/meshed-agreement.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { FakeDisk, FakeStore } from './support/fake-store.ts';
import { nobody } from './support/hub.ts';
import { listMachine } from './support/list-machine.ts';
import { codeOf, soon, until } from './support/temp.ts';

async function on(disk: FakeDisk, settings: Partial<ElectionSettings> = {}) {
  const machine = listMachine();
  const options = {
    dir: 'fake',
    nodeId: 'a',
    machine,
    logger: silentLogger,
    clock: Date.now,
    transport: nobody(),
  };
  const log = new ReplicatedAgreement(
    options,
    { ...defaultSettings, retryMs: 1, ...settings },
    new FakeStore(disk),
  );
  await log.start();
  return { log, machine, commands: () => machine.applied.map(({ command }) => command) };
}

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
    await log.stop();
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
    await log.stop();
  });

  test('P7 a stop ends even when the disk never answers', async () => {
    const disk = new FakeDisk();
    const { log } = await on(disk, { stopMs: 20 });
    disk.fates = ['hangs'];
    const stuck = codeOf(log.propose('stuck', { timeoutMs: 50 }));
    await until(() => disk.fates.length === 0, 'it is being written');
    await log.stop();
    expect(await stuck).toBe('log.timeout');
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
    await log.stop();
  });

  test('S2 a snapshot shows one index, though proposals go on while it is drained', async () => {
    const disk = new FakeDisk();
    const { log, machine } = await on(disk, { snapshotEveryEntries: 3, sliceMs: -1 });
    for (let n = 0; n < 200; n++) await log.propose(n, soon);
    await until(() => disk.snapshot !== null && disk.snapshot.index > 100, 'a snapshot');
    await log.stop();
    const restored = await on(disk);
    expect(restored.machine.applied).toEqual(machine.applied);
    expect(disk.snapshot?.records).toBe((disk.snapshot?.index ?? 0) - 1);
    await restored.log.stop();
  });
});

describe('a failed write', () => {
  test('R1 R2 refuses with the cause; reads go on; R3 writes come back in a new term', async () => {
    const disk = new FakeDisk();
    const { log, commands } = await on(disk);
    await log.propose('one', soon);
    disk.free = 0;
    disk.fates = ['fails before'];
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
    await log.stop();
  });

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
    await after.log.stop();
  });

  test('R3 a recovery that fails itself is tried again', async () => {
    const disk = new FakeDisk();
    const { log, commands } = await on(disk);
    disk.fates = ['fails before', 'fails before', 'works', 'fails after', 'works', 'works', 'fails after'];
    expect(await codeOf(log.propose('refused', soon))).toBe('log.disk_full');
    await until(() => log.status().warnings.length === 0 && disk.fates.length === 0, 'writing again');
    await log.propose('next', soon);
    expect(commands()).toEqual(['next']);
    await log.stop();
  });

  test('R1 a stop in the midst of it ends', async () => {
    const disk = new FakeDisk();
    const { log } = await on(disk, { retryMs: 60_000 });
    disk.fates = ['fails before'];
    expect(await codeOf(log.propose('refused', soon))).toBe('log.disk_full');
    await log.stop();
  });

  test('S4 a snapshot that meets a full disk refuses writes until there is space', async () => {
    const disk = new FakeDisk();
    const { log, commands } = await on(disk, { snapshotEveryEntries: 5 });
    for (let n = 0; n < 3; n++) await log.propose(n, soon);
    disk.fates = ['works', 'fails before'];
    const fourth = await codeOf(log.propose(3, soon));
    await until(() => disk.fates.length === 0 && log.status().warnings.length === 0, 'writing again');
    expect(fourth).toBe('no error');
    for (let n = 4; n < 20; n++) await log.propose(n, soon);
    expect(commands()).toEqual(Array.from({ length: 20 }, (_, n) => n));
    await until(() => disk.snapshot !== null, 'a snapshot');
    await log.stop();
  });
});
