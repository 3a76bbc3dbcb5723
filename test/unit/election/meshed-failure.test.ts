import { afterEach, describe, expect, spyOn, test } from 'bun:test';
import { Core } from '../../../src/election/core.ts';
import { FakeDisk } from './support/fake-store.ts';
import { Hub } from './support/hub.ts';
import { on, stopAll } from './support/on-disk.ts';
import { codeOf, soon, until } from './support/temp.ts';

afterEach(stopAll);

async function three(hub: Hub) {
  const disks = [0, 1, 2].map(() => Object.assign(new FakeDisk(), { founders: ['a', 'b', 'c'] }));
  return Promise.all(['a', 'b', 'c'].map((id, at) => on(disks[at] ?? new FakeDisk(), { hub, nodeId: id })));
}

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
    const again = await on(victim.disk, { hub, nodeId: victim.nodeId });
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
