import { afterEach, describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recoverStore } from '../../../src/election/index.ts';
import { LevelStore } from '../../../src/election/level-store.ts';
import { ReplicatedAgreement } from '../../../src/election/meshed-agreement.ts';
import { makeSoleVoter } from '../../../src/election/recovery.ts';
import { defaultSettings } from '../../../src/election/settings.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { FakeDisk, FakeStore, type Fate } from './support/fake-store.ts';
import { Hub } from './support/hub.ts';
import { listMachine } from './support/list-machine.ts';
import { admit, closeNodes, commands, masterOf, type Node, openNode, trio, write } from './support/nodes.ts';
import { codeOf, freshDir, soon, until } from './support/temp.ts';

afterEach(closeNodes);

const recover = (dir: string, nodeId: string) =>
  recoverStore({ dir, nodeId, logger: silentLogger, clock: Date.now });

/** A former majority that is gone, one survivor that is stopped, and what was confirmed before. */
async function survivor(hub: Hub): Promise<{ dir: string; confirmed: unknown[] }> {
  const nodes = await trio(hub);
  const [a, b, c] = nodes as [Node, Node, Node];
  const confirmed: unknown[] = [];
  for (let n = 0; n < 20; n++) {
    await a.log.propose(n, soon);
    confirmed.push(n);
  }
  await until(() => c.log.status().appliedIndex >= a.log.status().commitIndex, 'c has all');
  await Promise.all([a, b, c].map(({ log }) => log.stop()));
  return { dir: c.dir, confirmed };
}

describe('recovering a stopped node (N9)', () => {
  test('Q1 Q2 leads alone with all it held, in a new term; again changes nothing', async () => {
    const hub = new Hub();
    const { dir, confirmed } = await survivor(hub);
    const first = await recover(dir, 'c');
    expect([...first.formerVoters].sort()).toEqual(['a', 'b', 'c']);
    expect(await recover(dir, 'c')).toEqual({ ...first, formerVoters: ['c'] });
    const c = await openNode(hub, 'c', { dir });
    expect(c.log.status()).toMatchObject({ role: 'leader', voters: ['c'], learners: [], standbys: [] });
    expect(c.log.status().term).toBeGreaterThan(first.term);
    expect(commands(c)).toEqual(confirmed);
    await c.log.propose('on', soon);
    expect(commands(c)).toEqual([...confirmed, 'on']);
  });

  test('Q1 the recovered one takes learners and makes them voters', async () => {
    const hub = new Hub();
    const { dir, confirmed } = await survivor(hub);
    await recover(dir, 'c');
    const c = await openNode(hub, 'c', { dir });
    const others = [
      await openNode(hub, 'd', { joins: true }),
      // A lost PC that is installed anew, under its former id.
      await openNode(hub, 'a', { joins: true }),
    ];
    for (const { id } of others) await admit(c, id);
    await write([c], 'three');
    expect(c.log.status()).toMatchObject({ voters: ['c', 'd', 'a'], mayFail: 1 });
    for (const node of others) {
      await node.log.readBarrier(5_000);
      expect(commands(node)).toEqual([...confirmed, 'three']);
    }
  });

  test('Q2 entries that were never known to be confirmed are kept: they may have been', async () => {
    const disk = new FakeDisk();
    disk.founders = ['a', 'b', 'c'];
    disk.hard = { term: 4, votedFor: 'b' };
    for (const index of [1, 2, 3])
      disk.entries.set(index, { index, term: 3, kind: 'command', body: String(index) });
    disk.mark = 1;
    const store = new FakeStore(disk);
    await makeSoleVoter(store, await store.open(), { dir: 'fake', nodeId: 'c' });
    expect([...disk.entries.keys()]).toEqual([1, 2, 3, 4]);
    expect(disk.entries.get(4)).toMatchObject({ term: 5, kind: 'voters' });
    expect(disk.hard).toEqual({ term: 5, votedFor: 'c' });
    expect(disk.mark).toBe(4);
  });

  for (const fate of ['dies before', 'dies after', 'fails before', 'fails after'] as Fate[]) {
    test(`Q3 the only write ${fate}: as before or as after, and once more works`, async () => {
      const disk = new FakeDisk();
      disk.founders = ['a', 'b', 'c'];
      disk.hard = { term: 4, votedFor: 'b' };
      disk.entries.set(1, { index: 1, term: 3, kind: 'command', body: '1' });
      const killed = new FakeStore(disk);
      const held = await killed.open();
      disk.fates = [fate];
      const rewritten = codeOf(makeSoleVoter(killed, held, { dir: 'fake', nodeId: 'c' }));
      const end = await Promise.race([rewritten, until(() => killed.dead, 'death').then(() => 'dead')]);
      expect(end).toBe(fate.startsWith('dies') ? 'dead' : 'log.disk_full');
      expect(disk.writes).toBe(1);
      const landed = fate.endsWith('after');
      expect([disk.entries.size, disk.hard.term]).toEqual(landed ? [2, 5] : [1, 4]);
      const store = new FakeStore(disk);
      await makeSoleVoter(store, await store.open(), { dir: 'fake', nodeId: 'c' });
      expect([disk.entries.size, disk.hard.term]).toEqual([2, 5]);
      expect(disk.writes).toBe(landed ? 1 : 2);
    });
  }

  test('Q4 checks the store first: a snapshot that is not whole, another node, a node in use change nothing', async () => {
    const dir = freshDir();
    const options = { dir, nodeId: 'a', logger: silentLogger, clock: Date.now, ...defaultSettings };
    const store = new LevelStore({ ...options, founders: ['a', 'b', 'c'] });
    await store.open();
    await store.writePiece(1, 0, Buffer.from('{"index":1,"command":1}\n'));
    const members = { voters: ['a', 'b', 'c'], learners: [], standbys: [] };
    const state = { pieces: 1, records: 1, bytes: 24, sha256: 'not this one' };
    await store.persist({ hard: { term: 1, votedFor: null }, entries: [], removed: null });
    await store.switchSnapshot({ index: 1, term: 1, members, ...state }, { index: 1, term: 1 });
    expect(await codeOf(recover(dir, 'a'))).toBe('log.in_use');
    await store.close();
    expect(await codeOf(recover(dir, 'z'))).toBe('log.wrong_node');
    expect(await codeOf(recover(dir, 'a'))).toBe('log.damaged');
    const again = new LevelStore(options);
    expect(await again.open()).toMatchObject({ lastIndex: 1, hard: { term: 1 } });
    await again.close();
  });

  test('Q4 a folder without a log, and one of a node that never was told of a cloud, are refused', async () => {
    const empty = freshDir();
    expect(await codeOf(recover(empty, 'a'))).toBe('log.nothing_to_recover');
    expect(existsSync(empty)).toBe(false);
    const joined = await openNode(new Hub(), 'b', { joins: true });
    expect(await codeOf(joined.log.recover())).toBe('log.nothing_to_recover');
    await joined.log.stop();
    expect(await codeOf(recover(joined.dir, 'b'))).toBe('log.nothing_to_recover');
  });

  test('Q4 D3 a damaged log is refused as at a start', async () => {
    const { dir } = await survivor(new Hub());
    const mark = join(dir, 'mark');
    const bytes = await readFile(mark);
    await writeFile(mark, Buffer.alloc(bytes.length));
    expect(await codeOf(recover(dir, 'c'))).toBe('log.damaged');
  });
});

const quick = { electionMinMs: 60, electionMaxMs: 120, heartbeatMs: 20 };

describe('recovering a running node (N9)', () => {
  test('Q5 refused while there is a master, on the master and on those that follow it', async () => {
    const nodes = await trio(new Hub());
    const [a, b] = nodes as [Node, Node, Node];
    await until(() => b.log.status().master !== null, 'b knows the master');
    for (const node of [a, b]) {
      const refused = await node.log.recover().catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: 'log.has_quorum', data: { master: 'a' } });
    }
    expect(a.log.status().voters).toEqual(['a', 'b', 'c']);
  });

  test('Q5 refused when a master comes up meanwhile: an election is no loss', async () => {
    const nodes = await trio(new Hub());
    const [a, b] = nodes as [Node, Node, Node];
    await a.log.stop();
    await until(() => b.log.status().master?.nodeId !== 'a', 'b gives a up');
    expect(await codeOf(b.log.recover())).toBe('log.has_quorum');
  });

  test('Q1 Q2 goes on alone without a restart, keeps what was confirmed, and grows again', async () => {
    const hub = new Hub();
    const nodes = await trio(hub, { timing: quick });
    const [a, b, c] = nodes as [Node, Node, Node];
    for (let n = 0; n < 10; n++) await write(nodes, n);
    for (const node of nodes) await until(() => commands(node).length === 10, `${node.id} has all`);
    await Promise.all([a.log.stop(), b.log.stop()]);
    await until(() => c.log.status().master === null, 'no master');
    await c.log.recover();
    expect(c.log.status()).toMatchObject({ role: 'leader', voters: ['c'], learners: [] });
    await c.log.propose('alone', soon);
    const d = await openNode(hub, 'd', { joins: true, timing: quick });
    await admit(c, 'd');
    await d.log.readBarrier(5_000);
    expect(commands(d)).toEqual([...Array.from({ length: 10 }, (_, n) => n), 'alone']);
    await d.log.stop();
    await c.log.stop();
    const again = await openNode(hub, 'c', { dir: c.dir, timing: quick });
    expect(commands(again)).toEqual(commands(d));
  });

  test('E16 those given up that return together lead nobody here, and take nothing from it', async () => {
    const hub = new Hub();
    const nodes = await trio(hub, { timing: quick });
    const [a, b, c] = nodes as [Node, Node, Node];
    for (let n = 0; n < 10; n++) await write(nodes, n);
    hub.cut.add('c');
    await until(() => c.log.status().master === null, 'c is cut off');
    await write([a, b], 'there');
    await c.log.recover();
    await c.log.propose('here', soon);
    hub.cut.clear();
    // The former majority's heartbeats reach c, then, after the death of its master, its elections.
    const master = await masterOf([a, b]);
    const others = [a === master ? b : a];
    for (const id of ['d', 'e']) {
      others.push(await openNode(hub, id, { joins: true, timing: quick }));
      await admit(master, id);
    }
    await master.log.stop();
    await write(others, 'there again');
    await c.log.propose('here again', soon);
    expect(c.log.status()).toMatchObject({ role: 'leader', voters: ['c'] });
    expect(commands(c).slice(10)).toEqual(['here', 'here again']);
  });

  for (const [fates, what] of [
    [['fails before'], 'the rewrite'],
    [['fails after'], 'the rewrite, though it reached the disk'],
    [['works', 'fails before'], 'the first write after it'],
  ] as [Fate[], string][]) {
    test(`Q3 R3 a disk that refuses ${what}: said at once; what was held is there when it works again`, async () => {
      const disk = new FakeDisk();
      disk.founders = ['a', 'b', 'c'];
      disk.hard = { term: 4, votedFor: 'b' };
      disk.entries.set(1, { index: 1, term: 3, kind: 'command', body: '"one"' });
      const machine = listMachine();
      const log = new ReplicatedAgreement(
        {
          dir: 'fake',
          nodeId: 'c',
          machine,
          logger: silentLogger,
          clock: Date.now,
          transport: new Hub().transport('c'),
          timing: quick,
        },
        { ...defaultSettings, retryMs: 1 },
        new FakeStore(disk),
      );
      await log.start();
      disk.fates = [...fates];
      expect(await codeOf(log.recover())).toBe('log.disk_full');
      await until(() => log.status().warnings.length === 0, 'writing again');
      if (log.status().voters.length > 1) {
        expect(disk.entries.size).toBe(1);
        await log.recover();
      }
      await until(() => log.status().role === 'leader', 'it leads');
      await log.propose('two', soon);
      expect(machine.applied.map(({ command }) => command)).toEqual(['one', 'two']);
      await log.stop();
    });
  }

  test('P7 a stop ends a recovery that waits', async () => {
    const hub = new Hub();
    const [a, b, c] = (await trio(hub)) as [Node, Node, Node];
    hub.cut.add('c');
    await until(() => c.log.status().master === null, 'no master');
    const waits = codeOf(c.log.recover());
    await Promise.all([a, b, c].map(({ log }) => log.stop()));
    expect(await waits).toBe('log.stopped');
  });
});
