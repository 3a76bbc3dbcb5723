/** A VM placed where its image is not: what its agent does and says meanwhile. The hypervisor is a recording. */
import { afterEach, expect, test } from 'bun:test';
import type { DomainInfo, Hypervisor } from '../../../src/hypervisor/index.ts';
import { ImagesError } from '../../../src/images/index.ts';
import { VmAgent } from '../../../src/node/agent/vm-agent.ts';
import { type CommandType, LabmeshError, type Payload } from '../../../src/state/index.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { cleanup } from '../../support/mesh.ts';
import { READY_HOST } from '../../support/ready-host.ts';
import { until } from '../../support/until.ts';
import { as, agent as author, lab, NODE, place, STUDENT, start } from '../state/world.ts';

const later = cleanup();
afterEach(() => later.run());

const nothing = async () => {};

/** A domain is there from its start on. */
function recorded(calls: string[]): Hypervisor {
  const domains: DomainInfo[] = [];
  return {
    start: nothing,
    stop: nothing,
    status: () => READY_HOST,
    onStatus: () => () => {},
    onDomainEvent: () => () => {},
    domains: async () => domains,
    ensureCreated: async ({ vmId }) => void calls.push(`create ${vmId}`),
    startVm: async (vmId) => {
      calls.push(`start ${vmId}`);
      domains.push({
        uuid: vmId,
        name: vmId,
        owner: 'ours',
        vmId,
        epoch: 1,
        state: 'running',
        hasSave: false,
      });
    },
    shutdownVm: nothing,
    forceOffVm: nothing,
    rebootVm: nothing,
    resetVm: nothing,
    suspendVm: nothing,
    removeVm: nothing,
    resumePaused: nothing,
    isStreamed: async () => false,
    leaveStream: async () => true,
    localDisk: async () => null,
    markDisk: nothing,
    diskFolder: async () => '',
    freezeDisk: async () => '',
    thawDisk: nothing,
    statsAll: async () => new Map(),
    address: async () => null,
    vncSocket: () => '',
    serialLogPath: () => '',
    screenshot: async () => null,
  };
}

/** One VM that is placed here; its image comes when the test says so. */
function waitingVm() {
  const world = lab();
  const payload = start(world);
  world.ok('vm.create', payload, as(STUDENT));
  place(world, payload.id);
  const calls: string[] = [];
  const transfer = Promise.withResolvers<void>();
  const never = new Promise<void>(() => {});
  const image = { isHere: false, asked: 0 };
  const agent = new VmAgent({
    nodeId: NODE,
    machine: world.machine,
    submit: async <T extends CommandType>(type: T, given: Payload<T>) => {
      const outcome = world.do(type, given, author);
      if (!outcome.ok) throw new LabmeshError(outcome.code, { ...outcome.data });
      return { index: 1, targetId: null, operationId: null };
    },
    hypervisor: recorded(calls),
    backingFile: () => (image.isHere ? '/images/disk.raw' : null),
    fetchImage: () => {
      image.asked++;
      return image.asked === 1 ? transfer.promise : never;
    },
    pcRestartedAt: null,
    now: () => world.now,
    logger: silentLogger,
  });
  agent.start();
  later(() => agent.stop());
  const seen = () => world.state.tables.vm.get(payload.id)?.observed;
  const operation = () => world.state.tables.operation.by('target', payload.id).at(-1);
  return { world, vmId: payload.id, calls, transfer, image, seen, operation };
}

test('GF21 a VM waits in `fetching` and starts when its image has come', async () => {
  const { vmId, calls, transfer, image, seen, operation } = waitingVm();
  await until('it says so', () => seen()?.state === 'fetching');
  expect(operation()?.state).toBe('running');
  expect(calls).toEqual([]);
  image.isHere = true;
  transfer.resolve();
  await until('it starts', () => calls.includes(`start ${vmId}`));
  expect(image.asked).toBe(1);
});

test('an image that cannot come fails the start with its cause', async () => {
  const { calls, transfer, seen, operation } = waitingVm();
  await until('it says so', () => seen()?.state === 'fetching');
  transfer.reject(new ImagesError('images.no_source', { versionId: 'v', asked: 2, code: null }));
  await until('it failed', () => seen()?.state === 'failed');
  expect(seen()?.cause).toMatchObject({ code: 'images.no_source', data: { asked: 2 } });
  expect(operation()).toMatchObject({ state: 'failed', error: { code: 'images.no_source' } });
  expect(calls).toEqual([]);
});

test('a VM that is stopped meanwhile is stopped, whatever becomes of the transfer', async () => {
  const { world, vmId, transfer, image, seen } = waitingVm();
  await until('it says so', () => seen()?.state === 'fetching');
  world.ok('vm.stop', { id: vmId, force: true }, as(STUDENT));
  await until('it is stopped', () => seen()?.state === 'stopped');
  transfer.reject(new ImagesError('images.no_source', { versionId: 'v', asked: 2, code: null }));
  world.ok('vm.start', { id: vmId }, as(STUDENT));
  place(world, vmId);
  await until('the next start asks again', () => image.asked === 2 && seen()?.state === 'fetching');
  expect(world.state.tables.notification.all().filter(({ code }) => code === 'vm.failed')).toEqual([]);
});

test('a transfer that was cancelled is no failure of the VM: it is asked for again', async () => {
  const { transfer, image, seen } = waitingVm();
  await until('it says so', () => seen()?.state === 'fetching');
  transfer.reject(new ImagesError('images.cancelled', {}));
  await until('it is asked again', () => image.asked === 2);
  expect(seen()?.state).toBe('fetching');
});

test('GF32 a transfer that takes longer than a start may is not held against the start', async () => {
  const { world, vmId, calls, transfer, image, seen, operation } = waitingVm();
  await until('it says so', () => seen()?.state === 'fetching');
  const begun = operation()?.deadlineAt ?? 0;
  for (let n = 0; n < 5; n++) {
    const before = operation()?.deadlineAt ?? 0;
    world.now += 100_000;
    world.ok('vm.rename', { id: vmId, name: `lab-${n}` }, as(STUDENT)); // as the tick: the agent looks again
    await until('it is told again', () => (operation()?.deadlineAt ?? 0) > before);
    expect(operation()?.deadlineAt ?? 0).toBeGreaterThan(world.now);
  }
  expect(world.now).toBeGreaterThan(begun);
  image.isHere = true;
  transfer.resolve();
  await until('it runs', () => calls.includes(`start ${vmId}`) && operation()?.state === 'done');
});
