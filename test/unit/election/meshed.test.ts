import { afterEach, describe, expect, test } from 'bun:test';
import { Hub } from './support/hub.ts';
import {
  admit,
  changed,
  closeNodes,
  commands,
  masterOf,
  type Node,
  openNode,
  standsBy,
  trio,
  write,
} from './support/nodes.ts';
import { codeOf, soon, until } from './support/temp.ts';

afterEach(closeNodes);

describe('several nodes', () => {
  test('one with peers to come behaves as one alone, also after a restart', async () => {
    const hub = new Hub();
    const one = await openNode(hub, 'a');
    expect(one.log.status()).toMatchObject({ role: 'leader', voters: ['a'], mayFail: 0 });
    expect(await one.log.propose('x', soon)).toEqual({ index: 2, outcome: 1 });
    expect(await one.log.readBarrier(1_000)).toBe(2);
    await one.log.stop();
    const again = await openNode(hub, 'a', { dir: one.dir });
    expect(commands(again)).toEqual(['x']);
    expect(again.log.status()).toMatchObject({ role: 'leader', term: 2 });
  });

  test('M2 M3 join as learners, are promoted, and everybody applies the same', async () => {
    const nodes = await trio(new Hub());
    const [a, b, c] = nodes as [Node, Node, Node];
    await Promise.all(Array.from({ length: 50 }, (_, n) => a.log.propose(n, soon)));
    const index = a.log.status().commitIndex;
    await Promise.all([b.log.waitForApplied(index, 5_000), c.log.waitForApplied(index, 5_000)]);
    expect(commands(b)).toEqual(commands(a));
    expect(commands(c)).toEqual(commands(a));
    expect(a.log.status()).toMatchObject({ voters: ['a', 'b', 'c'], mayFail: 1 });
    expect(b.log.status()).toMatchObject({ role: 'follower', master: { nodeId: 'a' } });
  });

  test('a follower names the master to who would write; L6 its reads see what was confirmed before', async () => {
    const nodes = await trio(new Hub());
    const [a, b] = nodes as [Node, Node, Node];
    await until(() => b.log.status().master?.nodeId === 'a', 'b knows the master');
    const refused = await b.log.propose(1, soon).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'log.not_master', data: { master: 'a' } });
    for (let n = 0; n < 20; n++) {
      const { index } = await a.log.propose(n, soon);
      expect(await b.log.readBarrier(5_000)).toBeGreaterThanOrEqual(index);
      expect(commands(b).at(-1)).toBe(n);
    }
  });

  test('E10 E12 a master that is cut off: the others go on, it says so, and follows on return', async () => {
    const hub = new Hub();
    const nodes = await trio(hub);
    const [a, ...others] = nodes as [Node, Node, Node];
    await a.log.propose('before', soon);
    hub.cut.add('a');
    const lost = codeOf(a.log.propose('alone', { timeoutMs: 3_000 }));
    const next = await masterOf(others);
    await write(others, 'after');
    await until(() => a.log.status().role !== 'leader', 'a steps down');
    expect(await codeOf(a.log.readBarrier(300))).toBe('log.timeout');
    hub.cut.clear();
    await until(() => a.log.status().appliedIndex === next.log.status().appliedIndex, 'a catches up');
    expect(['log.deposed', 'log.timeout']).toContain(String(await lost));
    expect(commands(a)).toEqual(['before', 'after']);
  });

  test('L6 P7 a read that waits for the others is refused when its node stops', async () => {
    const hub = new Hub();
    // Nobody campaigns within this test, so a master that hears nobody stays one, and its read waits for them.
    const timing = { electionMinMs: 600_000, electionMaxMs: 600_000 };
    const a = await openNode(hub, 'a', { timing });
    await openNode(hub, 'b', { joins: true, timing });
    await admit(a, 'b');
    hub.cut.add('b');
    const read = codeOf(a.log.readBarrier(300_000));
    await a.log.stop();
    const late = Bun.sleep(20_000).then(() => 'it still waits');
    expect(await Promise.race([read, late])).toBe('log.stopped');
  }, 30_000);

  test('L7 hands the mastership over without losing a write', async () => {
    const nodes = await trio(new Hub());
    const [a, b] = nodes as [Node, Node, Node];
    await a.log.propose('one', soon);
    await a.log.transfer('b', soon);
    expect(b.log.status().role).toBe('leader');
    await b.log.propose('two', soon);
    expect(commands(b)).toEqual(['one', 'two']);
    expect(await codeOf(a.log.transfer('c', soon))).toBe('log.not_master');
  });

  test('M2 M3 refuses changes that make no sense, with the reason', async () => {
    const hub = new Hub();
    const a = await openNode(hub, 'a');
    const reason = (change: Parameters<typeof a.log.changeMembers>[0]) =>
      a.log.changeMembers(change, soon).then(
        () => 'done',
        (error) => error.data.reason,
      );
    expect(await reason({ op: 'demote', nodeId: 'a' })).toBe('last_voter');
    expect(await reason({ op: 'promote', nodeId: 'z' })).toBe('no_member');
    expect(await reason({ op: 'add', nodeId: 'z' })).toBe('done');
    expect(await reason({ op: 'add', nodeId: 'z' })).toBe('no_change');
    expect(await reason({ op: 'promote', nodeId: 'z' })).toBe('behind');
    expect(await reason({ op: 'remove', nodeId: 'z' })).toBe('done');
    expect(a.log.status()).toMatchObject({ voters: ['a'], learners: [] });
  });

  test('L5 S5 a newcomer behind the log gets the snapshot in pieces, keeps it over a restart, and goes on', async () => {
    const hub = new Hub();
    const settings = { snapshotEveryEntries: 50, keepEntries: 10, snapshotPieceBytes: 300 };
    const a = await openNode(hub, 'a', { settings });
    for (let n = 0; n < 200; n++) await a.log.propose({ n }, soon);
    // One that took as long as all of these left nothing to begin the next one with.
    await until(async () => {
      await a.log.propose('one more', soon);
      return a.log.status().snapshotIndex > 100;
    }, 'snapshots');
    const b = await openNode(hub, 'b', { joins: true, settings });
    await admit(a, 'b');
    expect(hub.pieces).toBeGreaterThan(3);
    await a.log.propose('more', soon);
    await b.log.readBarrier(5_000);
    expect(commands(b)).toEqual(commands(a));
    await b.log.stop();
    const again = await openNode(hub, 'b', { dir: b.dir, settings });
    await again.log.readBarrier(5_000);
    expect(commands(again)).toEqual(commands(a));
    expect(again.log.status()).toMatchObject({ voters: ['a', 'b'] });
  });

  test('M5 a voter that stays silent makes way for a standby', async () => {
    const hub = new Hub();
    const timing = { replaceSilentMs: 700 };
    const nodes = await trio(hub, { timing });
    const [a] = nodes as [Node, Node, Node];
    await openNode(hub, 'd', { joins: true, timing });
    await a.log.changeMembers({ op: 'add', nodeId: 'd', standby: true }, soon);
    expect(a.log.status().standbys).toEqual(['d']);
    hub.cut.add('c');
    await until(() => a.log.status().voters.includes('d'), 'd votes');
    expect(a.log.status()).toMatchObject({
      voters: ['a', 'b', 'd'],
      learners: ['c'],
      standbys: ['c'],
      mayFail: 1,
    });
  });

  test('M5 how long it may be silent can be changed while the log runs', async () => {
    const hub = new Hub();
    const timing = { replaceSilentMs: 600_000 };
    const [a] = (await trio(hub, { timing })) as [Node, Node, Node];
    await openNode(hub, 'd', { joins: true, timing });
    await standsBy(a, 'd');
    hub.cut.add('c');
    await until(() => !a.log.status().alive.includes('c'), 'c is silent');
    expect(a.log.status().voters).toEqual(['a', 'b', 'c']);
    a.log.replaceSilentAfter(700);
    await until(() => a.log.status().voters.includes('d'), 'd votes');
  });

  test('M5 grows by itself: one voter for two PCs, three for three and four, five for five', async () => {
    const hub = new Hub();
    const a = await openNode(hub, 'a');
    const voters = () => a.log.status().voters.length;
    for (const [id, wanted] of [
      ['b', 1],
      ['c', 3],
      ['d', 3],
      ['e', 5],
    ] as const) {
      await openNode(hub, id, { joins: true });
      await standsBy(a, id);
      await until(() => voters() === wanted, `${wanted} voters with ${id}`);
      const { commitIndex } = a.log.status();
      await a.log.propose(id, soon);
      // A write later, and some heartbeats, it is still so.
      await until(
        () => a.log.status().commitIndex > commitIndex && a.log.status().alive.length === wanted,
        'all alive',
      );
      expect(voters()).toBe(wanted);
    }
    expect(a.log.status()).toMatchObject({ learners: [], standbys: [], mayFail: 2 });
  });

  test('M5 a vote taken away for good stays away, though voters are missing', async () => {
    const hub = new Hub();
    const a = await openNode(hub, 'a');
    for (const id of ['b', 'c']) {
      await openNode(hub, id, { joins: true });
      await standsBy(a, id);
    }
    await until(() => a.log.status().voters.length === 3, 'three voters');
    await changed(a, { op: 'demote', nodeId: 'c' });
    for (const id of ['d', 'e']) {
      await openNode(hub, id, { joins: true });
      await standsBy(a, id);
    }
    await until(() => a.log.status().voters.includes('d'), 'd votes instead');
    await a.log.propose('on', soon);
    expect(a.log.status()).toMatchObject({ voters: ['a', 'b', 'd'], standbys: ['e'] });
    expect(a.log.status().learners).toContain('c');
  });

  test('D1 all stop and start again: what was confirmed is there, in the same order', async () => {
    const hub = new Hub();
    const nodes = await trio(hub);
    for (let n = 0; n < 30; n++) await write(nodes, n);
    await Promise.all(nodes.map(({ log }) => log.stop()));
    const again = await Promise.all(nodes.map(({ id, dir }) => openNode(hub, id, { dir })));
    await write(again, 'more');
    for (const node of again) {
      await node.log.readBarrier(5_000);
      expect(commands(node)).toEqual([...Array.from({ length: 30 }, (_, n) => n), 'more']);
    }
  });
});
