/** PCs that join, change, and leave. */
import { describe, expect, test } from 'bun:test';
import { Context } from '../../../src/state/context.ts';
import { CloudMachine, drainView, vmState } from '../../../src/state/index.ts';
import { needLevel } from '../../../src/state/level.ts';
import { Transaction } from '../../../src/state/transaction.ts';
import {
  facts,
  newcomer,
  nodeAgent,
  nodeOf,
  PEER,
  SECOND,
  secondPc,
  THIRD,
  TOKEN,
  token,
  vmOf,
} from './mesh.ts';
import {
  ADMIN,
  agent,
  as,
  COURSE,
  IMAGE,
  id,
  lab,
  local,
  NODE,
  observe,
  place,
  registerNode,
  running,
  STUDENT,
  scheduler,
  start,
  TEACHER,
  VERSION,
  type World,
} from './world.ts';

/** A lab of two PCs. */
function pair(): World {
  const world = lab();
  secondPc(world);
  return world;
}

describe('tokens and joining', () => {
  test('N2 a newcomer is on record as joining, with a subnet of its own, and ready once it has registered', () => {
    const world = lab();
    token(world);
    world.ok('node.admit', newcomer(), scheduler);
    expect(nodeOf(world, SECOND)).toMatchObject({
      state: 'joining',
      peerId: PEER,
      vote: 'auto',
      ownerId: null,
    });
    expect(nodeOf(world, SECOND).subnet).not.toBe(nodeOf(world, NODE).subnet);
    world.ok('node.register', facts('pc-2', { meshAddresses: ['/ip4/10.0.0.3/tcp/1'] }), nodeAgent(SECOND));
    expect(nodeOf(world, SECOND)).toMatchObject({
      state: 'ready',
      peerId: PEER,
      meshAddresses: ['/ip4/10.0.0.3/tcp/1'],
    });
    expect(world.state.tables.token.get(TOKEN)?.usedBy).toEqual([SECOND]);
  });

  test('N2 a replay by the same node with the same key gets the same answer and uses nothing', () => {
    const world = lab();
    token(world, { uses: 1 });
    const first = world.ok('node.admit', newcomer(), scheduler);
    expect(world.ok('node.admit', newcomer(), scheduler)).toEqual(first);
    expect(world.state.tables.token.get(TOKEN)?.usedBy).toEqual([SECOND]);
  });

  test('N2 unknown, expired, used up and revoked tokens are refused, each with its reason', () => {
    const world = lab();
    world.refused('join.token_unknown', 'node.admit', newcomer(), scheduler);
    token(world, { uses: 1 });
    world.now += 3_600_000;
    world.refused('join.token_expired', 'node.admit', newcomer(), scheduler);
    world.ok('token.create', { id: id(31), verifier: 'v', label: '', ttlMs: 3_600_000, uses: 1 });
    world.ok('node.admit', newcomer({ tokenId: id(31) }), scheduler);
    const third = { nodeId: THIRD, name: 'pc-3', peerId: 'Qmother', tokenId: id(31) };
    world.refused('join.token_used_up', 'node.admit', newcomer(third), scheduler);
    world.ok('token.create', { id: id(32), verifier: 'v', label: '', ttlMs: 3_600_000, uses: 1 });
    world.ok('token.revoke', { id: id(32) });
    world.refused('join.token_revoked', 'node.admit', newcomer({ ...third, tokenId: id(32) }), scheduler);
  });

  test('N2 a known node with another key, and a known key under another id, are members already', () => {
    const world = pair();
    world.refused('join.already_member', 'node.admit', newcomer({ peerId: 'Qmother' }), scheduler);
    world.refused('join.already_member', 'node.admit', newcomer({ nodeId: THIRD, name: 'x' }), scheduler);
  });

  test('GF29 a name that another PC has is refused, at joining and at renaming', () => {
    const world = pair();
    const third = { nodeId: THIRD, peerId: 'Qmother', name: 'PC-1' };
    world.refused('name.taken', 'node.admit', newcomer(third), scheduler);
    world.refused('name.taken', 'node.rename', { id: SECOND, name: 'pc-1' });
  });

  test('N2 only admins make and revoke tokens; only the master admits', () => {
    const world = lab();
    const payload = { id: TOKEN, verifier: 'v', label: '', ttlMs: 3_600_000, uses: 1 };
    world.refused('access.denied', 'token.create', payload, as(TEACHER));
    token(world);
    world.refused('access.denied', 'token.revoke', { id: TOKEN }, as(TEACHER));
    world.refused('access.denied', 'node.admit', newcomer(), agent);
    world.refused('access.denied', 'node.admit', newcomer(), as(ADMIN));
  });

  test('N11 anybody shares a PC of their own: one use, one token at a time, revoked by its maker', () => {
    const world = lab();
    token(world, { share: true, uses: 9 }, as(STUDENT));
    expect(world.state.tables.token.get(TOKEN)).toMatchObject({ maxUses: 1, sharedBy: STUDENT });
    token(world, { id: id(31), share: true }, as(STUDENT));
    expect(world.state.tables.token.get(TOKEN)?.revokedAt).not.toBeNull();
    world.ok('node.admit', newcomer({ tokenId: id(31) }), scheduler);
    world.ok('node.register', facts('pc-2'), nodeAgent(SECOND));
    expect(nodeOf(world, SECOND).ownerId).toBe(STUDENT);
    world.ok('token.revoke', { id: id(31) }, as(STUDENT));
  });

  test('a subnet number stays unique; the cloud is full when all are in use, and a retired PC’s is given again', () => {
    const world = lab();
    token(world, { uses: 1000 });
    for (let n = 2; n <= 250; n++) {
      world.ok(
        'node.admit',
        newcomer({ nodeId: id(5000 + n), name: `p${n}`, peerId: `Q${String(n).replaceAll('0', 'z')}` }),
        scheduler,
      );
    }
    const subnets = world.state.tables.node.all().map((node) => node.subnet);
    expect(new Set(subnets).size).toBe(250);
    world.refused('cloud.full', 'node.admit', newcomer({ peerId: 'Qlast' }), scheduler);
    world.ok('node.retire', { id: id(5007), force: true });
    world.ok('node.admit', newcomer({ peerId: 'Qlast' }), scheduler);
    expect(nodeOf(world, SECOND).subnet).toBe(nodeOf(world, id(5007)).subnet);
  });
});

describe('PCs of the cloud', () => {
  test('P2 G12 a registered PC is on record for good with its capacity, and checked when it comes back', () => {
    const world = pair();
    world.ok('node.reach', { id: SECOND, state: 'lost' }, scheduler);
    world.ok('node.vote', { id: SECOND, vote: 'never' });
    const before = nodeOf(world, SECOND);
    const capacity = { cores: 2, ramMiB: 1024, storageGiB: 9, tempGiB: 9 };
    world.ok('node.register', facts('pc-2', { capacity }), nodeAgent(SECOND));
    expect(nodeOf(world, SECOND)).toEqual({ ...before, capacity });
  });

  test('P-A7 the PCs and their capacity are kept in snapshots', () => {
    const world = pair();
    const copy = new CloudMachine();
    copy.restore(JSON.parse(JSON.stringify([...world.machine.snapshot()])));
    expect(copy.state.tables.node.all()).toEqual(world.state.tables.node.all());
    expect(copy.state.tables.token.all()).toEqual(world.state.tables.token.all());
  });

  test('N5 a snapshot of the earlier version is completed when restored', () => {
    const world = pair();
    running(world);
    const added = [
      'peerId',
      'meshAddresses',
      'protocol',
      'vote',
      'reach',
      'drain',
      'ownerId',
      'share',
      'held',
      'outOfReach',
      'authority',
      'level',
      'power',
      'recoveredAt',
    ];
    const records = JSON.parse(
      JSON.stringify([...world.machine.snapshot()], (key, value) =>
        added.includes(key) ? undefined : value,
      ),
    );
    const copy = new CloudMachine();
    copy.restore(records);
    expect(copy.state.tables.node.get(NODE)).toMatchObject({
      vote: 'auto',
      reach: { state: 'up' },
      peerId: '',
      share: 100,
      protocol: 1,
    });
    expect(copy.state.cloud).toMatchObject({
      level: 1,
      power: { state: 'on' },
      authority: null,
      recoveredAt: null,
    });
    const vm = copy.state.tables.vm.all()[0];
    expect(vm).toMatchObject({ held: null, outOfReach: false });
    expect(copy.state.tables.vm.countBy('state', 'running')).toBe(1);
  });

  test('GF21 a PC that is still joining is not drained, voted for or configured, and hosts nothing', () => {
    const world = lab();
    token(world);
    world.ok('node.admit', newcomer(), scheduler);
    world.refused('node.wrong_state', 'node.drain', { id: SECOND, how: 'suspend' });
    world.refused('node.wrong_state', 'node.vote', { id: SECOND, vote: 'always' });
    world.refused('node.wrong_state', 'node.configure', { id: SECOND, share: 50 });
    world.refused('capacity.no_host', 'vm.create', start(world, { pinnedNodeId: SECOND }), as(ADMIN));
  });

  test('G18 the share of a PC decides what it takes', () => {
    const world = lab();
    world.ok('node.configure', { id: NODE, share: 25 });
    running(world, as(ADMIN));
    const waits = start(world);
    world.ok('vm.create', waits, as(ADMIN));
    world.refused('capacity.ram', 'vm.place', { id: waits.id, nodeId: NODE, epoch: 1 }, scheduler);
    world.ok('node.configure', { id: NODE, share: 50 });
    place(world, waits.id);
    world.refused('access.denied', 'node.configure', { id: NODE, share: 100 }, as(TEACHER));
  });

  test('GF28 the share of a running PC is not cut below what runs there', () => {
    const world = lab();
    running(world);
    world.refused('node.share_in_use', 'node.configure', { id: NODE, share: 10 });
    world.ok('node.configure', { id: NODE, share: 50 });
  });

  test('GF33 a PC out of reach hosts nothing, and the reason says so', () => {
    const world = lab();
    world.ok('node.reach', { id: NODE, state: 'unreachable' }, scheduler);
    expect(world.do('vm.create', start(world), as(STUDENT))).toMatchObject({
      ok: false,
      code: 'capacity.no_host',
      data: { reasons: ['node.unreachable'] },
    });
  });

  test('N5 VMs of a PC out of reach are unreachable, in the index too, until it is back', () => {
    const world = lab();
    const vm = running(world);
    world.ok('node.reach', { id: NODE, state: 'unreachable' }, scheduler);
    expect(world.state.tables.vm.idsBy('state', 'unreachable')).toEqual([vm]);
    expect(world.state.tables.vm.countBy('compute', NODE)).toBe(1);
    world.ok('node.reach', { id: NODE, state: 'up' }, scheduler);
    expect(vmState(vmOf(world, vm))).toBe('running');
  });

  test('N10 a newer build raises no level until every PC speaks it; an older one is then refused', () => {
    const world = pair();
    const level = () => world.state.cloud?.level;
    world.ok('node.register', facts('pc-2', { protocol: 2 }), nodeAgent(SECOND));
    expect(level()).toBe(1);
    const context = new Context(world.state, new Transaction(world.state), {
      id: id(1),
      type: 'x',
      author: local,
      key: '',
      at: 0,
      payload: null,
    });
    expect(() => needLevel(context, 2)).toThrow(
      expect.objectContaining({ code: 'cloud.level_too_low', data: { need: 2, level: 1, nodes: ['pc-1'] } }),
    );
    registerNode(world, { protocol: 3 });
    expect(level()).toBe(2);
    needLevel(context, 2);
    world.refused('node.too_old', 'node.register', facts('pc-2', { protocol: 1 }), nodeAgent(SECOND));
    world.refused(
      'node.too_old',
      'node.admit',
      newcomer({ nodeId: THIRD, name: 'pc-3', peerId: 'Qmother' }),
      scheduler,
    );
    world.ok('node.retire', { id: SECOND, force: true });
    expect(level()).toBe(3);
  });

  test('N8 a retired PC is out: it neither registers nor joins again, its name is free', () => {
    const world = pair();
    world.ok('node.retire', { id: SECOND, force: true });
    world.refused('node.retired', 'node.register', facts('pc-2'), nodeAgent(SECOND));
    world.refused('node.retired', 'node.admit', newcomer(), scheduler);
    world.refused('node.retired', 'node.reach', { id: SECOND, state: 'up' }, scheduler);
    world.refused('node.last', 'node.retire', { id: NODE, force: true });
    world.ok('node.admit', newcomer({ nodeId: THIRD, peerId: 'Qmother' }), scheduler);
  });
});

describe('emptying', () => {
  test('N8 a drain is not done while a VM computes there; what blocks is named', () => {
    const world = pair();
    const vm = running(world);
    world.ok('node.drain', { id: NODE, how: 'wait', deadlineMs: 60_000 });
    expect(nodeOf(world, NODE).drain).toMatchObject({ how: 'wait', deadlineAt: world.now + 60_000 });
    world.refused('node.busy', 'node.drained', { id: NODE }, scheduler);
    expect(drainView(world.state, nodeOf(world, NODE)).blocking).toMatchObject([
      { vm: { id: vm }, fate: 'waits', at: world.now + 60_000 },
    ]);
    world.ok('vm.hold', { id: vm, by: 'drain' }, scheduler);
    expect(vmState(vmOf(world, vm))).toBe('suspending');
    expect(drainView(world.state, nodeOf(world, NODE)).blocking).toMatchObject([{ fate: 'suspends' }]);
    observe(world, vm, 'suspended');
    const view = drainView(world.state, nodeOf(world, NODE));
    expect([view.blocking, view.kept.map((one) => one.vm.id)]).toEqual([[], [vm]]);
    world.ok('node.drained', { id: NODE }, scheduler);
    expect(nodeOf(world, NODE).state).toBe('drained');
  });

  test('N8 a drain without a deadline takes the setting’s', () => {
    const world = lab();
    world.ok('setting.set', { key: 'node.drain_deadline', value: 3 });
    world.ok('node.drain', { id: NODE, how: 'wait' });
    expect(nodeOf(world, NODE).drain?.deadlineAt).toBe(world.now + 180_000);
  });

  test('N8 an undrained PC is ready; registering meanwhile changes neither drain nor vote', () => {
    const world = pair();
    world.ok('node.vote', { id: NODE, vote: 'always' });
    world.ok('node.drain', { id: NODE, how: 'suspend', deadlineMs: 0 });
    registerNode(world, {});
    expect(nodeOf(world, NODE)).toMatchObject({ state: 'draining', vote: 'always' });
    world.ok('node.undrain', { id: NODE });
    expect(nodeOf(world, NODE)).toMatchObject({ state: 'ready', drain: null });
    world.refused('node.wrong_state', 'node.undrain', { id: NODE });
  });

  test('N8 an image that is being deleted is gone with the last PC that held it; one that nobody holds at once', () => {
    const world = pair();
    world.ok('course.unlink', { id: COURSE, imageId: IMAGE });
    world.ok('image.version_held', { versionId: VERSION, held: true }, nodeAgent(SECOND));
    const { operationId } = world.ok('image.remove', { id: IMAGE });
    world.ok('image.dropped', { id: IMAGE, versionId: VERSION }, nodeAgent(NODE));
    expect(world.state.tables.image.get(IMAGE)?.state).toBe('deleting');
    world.ok('node.retire', { id: SECOND, force: true });
    expect(world.state.tables.image.get(IMAGE)).toBe(undefined);
    expect(world.state.tables.version.get(VERSION)).toBe(undefined);
    expect(world.state.tables.operation.get(operationId ?? '')?.state).toBe('done');

    const orphaned = pair();
    orphaned.ok('course.unlink', { id: COURSE, imageId: IMAGE });
    orphaned.ok('node.retire', { id: NODE, force: true });
    expect(orphaned.state.tables.image.get(IMAGE)?.state).toBe('ready');
    const removal = orphaned.ok('image.remove', { id: IMAGE });
    expect(orphaned.state.tables.image.get(IMAGE)).toBe(undefined);
    expect(orphaned.state.tables.operation.get(removal.operationId ?? '')?.state).toBe('done');
  });

  test('N8 what a retired PC was importing will not come: said so, and its name is free', () => {
    const world = pair();
    const image = { id: id(77), name: 'half', os: 'linux', shared: true, nodeId: SECOND };
    const { operationId } = world.ok('image.begin_import', image, as(TEACHER));
    world.ok('node.retire', { id: SECOND, force: true });
    expect(world.state.tables.image.get(id(77))).toBe(undefined);
    expect(world.state.tables.operation.get(operationId ?? '')).toMatchObject({
      state: 'failed',
      error: { code: 'image.import_lost' },
    });
    const told = world.state.tables.notification.by('unread', TEACHER).map(({ code }) => code);
    expect(told).toContain('image.import_failed');
  });

  test('N8 retiring without force needs a drained PC without disks and without the only copy of an image', () => {
    const world = pair();
    const vm = running(world);
    world.refused('node.wrong_state', 'node.retire', { id: NODE, force: false });
    world.ok('node.drain', { id: NODE, how: 'suspend', deadlineMs: 0 });
    world.ok('vm.hold', { id: vm, by: 'drain' }, scheduler);
    observe(world, vm, 'suspended');
    world.ok('node.drained', { id: NODE }, scheduler);
    world.refused('node.has_disks', 'node.retire', { id: NODE, force: false });
    world.ok('vm.remove', { id: vm }, as(STUDENT));
    observe(world, vm, 'deleted');
    world.refused('node.only_copy', 'node.retire', { id: NODE, force: false });
    world.ok('node.retire', { id: NODE, force: true });
  });

  test('N9 a VM whose PC is out of the cloud for good can be deleted', () => {
    const world = pair();
    const vm = running(world);
    world.ok('cloud.recovered', { missing: [NODE] }, { kind: 'local', nodeId: SECOND });
    expect(vmState(vmOf(world, vm))).toBe('unreachable');
    world.ok('vm.remove', { id: vm }, as(STUDENT));
    expect(world.state.tables.vm.get(vm)).toBeUndefined();
  });

  test('a held VM that was let go on waits for its own PC with the time it had left', () => {
    const world = pair();
    const vm = running(world);
    const end = vmOf(world, vm).leaseEndsAt ?? 0;
    world.ok('vm.hold', { id: vm, by: 'drain' }, scheduler);
    observe(world, vm, 'suspended');
    world.now += 600_000;
    world.ok('vm.release', { id: vm }, scheduler);
    expect(vmState(vmOf(world, vm))).toBe('waiting');
    world.ok('vm.place', { id: vm, nodeId: NODE, epoch: 2 }, scheduler);
    expect(vmOf(world, vm)).toMatchObject({ held: null, leaseEndsAt: end + 600_000 });
    expect(vmState(vmOf(world, vm))).toBe('resuming');
  });

  test('a start under way that is held is told so, does not time out, and its owner can still give it up', () => {
    const world = lab();
    const payload = start(world);
    world.ok('vm.create', payload, as(STUDENT));
    world.ok('vm.place', { id: payload.id, nodeId: NODE, epoch: 1 }, scheduler);
    world.ok('vm.hold', { id: payload.id, by: 'shutdown' }, scheduler);
    expect(world.state.tables.operation.by('target', payload.id)).toMatchObject([
      { state: 'cancelled', error: { code: 'vm.held' } },
    ]);
    observe(world, payload.id, 'absent');
    expect(vmState(vmOf(world, payload.id))).toBe('waiting');
    expect(vmOf(world, payload.id).desired).toBe('running');
    world.ok('vm.stop', { id: payload.id, force: false }, as(STUDENT));
    expect(vmOf(world, payload.id)).toMatchObject({ desired: 'stopped', held: null });
  });
});

describe('the cloud as a whole', () => {
  test('G13 N15 a cloud that stops starts nothing, is off once nothing runs, and starts again', () => {
    const world = lab();
    const vm = running(world);
    world.ok('cloud.shutdown', { waitMs: 60_000 }, as(ADMIN));
    expect(world.state.cloud?.power).toEqual({
      state: 'stopping',
      deadlineAt: world.now + 60_000,
      by: ADMIN,
    });
    world.refused('cloud.not_on', 'vm.create', start(world), as(STUDENT));
    world.refused('node.busy', 'cloud.powered_off', {}, scheduler);
    world.ok('vm.hold', { id: vm, by: 'shutdown' }, scheduler);
    observe(world, vm, 'suspended');
    world.ok('cloud.powered_off', {}, scheduler);
    expect(world.state.cloud?.power.state).toBe('off');
    world.refused('cloud.wrong_power', 'cloud.shutdown', { waitMs: 0 });
    world.ok('cloud.startup', {});
    world.refused('cloud.wrong_power', 'cloud.startup', {});
    world.refused('access.denied', 'cloud.shutdown', { waitMs: 0 }, as(TEACHER));
  });

  test('N9 the authority is set once; root replaces it after a recovery', () => {
    const world = pair();
    const pem = (text: string) => ({ certificate: `-----BEGIN CERTIFICATE-----\n${text}` });
    world.ok('cloud.authority', pem('a'), agent);
    world.refused('cloud.authority_set', 'cloud.authority', pem('b'), local);
    world.refused('access.denied', 'cloud.authority', pem('b'), as(ADMIN));
    world.refused('node.last', 'cloud.recovered', { missing: [NODE] }, local);
    world.refused('access.denied', 'cloud.recovered', { missing: [] }, as(ADMIN));
    world.ok('cloud.recovered', { missing: [SECOND] }, local);
    expect(nodeOf(world, SECOND)).toMatchObject({ state: 'retired', reach: { state: 'lost' } });
    world.refused('cloud.authority_set', 'cloud.authority', pem('b'), agent);
    world.ok('cloud.authority', pem('b'), local);
    expect(world.state.cloud?.authority).toContain('\nb');
  });
});
