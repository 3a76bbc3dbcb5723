import { afterEach, describe, expect, spyOn, test } from 'bun:test';
import { Core } from '../../../src/election/core.ts';
import { defaultSettings, type ElectionSettings } from '../../../src/election/index.ts';
import { ReplicatedAgreement } from '../../../src/election/meshed-agreement.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { FakeDisk, FakeStore } from './support/fake-store.ts';
import { Hub } from './support/hub.ts';
import { listMachine } from './support/list-machine.ts';
import { codeOf, soon, until } from './support/temp.ts';

const running: ReplicatedAgreement<number>[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((log) => log.stop()));
});

async function on(disk: FakeDisk, hub = new Hub(), nodeId = 'a', settings: Partial<ElectionSettings> = {}) {
  const machine = listMachine();
  const options = {
    dir: 'fake',
    nodeId,
    machine,
    logger: silentLogger,
    clock: Date.now,
    transport: hub.transport(nodeId),
  };
  const log = new ReplicatedAgreement(
    options,
    { ...defaultSettings, retryMs: 1, ...settings },
    new FakeStore(disk),
  );
  running.push(log);
  await log.start();
  return { log, machine, disk, nodeId, commands: () => machine.applied.map(({ command }) => command) };
}

async function three(hub: Hub) {
  const disks = [0, 1, 2].map(() => Object.assign(new FakeDisk(), { founders: ['a', 'b', 'c'] }));
  return Promise.all(['a', 'b', 'c'].map((id, at) => on(disks[at] ?? new FakeDisk(), hub, id)));
}

describe('one of several to be', () => {
  test('R1 R2 R3 R4 a failed write is refused with its cause, reads go on, writes come back in a new term', async () => {
    const disk = new FakeDisk();
    const { log, commands } = await on(disk);
    await log.propose('one', soon);
    disk.free = 0;
    disk.fates = ['fails after'];
    const codes = await Promise.all(['two', 'three'].map((text) => codeOf(log.propose(text, soon))));
    expect(codes).toEqual(['log.disk_full', 'log.disk_full']);
    expect(await codeOf(log.propose('four', soon))).toBe('log.disk_full');
    expect(await log.readBarrier(1_000)).toBe(2);
    expect(log.status()).toMatchObject({ appliedIndex: 2, master: null });
    expect(log.status().warnings.map(({ code }) => code)).toEqual(['log.disk_full']);
    await until(() => disk.freeAsked > 2, 'three tries');
    disk.free = Number.MAX_SAFE_INTEGER;
    await until(() => log.status().warnings.length === 0, 'writing again');
    await log.propose('five', soon);
    expect(commands()).toEqual(['one', 'five']);
    expect(log.status().term).toBe(2);
  });

  test('P3 what waits for the disk goes into one write', async () => {
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

  test('P5 P6 P7 the queue is bounded, waits end, a stop refuses', async () => {
    const disk = new FakeDisk();
    const { log } = await on(disk, new Hub(), 'a', { maxQueuedEntries: 2, stopMs: 20 });
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
});

describe('among several', () => {
  test('E8 a master whose disk fails is followed by another; it comes back as a follower with everything', async () => {
    const nodes = await three(new Hub());
    const leading = () =>
      nodes.find(({ log }) => log.status().role === 'leader' && log.status().master !== null);
    await until(() => leading() !== undefined, 'a master');
    const first = leading();
    if (first === undefined) throw new Error('no master');
    await first.log.propose('one', soon);
    first.disk.free = 0;
    first.disk.fates = ['fails before'];
    // The others may have it already.
    expect(await codeOf(first.log.propose('two', soon))).toBe('log.deposed');
    expect(await codeOf(first.log.propose('more', soon))).toBe('log.disk_full');
    await until(() => leading() !== undefined && leading() !== first, 'another master');
    await leading()?.log.propose('three', soon);
    first.disk.free = Number.MAX_SAFE_INTEGER;
    await until(() => first.log.status().warnings.length === 0, 'writing again');
    const index = leading()?.log.status().commitIndex ?? 0;
    await until(() => first.log.status().appliedIndex >= index, 'it catches up');
    const said = first.commands();
    expect([said[0], said.at(-1)]).toEqual(['one', 'three']);
    for (const { commands } of nodes) await until(() => commands().length === said.length, 'all have it');
    for (const { commands } of nodes) expect(commands()).toEqual(said);
  });

  test('E12 P1 what waits behind a write is refused when another leads, however long that write takes', async () => {
    const hub = new Hub();
    const nodes = await three(hub);
    const leading = () => nodes.find(({ log }) => log.status().role === 'leader');
    await until(() => leading() !== undefined, 'a master');
    const first = leading();
    if (first === undefined) throw new Error('no master');
    await first.log.propose('one', soon);
    first.disk.fates = ['hangs'];
    const stuck = first.log.propose('being written', soon).catch(() => {});
    await until(() => first.disk.fates.length === 0, 'it is being written');
    hub.cut.add(first.nodeId);
    const told = codeOf(first.log.propose('waits', soon));
    await until(() => first.log.status().role !== 'leader', 'it leads no more');
    // Its disk does not answer until after that.
    expect(await told).toBe('log.not_master');
    hub.cut.clear();
    first.disk.unhang();
    await stuck;
  });

  test('E15 D7 a follower with a slow disk does not confirm, and the master does not wait for it', async () => {
    const nodes = await three(new Hub());
    const leading = () => nodes.find(({ log }) => log.status().role === 'leader');
    await until(() => leading() !== undefined, 'a master');
    const slow = nodes.find((node) => node !== leading());
    if (slow === undefined) throw new Error('no follower');
    await leading()?.log.propose('one', soon);
    slow.disk.fates = ['hangs'];
    await leading()?.log.propose('two', soon);
    await until(() => slow.commands().length === 2, 'it applies what a majority holds');
    expect(slow.disk.mark).toBeLessThan(slow.log.status().commitIndex);
    slow.disk.unhang();
    await until(() => slow.disk.mark >= 3, 'its disk catches up');
  });
});

describe('a core that throws', () => {
  /** No transport lets this through (`readMessage`); it stands for a defect. */
  const poison = (term: number, prevIndex: number, prevTerm: number) => ({
    type: 'append' as const,
    term,
    round: 1,
    commitIndex: 0,
    prevIndex,
    prevTerm,
    entries: [{ index: prevIndex + 1, term, kind: 'voters' as const, body: '{' }],
  });

  test('E17 on a message: a warning, refusals and a clean stop; the others go on, a restart has all', async () => {
    const hub = new Hub();
    const nodes = await three(hub);
    const leading = () => nodes.find(({ log }) => log.status().role === 'leader');
    await until(() => leading() !== undefined, 'a master');
    const master = leading();
    const victim = nodes.find((node) => node !== master);
    const other = nodes.find((node) => node !== master && node !== victim);
    if (master === undefined || victim === undefined || other === undefined) throw new Error('no roles');
    await master.log.propose('one', soon);
    await until(() => victim.commands().length === 1, 'it follows');
    const { term, lastIndex } = victim.log.status();
    hub.deliver(master.nodeId, victim.nodeId, poison(term, lastIndex, term));
    expect(victim.log.status().warnings.map(({ code }) => code)).toEqual(['log.core_failed']);
    expect(victim.log.status()).toMatchObject({ role: 'follower', master: null });
    expect(await codeOf(victim.log.propose('x', soon))).toBe('log.core_failed');
    expect(await codeOf(victim.log.readBarrier(5_000))).toBe('log.core_failed');
    expect(await codeOf(victim.log.recover())).toBe('log.core_failed');
    await master.log.propose('two', soon);
    await until(() => other.commands().length === 2, 'the others go on');
    expect(victim.commands()).toEqual(['one']);
    await victim.log.stop();
    const again = await on(victim.disk, hub, victim.nodeId);
    await until(() => again.commands().length === 2, 'it catches up');
    expect(again.log.status().warnings).toEqual([]);
  });

  test('E17 when a write ends, on a master: what waited is told that it may still come', async () => {
    const nodes = await three(new Hub());
    const leading = () => nodes.find(({ log }) => log.status().role === 'leader');
    await until(() => leading() !== undefined, 'a master');
    const master = leading();
    if (master === undefined) throw new Error('no master');
    await master.log.propose('one', soon);
    const whole = Core.prototype.step;
    const step = spyOn(Core.prototype, 'step').mockImplementation(function (this: Core, input, moment) {
      if (input.type === 'persisted') throw new Error('as planted');
      return whole.call(this, input, moment);
    });
    const code = codeOf(master.log.propose('two', soon));
    await until(() => master.log.status().warnings.length > 0, 'it fails');
    step.mockRestore();
    expect(await code).toBe('log.deposed');
    expect(master.log.status().warnings).toMatchObject([
      { code: 'log.core_failed', data: { reason: 'as planted' } },
    ]);
    expect(await codeOf(master.log.changeMembers({ op: 'remove', nodeId: 'b' }, soon))).toBe(
      'log.core_failed',
    );
    await master.log.stop();
  });
});
