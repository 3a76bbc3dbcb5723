/** A VM whose image still comes, as its agent looks after it. */
import { expect, test } from 'bun:test';
import type { DomainInfo } from '../../../src/hypervisor/index.ts';
import { StreamWatch } from '../../../src/node/agent/stream-watch.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { as, lab, place, STUDENT, start } from '../state/world.ts';

function watched() {
  const world = lab();
  const payload = start(world);
  world.ok('vm.create', payload, as(STUDENT));
  place(world, payload.id);
  const vm = world.state.tables.vm.get(payload.id);
  if (!vm) throw new Error('no VM');
  const is = { streamed: true, whole: false, stuck: false, leaves: true as boolean | Error };
  const calls: string[] = [];
  const stream = {
    flows: () => true,
    partialFile: () => null,
    prepare: () => {},
    servedAs: () => ({ socket: '', name: '' }),
    open: async () => {},
    keep: () => void calls.push('keep'),
    isStuck: () => is.stuck,
    awayHolders: () => ['pc-1', 'pc-9'],
  };
  const hypervisor = {
    isStreamed: async () => {
      calls.push('look');
      return is.streamed;
    },
    leaveStream: async (_: string, file: string | null) => {
      calls.push('leave');
      if (file === null) return !is.streamed;
      if (is.leaves instanceof Error) throw is.leaves;
      return is.leaves;
    },
  };
  const watch = new StreamWatch(stream, hypervisor, () => (is.whole ? '/disk.raw' : null), silentLogger);
  return { vm, is, calls, watch };
}

const domain = (state: DomainInfo['state']): DomainInfo => ({
  ...{ uuid: 'u', name: 'n', owner: 'ours', vmId: 'v', epoch: 1, state, hasSave: false },
});

test('it is kept served while its image comes, and its page says so', async () => {
  const { vm, calls, watch } = watched();
  expect(await watch.tend(vm, domain('running'))).toBe(true);
  expect(calls).toEqual(['look', 'keep', 'leave']);
  expect(watch.note(vm)).toEqual({ code: 'vm.image_coming', data: {} });
});

test('GF9 one that waits names the PCs that have it and do not answer', async () => {
  const { vm, is, watch } = watched();
  is.stuck = true;
  expect(watch.isStuck(vm)).toBe(true);
  expect(watch.note(vm)).toEqual({ code: 'vm.image_waits', data: { nodes: ['pc-1', 'pc-9'] } });
});

test('once it is whole the VM leaves, and nobody asks again', async () => {
  const { vm, is, calls, watch } = watched();
  is.whole = true;
  expect(await watch.tend(vm, domain('running'))).toBe(false);
  expect(calls).toEqual(['look', 'keep', 'leave']);
  expect(await watch.tend(vm, domain('running'))).toBe(false);
  expect(calls).toHaveLength(3);
  watch.forget(vm.id);
  await watch.tend(vm, domain('running'));
  expect(calls).toHaveLength(6);
});

test('GF12 one that is on the file is looked at once: a node that fell behind the pivot left the other disk', async () => {
  const { vm, is, calls, watch } = watched();
  is.streamed = false;
  expect(await watch.tend(vm, domain('paused'))).toBe(false);
  expect(calls).toEqual(['look', 'leave']);
  expect(await watch.tend(vm, domain('running'))).toBe(false);
  expect(calls).toEqual(['look', 'leave']);
});

test.each(['is not over yet', 'fails'])('a move that %s is tried again', async (how) => {
  const { vm, is, calls, watch } = watched();
  is.whole = true;
  is.leaves = how === 'fails' ? new Error('libvirt went away') : false;
  expect(await watch.tend(vm, domain('running'))).toBe(true);
  is.leaves = true;
  expect(await watch.tend(vm, domain('running'))).toBe(false);
  expect(calls.filter((call) => call === 'leave')).toHaveLength(2);
});

test('one that is off is moved without being served; one that is not there is nobody’s', async () => {
  const { vm, is, calls, watch } = watched();
  expect(await watch.tend(vm, undefined)).toBe(false);
  expect(calls).toEqual([]);
  is.whole = true;
  await watch.tend(vm, domain('off'));
  expect(calls).toEqual(['look', 'leave']);
});
