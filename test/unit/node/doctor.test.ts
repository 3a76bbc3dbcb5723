import { expect, test } from 'bun:test';
import { examine, type Findings } from '../../../src/node/doctor/checks.ts';

const findings: Findings = {
  dataDir: '/tmp',
  host: {
    state: 'ready',
    libvirtVersion: '9.0.0',
    qemuVersion: '7.2.22',
    accel: { chosen: 'kvm', forced: false, kvmMs: 20, tcgMs: 170 },
    problems: [],
  },
  load: { at: 0, cpu: 0, ramUsedMiB: 1, ramTotalMiB: 2, diskFreeGiB: 100, diskTotalGiB: 200 },
  quorum: {
    term: 1,
    masterId: 'a',
    masterSince: 0,
    learners: [],
    standbys: [],
    voters: ['a'],
    alive: ['a'],
    mayFail: 0,
    warnings: [],
  },
  stateNow: 1000,
  now: 1000,
  strayVersions: [],
  missingVersions: [],
  damagedVersions: [],
  orphans: 0,
};

async function statusOf(
  id: string,
  change: Partial<Findings>,
): Promise<[string | undefined, string | undefined]> {
  const found = (await examine({ ...findings, ...change })).find((one) => one.id === id);
  return [found?.status, found?.code];
}

test('a PC that is well has nothing but ok', async () => {
  expect((await examine(findings)).filter((one) => one.status !== 'ok')).toEqual([]);
});

const unavailable = (code: string) =>
  ({ state: 'unavailable', problem: { code, data: {} }, since: 0 }) as const;

test.each<[string, Partial<Findings>, [string, string]]>([
  ['libvirt', { host: unavailable('hypervisor.libvirt_missing') }, ['fault', 'hypervisor.libvirt_missing']],
  ['libvirt', { host: unavailable('node.host_off') }, ['ok', 'node.host_off']],
  ['libvirt', { host: unavailable('node.host_starting') }, ['warning', 'node.host_starting']],
  ['disk', { load: { ...(findings.load ?? never()), diskFreeGiB: 5 } }, ['warning', 'doctor.disk_low']],
  ['disk', { load: { ...(findings.load ?? never()), diskFreeGiB: 0.5 } }, ['fault', 'doctor.disk_full']],
  ['data', { dataDir: '/no/such/folder' }, ['fault', 'doctor.data_readonly']],
  ['clock', { stateNow: 200_000, now: 1000 }, ['warning', 'doctor.clock_behind']],
  ['agreement', { quorum: { ...findings.quorum, masterId: null } }, ['fault', 'doctor.no_master']],
  ['images', { strayVersions: ['x'] }, ['warning', 'doctor.images_stray']],
  ['images', { strayVersions: ['x'], missingVersions: ['y'] }, ['fault', 'doctor.images_missing']],
  ['images', { damagedVersions: ['z'] }, ['fault', 'doctor.images_damaged']],
  ['orphans', { orphans: 2 }, ['warning', 'doctor.orphans']],
])('%s: %p', async (id, change, expected) => {
  expect(await statusOf(id, change)).toEqual(expected);
});

function never(): never {
  throw new Error('the sample has a load');
}
