/** When a VM's work is saved (V7). */
import { expect, test } from 'bun:test';
import type { DomainInfo } from '../../../src/hypervisor/index.ts';
import { type LastSave, type SaveMoment, type WhySave, whySave } from '../../../src/node/work/when.ts';
import type { Vm, VmActual } from '../../../src/state/index.ts';
import { vmOf } from '../state/mesh.ts';
import { lab, NODE, running } from '../state/world.ts';

const MINUTE = 60_000;
const world = lab();
const vm = vmOf(world, running(world));
const since = vm.observed.since;
const moment: SaveMoment = {
  nodeId: NODE,
  now: since + 11 * MINUTE,
  everyMs: 10 * MINUTE,
  isAsked: false,
  letGoAt: 0,
};
const domain: DomainInfo = {
  uuid: 'u',
  name: 'n',
  owner: 'ours',
  vmId: vm.id,
  epoch: 1,
  state: 'running',
  hasSave: false,
};
const off: DomainInfo = { ...domain, state: 'off' };
const last: LastSave = { at: since + 5 * MINUTE, written: 0, failed: false, since };
const seen = (state: VmActual, change: Partial<Vm> = {}): Vm => ({
  ...vm,
  desired: state === 'running' ? 'running' : 'stopped',
  observed: { ...vm.observed, state },
  ...change,
});
const work = { versionId: 'v', epoch: 1, at: since, clean: true };

const CASES: [
  string,
  WhySave | null,
  Vm,
  DomainInfo | undefined,
  LastSave | undefined,
  Partial<SaveMoment>,
][] = [
  ['it runs, and it is time', 'due', seen('running'), domain, undefined, {}],
  ['it was saved a while ago', null, seen('running'), domain, last, {}],
  ['somebody asked', 'asked', seen('running'), domain, last, { isAsked: true }],
  ['never while it runs, as the setting says', null, seen('running'), domain, undefined, { everyMs: 0 }],
  ['it is paused on its disk', null, seen('running'), { ...domain, state: 'paused-io-error' }, undefined, {}],
  ['it is to stop', null, seen('running', { desired: 'stopped' }), domain, undefined, {}],
  [
    'somebody else just asked for its disk',
    null,
    seen('running'),
    domain,
    undefined,
    { letGoAt: since + 11 * MINUTE - 1 },
  ],
  ['it stopped', 'off', seen('stopped'), off, undefined, {}],
  ['it broke', 'off', seen('failed'), { ...domain, state: 'crashed' }, undefined, {}],
  ['it stopped and is saved', null, seen('stopped', { work }), off, undefined, {}],
  ['it stopped, as the log has it, and QEMU is still there', null, seen('stopped'), domain, undefined, {}],
  ['it sleeps', 'asleep', seen('suspended'), { ...off, hasSave: true }, undefined, {}],
  ['it sleeps and was saved since', null, seen('suspended'), { ...off, hasSave: true }, last, {}],
  [
    'it could not be saved a moment ago',
    null,
    seen('stopped'),
    off,
    { ...last, at: moment.now - 1, failed: true },
    {},
  ],
  [
    'it could not, and somebody asks',
    'off',
    seen('stopped'),
    off,
    { ...last, at: moment.now - 1, failed: true },
    { isAsked: true },
  ],
  ['it is elsewhere', null, seen('stopped'), off, undefined, { nodeId: 'other' }],
  ['it is about to be deleted', null, seen('stopped', { desired: 'deleted' }), off, undefined, {}],
  ['nothing was seen of its newest place', null, seen('stopped', { epoch: 2 }), off, undefined, {}],
];

for (const [name, why, one, there, before, change] of CASES)
  test(`V7 ${name}: ${why ?? 'not now'}`, () => {
    expect(whySave(one, there, before, { ...moment, ...change })).toBe(why);
  });
