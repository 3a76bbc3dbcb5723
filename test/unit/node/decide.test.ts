/** The agent's decisions: what the log wants against what libvirt shows. */
import { describe, expect, test } from 'bun:test';
import { type DomainView, decide, type Memory, type Step } from '../../../src/node/agent/decide.ts';
import { newVm, type Vm } from '../../../src/state/index.ts';

const NODE = 'node-1';
const moment = { now: 100_000, nodeId: NODE, graceMs: 60_000 };
const blank: Memory = {
  stopAsked: null,
  rebootAsked: null,
  rebootSeen: 0,
  lastEnd: null,
  pcRestarted: false,
};

function vm(change: Partial<Vm>): Vm {
  return {
    ...newVm,
    id: 'vm-1',
    name: 'lab',
    ownerId: 'u',
    courseId: null,
    imageId: 'i',
    versionId: 'v',
    sizeId: 's',
    vcpus: 1,
    ramMiB: 1024,
    osDiskGiB: 5,
    dataDiskGiB: 3,
    persistent: true,
    sshKeys: [],
    desired: 'running',
    force: false,
    restart: { seq: 0, force: false },
    pinnedNodeId: null,
    homeNodeId: NODE,
    epoch: 3,
    placement: { nodeId: NODE, epoch: 3, compute: true },
    observed: { epoch: 3, state: 'running', cause: null, since: 0, ip: null, restartSeq: 0 },
    leaseHours: 1,
    leaseEndsAt: null,
    createdAt: 0,
    ...change,
  };
}

function seen(state: Vm['observed']['state'], epoch = 3): Vm['observed'] {
  return { epoch, state, cause: null, since: 0, ip: null, restartSeq: 0 };
}

const up: DomainView = { epoch: 3, state: 'running', hasSave: false, note: null };
const off: DomainView = { epoch: 3, state: 'off', hasSave: false, note: null };
const saved: DomainView = { epoch: 3, state: 'off', hasSave: true, note: null };

const held = { by: 'drain', since: 0, for: null } as const;

const cases: [string, Partial<Vm>, DomainView | null, Partial<Memory>, Step][] = [
  [
    'a VM placed elsewhere is left alone',
    { placement: { nodeId: 'other', epoch: 3, compute: true } },
    up,
    {},
    { do: 'rest' },
  ],
  ['a VM without a place is left alone', { placement: null }, up, {}, { do: 'rest' }],
  ['a new VM is started', { observed: seen('absent', 0) }, null, {}, { do: 'start', clean: false }],
  [
    'a clean lab starts from the image',
    { persistent: false, observed: seen('stopped', 2) },
    off,
    {},
    { do: 'start', clean: true },
  ],
  [
    'a start cut short by a crash is done again',
    { observed: seen('starting') },
    off,
    {},
    { do: 'start', clean: false },
  ],
  [
    'GF11 a VM found alive after a restart is adopted',
    { observed: seen('starting') },
    up,
    {},
    { do: 'report', state: 'running', cause: null },
  ],
  ['a VM that runs as wanted needs nothing', {}, up, {}, { do: 'rest' }],
  [
    'what is to be said of a running VM is told once, and again when it changes',
    {},
    { ...up, note: { code: 'vm.image_waits', data: { nodes: ['pc-1'] } } },
    {},
    { do: 'report', state: 'running', cause: { code: 'vm.image_waits', data: { nodes: ['pc-1'] } } },
  ],
  [
    'what was said of it already is not said again',
    { observed: { ...seen('running'), cause: { code: 'vm.image_waits', data: { nodes: ['pc-1'] } } } },
    { ...up, note: { code: 'vm.image_waits', data: { nodes: ['pc-1'] } } },
    {},
    { do: 'rest' },
  ],
  [
    'other PCs that it waits for are news',
    { observed: { ...seen('running'), cause: { code: 'vm.image_waits', data: { nodes: ['pc-1'] } } } },
    { ...up, note: { code: 'vm.image_waits', data: { nodes: ['pc-2'] } } },
    {},
    { do: 'report', state: 'running', cause: { code: 'vm.image_waits', data: { nodes: ['pc-2'] } } },
  ],
  [
    'GF11 a VM that a node left standing in the middle of a move goes on',
    {},
    { ...up, state: 'paused' },
    {},
    { do: 'go-on' },
  ],
  ['a saved VM is resumed', { observed: seen('suspended', 2) }, saved, {}, { do: 'resume' }],
  [
    'a guest that shut itself down is off, not restarted',
    {},
    off,
    { lastEnd: { code: 'vm.guest_off', data: {} } },
    { do: 'report', state: 'stopped', cause: { code: 'vm.guest_off', data: {} } },
  ],
  [
    'a QEMU that died is a failure',
    {},
    off,
    { lastEnd: { code: 'vm.crashed', data: {} } },
    { do: 'report', state: 'failed', cause: { code: 'vm.crashed', data: {} } },
  ],
  [
    'GF14 a VM that died with its PC frees what it held',
    {},
    off,
    { pcRestarted: true },
    { do: 'report', state: 'stopped', cause: { code: 'vm.power_lost', data: {} } },
  ],
  [
    'a domain that somebody undefined is a failure with a name',
    {},
    null,
    {},
    { do: 'report', state: 'failed', cause: { code: 'vm.vanished', data: {} } },
  ],
  [
    'a guest paused on a full disk is tried again',
    {},
    { ...up, state: 'paused-io-error' },
    {},
    { do: 'continue' },
  ],
  [
    'V4 one that waits for bytes of its disk is reset all the same: it may need others then',
    { restart: { seq: 1, force: true } },
    { ...up, state: 'paused-io-error' },
    {},
    { do: 'reset' },
  ],
  [
    'V4 one that waits for bytes of its disk is asked to restart, and let go on until it has heard',
    { restart: { seq: 1, force: false } },
    { ...up, state: 'paused-io-error' },
    { rebootAsked: { seq: 1, at: 99_000 } },
    { do: 'continue' },
  ],
  [
    'V4 a guest that stands still, as a node fell that had paused it, goes on to hear that it is to stop',
    { desired: 'stopped' },
    { ...up, state: 'paused' },
    { stopAsked: { first: 90_000, last: 90_000 } },
    { do: 'go-on' },
  ],
  [
    'V4 a guest that was asked to stop and waits for its disk is let go on, to hear it',
    { desired: 'stopped' },
    { ...up, state: 'paused-io-error' },
    { stopAsked: { first: 90_000, last: 90_000 } },
    { do: 'continue' },
  ],
  ['a stop asks the guest first', { desired: 'stopped' }, up, {}, { do: 'ask-shutdown' }],
  [
    'a stop waits for the guest',
    { desired: 'stopped' },
    up,
    { stopAsked: { first: 99_000, last: 99_000 } },
    { do: 'rest' },
  ],
  [
    'a deaf guest is powered off after its grace',
    { desired: 'stopped' },
    up,
    { stopAsked: { first: 40_000, last: 99_000 } },
    { do: 'force-off' },
  ],
  [
    'a guest that still boots is asked again',
    { desired: 'stopped' },
    up,
    { stopAsked: { first: 90_000, last: 96_000 } },
    { do: 'ask-shutdown' },
  ],
  ['a forced stop does not ask', { desired: 'stopped', force: true }, up, {}, { do: 'force-off' }],
  [
    'a stop of a suspended VM drops its memory',
    { desired: 'stopped', observed: seen('suspended') },
    saved,
    {},
    { do: 'drop-save' },
  ],
  [
    'a clean lab loses its disks when it stops',
    { desired: 'stopped', persistent: false, observed: seen('stopping') },
    off,
    {},
    { do: 'discard-disks' },
  ],
  [
    'a stopped VM is reported once',
    { desired: 'stopped', observed: seen('stopping') },
    off,
    {},
    { do: 'report', state: 'stopped', cause: null },
  ],
  ['and then left alone', { desired: 'stopped', observed: seen('stopped') }, off, {}, { do: 'rest' }],
  ['a failure stays in sight', { desired: 'stopped', observed: seen('failed') }, off, {}, { do: 'rest' }],
  ['a suspend saves', { desired: 'suspended' }, up, {}, { do: 'suspend' }],
  [
    'a saved VM is reported suspended',
    { desired: 'suspended', observed: seen('suspending') },
    saved,
    {},
    { do: 'report', state: 'suspended', cause: null },
  ],
  [
    'a lost save is said, not hidden',
    { desired: 'suspended', observed: seen('suspended') },
    off,
    {},
    { do: 'report', state: 'stopped', cause: { code: 'vm.save_lost', data: {} } },
  ],
  ['a restart asks the guest', { restart: { seq: 1, force: false } }, up, {}, { do: 'ask-reboot' }],
  [
    'a restart waits for the guest',
    { restart: { seq: 1, force: false } },
    up,
    { rebootAsked: { seq: 1, at: 99_000 } },
    { do: 'rest' },
  ],
  [
    'a deaf guest is reset after its grace',
    { restart: { seq: 1, force: false } },
    up,
    { rebootAsked: { seq: 1, at: 1 } },
    { do: 'reset' },
  ],
  [
    'a restart that was seen is reported',
    { restart: { seq: 1, force: false } },
    up,
    { rebootAsked: { seq: 1, at: 1 }, rebootSeen: 1 },
    { do: 'report', state: 'running', cause: null },
  ],
  ['a forced restart presses the button', { restart: { seq: 1, force: true } }, up, {}, { do: 'reset' }],
  ['N8 a held VM is suspended', { held }, up, {}, { do: 'suspend' }],
  [
    'N8 a held VM that was saved is reported suspended',
    { held, observed: seen('suspending') },
    saved,
    {},
    { do: 'report', state: 'suspended', cause: null },
  ],
  ['N8 and then left alone', { held, observed: seen('suspended') }, saved, {}, { do: 'rest' }],
  [
    'N8 a VM held before it came up is not started',
    { held, observed: seen('starting') },
    null,
    {},
    { do: 'report', state: 'absent', cause: null },
  ],
  ['N8 and waits', { held, observed: seen('absent') }, null, {}, { do: 'rest' }],
  [
    'N8 a guest that shut itself down while held is off',
    { held },
    off,
    { lastEnd: { code: 'vm.guest_off', data: {} } },
    { do: 'report', state: 'stopped', cause: { code: 'vm.guest_off', data: {} } },
  ],
  [
    'N15 a VM that was let go on resumes',
    { epoch: 4, placement: { nodeId: NODE, epoch: 4, compute: true }, observed: seen('suspended') },
    saved,
    {},
    { do: 'resume' },
  ],
  [
    'a held VM that its owner stops is stopped',
    { held, desired: 'stopped', observed: seen('suspended') },
    saved,
    {},
    { do: 'drop-save' },
  ],
  ['a deletion removes', { desired: 'deleted' }, up, {}, { do: 'remove' }],
  ['a deletion whose domain is gone still reports', { desired: 'deleted' }, null, {}, { do: 'remove' }],
];

describe('decide', () => {
  test.each(cases)('%s', (_name, change, domain, memory, expected) => {
    expect(decide(vm(change), domain, { ...blank, ...memory }, moment)).toEqual(expected);
  });
});
