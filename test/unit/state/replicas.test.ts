/** Copies of images on PCs, by the reducers alone (I6, I10; GF1, GF16, GF18-GF20, GF22-GF24, GF30, GF31, GF35). */
import { beforeEach, describe, expect, test } from 'bun:test';
import type { Author } from '../../../src/state/index.ts';
import {
  agent,
  as,
  IMAGE,
  id,
  lab,
  NODE,
  OTHER,
  SIZE,
  STUDENT,
  scheduler,
  TEACHER,
  VERSION,
  type World,
} from './world.ts';

const [SECOND, THIRD] = [id(2001), id(2002)];
const nodeAuthor = (nodeId: string): Author => ({ kind: 'node', nodeId });
const teacher = as(TEACHER);

let world: World;
beforeEach(() => {
  world = lab();
  const capacity = { cores: 4, ramMiB: 4096, storageGiB: 100, tempGiB: 50 };
  const facts = { address: 'x', version: '0.1.0', capacity, accel: 'tcg', hostProblem: null };
  world.ok('node.register', { name: 'pc-2', ...facts }, nodeAuthor(SECOND));
  world.ok('node.register', { name: 'pc-3', ...facts }, nodeAuthor(THIRD));
});

const version = (versionId = VERSION) => world.state.tables.version.get(versionId);
const image = () => world.state.tables.image.get(IMAGE);
const operation = (operationId = '') => world.state.tables.operation.get(operationId);
const want = (...nodeIds: string[]) => world.ok('image.want', { versionId: VERSION, nodeIds }, scheduler);
const hold = (nodeId: string, versionId = VERSION) =>
  world.ok('image.version_held', { versionId, held: true }, nodeAuthor(nodeId));
const deploy = (wish: object) => world.ok('image.deploy', { id: IMAGE, ...wish }, teacher).operationId ?? '';
const conclude = (operationId: string) => world.ok('image.conclude', { operationId }, scheduler);
const reach = (nodeId: string, state: string) => world.ok('node.reach', { id: nodeId, state }, scheduler);
const ids = (...all: string[]) => [...all].sort();

/** A further version that the first node has; the newest is current. */
function publish(number: number): string {
  const versionId = id(3000 + number);
  const { state } = world;
  const old = version();
  if (!old) throw new Error('no version');
  const records = [...world.machine.snapshot()];
  const entity = { ...old, id: versionId, number, createdAt: world.now, wantedOn: [], failures: [] };
  const changed = records.map((record) =>
    record.kind === 'image'
      ? { ...record, entity: { ...record.entity, currentVersionId: versionId } }
      : record,
  );
  const at = changed.findLastIndex((record) => record.kind === 'version');
  world.machine.restore([...changed.slice(0, at + 1), { kind: 'version', entity }, ...changed.slice(at + 1)]);
  expect(state.tables.version.get(versionId)?.number).toBe(number);
  return versionId;
}

describe('image.deploy', () => {
  test('G16 on a named PC: the wish is kept, the operation ends when the PC has it', () => {
    const operationId = deploy({ add: [SECOND] });
    expect(image()?.deploy).toMatchObject({ copies: null, nodeIds: [SECOND] });
    want(SECOND);
    world.refused('operation.not_running', 'image.conclude', { operationId }, scheduler);
    hold(SECOND);
    conclude(operationId);
    expect(operation(operationId)).toMatchObject({ state: 'done', error: null });
  });

  test('GF16 asked while an earlier one runs: both wishes hold, the earlier operation gives way', () => {
    const first = deploy({ add: [SECOND] });
    const second = deploy({ add: [THIRD] });
    expect(operation(first)).toMatchObject({ state: 'cancelled', error: { code: 'operation.superseded' } });
    expect(operation(second)?.state).toBe('running');
    expect(image()?.deploy.nodeIds).toEqual([SECOND, THIRD]);
  });

  test('a publication goes on beside it, and a deletion ends it', () => {
    const first = deploy({ add: [SECOND] });
    const records = [...world.machine.snapshot()].map((record) =>
      record.kind === 'operation' && record.entity.id === first
        ? { ...record, entity: { ...record.entity, kind: 'image.publish' } }
        : record,
    );
    world.machine.restore(records);
    const second = deploy({ add: [THIRD] });
    expect(operation(first)).toMatchObject({ kind: 'image.publish', state: 'running' });
    world.ok('course.unlink', { id: id(9), imageId: IMAGE });
    world.ok('image.remove', { id: IMAGE }, teacher);
    expect([operation(first)?.state, operation(second)?.state]).toEqual(['cancelled', 'cancelled']);
  });

  test('GF22 where it is already: nothing to do, said as done', () => {
    hold(SECOND);
    const operationId = deploy({ add: [SECOND] });
    want(SECOND);
    conclude(operationId);
    expect(operation(operationId)).toMatchObject({ state: 'done', error: null });
  });

  test('GF20 GF1 an unknown image; GF19 one that is being deleted', () => {
    for (const type of ['image.deploy', 'image.remove'] as const)
      world.refused('not_found', type, { id: id(99) }, teacher);
    world.ok('course.unlink', { id: id(9), imageId: IMAGE });
    world.ok('image.remove', { id: IMAGE }, teacher);
    world.refused('image.not_ready', 'image.deploy', { id: IMAGE, add: [SECOND] }, teacher);
    world.refused('image.not_ready', 'image.remove', { id: IMAGE }, teacher);
  });

  test('GF35 more PCs than there are', () => {
    world.refused('image.no_node_left', 'image.deploy', { id: IMAGE, copies: 4 }, teacher);
    world.ok('node.drain', { id: THIRD, how: 'suspend' });
    world.refused('image.no_node_left', 'image.deploy', { id: IMAGE, copies: 3 }, teacher);
    world.refused('node.not_ready', 'image.deploy', { id: IMAGE, add: [THIRD] }, teacher);
    deploy({ copies: 2 });
  });

  test('GF24 GF25 GF30 some PCs fail: they are named with why, the others stand', () => {
    const operationId = deploy({ add: [SECOND, THIRD] });
    want(SECOND, THIRD);
    const cause = { code: 'images.no_space', data: { needBytes: 5, freeBytes: 1, reserveBytes: 1 } };
    world.ok('image.fetch_failed', { versionId: VERSION, cause }, nodeAuthor(SECOND));
    reach(THIRD, 'unreachable');
    world.refused('operation.not_running', 'image.conclude', { operationId }, scheduler); // it may be restarting
    reach(THIRD, 'lost');
    conclude(operationId);
    expect(operation(operationId)).toMatchObject({
      state: 'failed',
      error: {
        code: 'image.deploy_partly',
        data: {
          done: 1,
          total: 3,
          nodes: [
            { node: 'pc-2', cause },
            { node: 'pc-3', cause: { code: 'image.node_away' } },
          ],
        },
      },
    });
    expect(version()?.wantedOn).toEqual(ids(SECOND, THIRD)); // they get theirs when they can
    expect(world.state.tables.notification.by('user', TEACHER).map(({ code }) => code)).toContain(
      'image.deploy_partly',
    );
    hold(SECOND);
    expect(version()?.failures).toEqual([]);
  });

  test('GF26 a PC that is lost in the middle and taken out of the cloud is waited for no more', () => {
    const operationId = deploy({ add: [SECOND] });
    want(SECOND);
    reach(SECOND, 'lost');
    world.ok('node.retire', { id: SECOND, force: true });
    expect(version()?.wantedOn).toEqual([]);
    expect(image()?.deploy.nodeIds).toEqual([]);
    conclude(operationId);
    expect(operation(operationId)?.state).toBe('done');
  });

  test('I8 given up: what has arrived stays, the rest is not wanted', () => {
    world.refused('image.deploy_not_running', 'image.cancel_deploy', { id: IMAGE }, teacher);
    const operationId = deploy({ copies: 'all', add: [SECOND, THIRD] });
    hold(SECOND);
    world.ok('image.cancel_deploy', { id: IMAGE }, teacher);
    expect(operation(operationId)?.state).toBe('cancelled');
    expect(image()?.deploy).toMatchObject({ copies: null, nodeIds: [SECOND] });
  });

  test('I8 given up while copies are taken away: who has given its own up deletes it, the others keep theirs', () => {
    world.ok('setting.set', { key: 'image.copies', value: 1 });
    hold(SECOND);
    hold(THIRD);
    deploy({ drop: [SECOND, THIRD] });
    world.ok('image.release', { versionId: VERSION }, nodeAuthor(SECOND));
    world.ok('image.cancel_deploy', { id: IMAGE }, teacher);
    expect(version()).toMatchObject({ leavingOn: [SECOND], nodeIds: [NODE, THIRD] });
  });

  test('only by who manages the image', () => {
    world.refused('access.denied', 'image.deploy', { id: IMAGE, copies: 'all' }, as(STUDENT));
    for (const type of ['image.conclude', 'image.expire'] as const) {
      const payload = type === 'image.conclude' ? { operationId: id(1) } : { versionId: VERSION };
      world.refused('access.denied', type, payload, teacher);
    }
    world.refused('access.denied', 'image.release', { versionId: VERSION }, teacher);
    world.refused(
      'access.denied',
      'image.fetch_failed',
      { versionId: VERSION, cause: { code: 'x', data: {} } },
      teacher,
    );
  });
});

describe('taking copies off a PC', () => {
  test('G17 the log gives leave first, then the bytes go', () => {
    hold(SECOND);
    hold(THIRD);
    const operationId = deploy({ drop: [THIRD] });
    expect(version()).toMatchObject({ leavingOn: [THIRD], nodeIds: [NODE, SECOND, THIRD] });
    world.ok('image.release', { versionId: VERSION }, nodeAuthor(THIRD));
    expect(version()).toMatchObject({ leavingOn: [THIRD], nodeIds: [NODE, SECOND] });
    world.refused('operation.not_running', 'image.conclude', { operationId }, scheduler);
    world.ok('image.dropped', { id: IMAGE, versionId: VERSION }, nodeAuthor(THIRD));
    expect(version()).toMatchObject({ leavingOn: [], nodeIds: [NODE, SECOND] });
    conclude(operationId);
    expect(operation(operationId)?.state).toBe('done');
  });

  test('not before another has it, when that is needed to keep it safe', () => {
    hold(SECOND);
    deploy({ drop: [NODE] });
    world.refused('image.last_copies', 'image.release', { versionId: VERSION }, agent);
    hold(THIRD);
    world.ok('image.release', { versionId: VERSION }, agent);
    expect(version()?.nodeIds).toEqual([SECOND, THIRD]);
  });

  test('GF23 from one that has none; never the last copies', () => {
    world.refused('image.not_on_node', 'image.deploy', { id: IMAGE, drop: [SECOND] }, teacher);
    world.refused('image.not_on_node', 'image.release', { versionId: VERSION }, nodeAuthor(SECOND));
    hold(SECOND);
    reach(THIRD, 'unreachable');
    world.refused('image.last_copies', 'image.deploy', { id: IMAGE, drop: [SECOND] }, teacher);
    world.ok('setting.set', { key: 'image.copies', value: 1 });
    deploy({ drop: [SECOND] });
  });

  test('several at once are judged together, and with those that are leaving already', () => {
    hold(SECOND);
    hold(THIRD);
    world.refused('image.last_copies', 'image.deploy', { id: IMAGE, drop: [SECOND, THIRD] }, teacher);
    deploy({ drop: [SECOND] });
    world.refused('image.last_copies', 'image.deploy', { id: IMAGE, drop: [THIRD] }, teacher);
  });

  test('not while a VM there needs it', () => {
    hold(SECOND);
    hold(THIRD);
    const vmId = world.newId();
    const base = { id: vmId, ownerId: STUDENT, imageId: IMAGE, sizeId: SIZE, hours: 1, courseId: null };
    world.ok('vm.create', { ...base, persistent: true, sshKeys: [], pinnedNodeId: null });
    world.ok('vm.place', { id: vmId, nodeId: THIRD, epoch: 1 }, scheduler);
    world.refused('image.used_there', 'image.deploy', { id: IMAGE, drop: [THIRD] }, teacher);
    world.refused('image.used_there', 'image.release', { versionId: VERSION }, nodeAuthor(THIRD));
  });

  test('off one of all: the others keep theirs', () => {
    for (const nodeId of [SECOND, THIRD]) hold(nodeId);
    deploy({ copies: 'all' });
    deploy({ drop: [THIRD] });
    expect(image()?.deploy).toEqual({ copies: null, nodeIds: ids(NODE, SECOND) });
  });

  test('I10 a PC that needs room gives up what is beyond the safe copies, and not what is wanted there', () => {
    hold(SECOND);
    world.refused('image.last_copies', 'image.release', { versionId: VERSION }, nodeAuthor(SECOND));
    hold(THIRD);
    want(THIRD);
    world.refused('image.last_copies', 'image.release', { versionId: VERSION }, nodeAuthor(THIRD));
    world.ok('image.release', { versionId: VERSION }, nodeAuthor(SECOND));
    world.refused('image.last_copies', 'image.release', { versionId: VERSION }, agent);
  });
});

describe('I2 copies that rot', () => {
  const damaged = (nodeId: string) =>
    world.ok('image.damaged', { versionId: VERSION, chunks: 2 }, nodeAuthor(nodeId));
  const repaired = (nodeId: string) =>
    world.ok('image.repaired', { versionId: VERSION, chunks: 2 }, nodeAuthor(nodeId));

  test('one that is damaged counts no more until it is mended; the last one stays listed', () => {
    hold(SECOND);
    damaged(SECOND);
    expect(version()?.nodeIds).toEqual([NODE]);
    damaged(NODE);
    expect(version()?.nodeIds).toEqual([NODE]);
    repaired(SECOND);
    expect(version()?.nodeIds).toEqual([NODE, SECOND]);
    repaired(SECOND);
    expect(version()?.nodeIds).toEqual([NODE, SECOND]);
  });

  test('one that was mended while its version was being deleted is no copy again', () => {
    hold(SECOND);
    publish(2);
    damaged(SECOND);
    world.ok('image.remove_version', { id: IMAGE, versionId: VERSION }, teacher);
    repaired(SECOND);
    expect(version()?.nodeIds).toEqual([NODE]);
  });

  test('nor one of an image that is', () => {
    hold(SECOND);
    damaged(SECOND);
    world.ok('course.unlink', { id: id(9), imageId: IMAGE });
    world.ok('image.remove', { id: IMAGE }, teacher);
    repaired(SECOND);
    expect(version()?.nodeIds).toEqual([NODE]);
  });
});

describe('deleting', () => {
  const removable = () => world.ok('course.unlink', { id: id(9), imageId: IMAGE });

  test('GF18 not while somebody edits it, and who that is', () => {
    removable();
    const records = [...world.machine.snapshot()];
    const edit = { vmId: id(77), userId: OTHER, since: 1, endsAt: world.now + 1000 };
    world.machine.restore(
      records.map((record) =>
        record.kind === 'image' ? { ...record, entity: { ...record.entity, edit } } : record,
      ),
    );
    expect(world.do('image.remove', { id: IMAGE }, teacher)).toMatchObject({
      code: 'image.delete_edited',
      data: { user: world.state.tables.user.get(OTHER)?.name, until: edit.endsAt },
    });
    expect(image()?.state).toBe('ready');
  });

  test('GF31 from PCs of which some are off: told by name, finished when they return', () => {
    removable();
    hold(SECOND);
    hold(THIRD);
    want(SECOND);
    const operationId = world.ok('image.remove', { id: IMAGE }, teacher).operationId ?? '';
    expect(version()?.wantedOn).toEqual([]);
    const drop = (nodeId: string) =>
      world.ok('image.dropped', { id: IMAGE, versionId: VERSION }, nodeAuthor(nodeId));
    drop(NODE);
    world.refused('operation.not_running', 'image.conclude', { operationId }, scheduler);
    reach(SECOND, 'lost');
    drop(THIRD);
    conclude(operationId);
    expect(operation(operationId)).toMatchObject({
      state: 'failed',
      error: { code: 'image.remove_waits', data: { nodes: ['pc-2'], count: 1 } },
    });
    expect(image()?.state).toBe('deleting');
    drop(SECOND);
    expect(image()).toBeUndefined();
  });

  test('one version: not the current one, none that a VM uses; gone with its last copy', () => {
    const newer = publish(2);
    world.refused('image.version_current', 'image.remove_version', { id: IMAGE, versionId: newer }, teacher);
    world.refused('not_found', 'image.remove_version', { id: IMAGE, versionId: id(98) }, teacher);
    hold(SECOND);
    world.ok('image.remove_version', { id: IMAGE, versionId: VERSION }, teacher);
    world.refused(
      'image.version_leaving',
      'image.remove_version',
      { id: IMAGE, versionId: VERSION },
      teacher,
    );
    world.refused(
      'image.not_ready',
      'image.version_held',
      { versionId: VERSION, held: true },
      nodeAuthor(THIRD),
    );
    world.refused('image.not_ready', 'image.want', { versionId: VERSION, nodeIds: [THIRD] }, scheduler);
    world.ok('image.dropped', { id: IMAGE, versionId: VERSION }, agent);
    expect(version()?.nodeIds).toEqual([SECOND]);
    world.ok('image.dropped', { id: IMAGE, versionId: VERSION }, nodeAuthor(SECOND));
    expect(version()).toBeUndefined();
    expect(image()?.state).toBe('ready');
  });

  test('one version: not while a single VM uses it', () => {
    const vmId = world.newId();
    const base = { id: vmId, ownerId: STUDENT, imageId: IMAGE, sizeId: SIZE, hours: 1, courseId: null };
    world.ok('vm.create', { ...base, persistent: true, sshKeys: [], pinnedNodeId: null });
    publish(2);
    const remove = { id: IMAGE, versionId: VERSION };
    expect(world.do('image.remove_version', remove, teacher)).toMatchObject({
      code: 'image.version_in_use',
      data: { vms: 1 },
    });
    expect(version()?.leaving).toBe(false);
  });

  test('I10 old versions that nothing uses, beyond those that are kept', () => {
    world.ok('setting.set', { key: 'image.keep_versions', value: 1 });
    world.refused('image.version_in_use', 'image.expire', { versionId: VERSION }, scheduler);
    publish(2);
    world.ok('image.expire', { versionId: VERSION }, scheduler);
    expect(version()?.leaving).toBe(true);
  });
});
