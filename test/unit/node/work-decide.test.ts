/** R2: what a disk on this PC is worth, held against the log. Every case by itself; whole histories are in `work-model`. */
import { expect, test } from 'bun:test';
import { type DiskStep, decideDisk } from '../../../src/node/work/decide.ts';
import type { Vm } from '../../../src/state/index.ts';
import { vmOf } from '../state/mesh.ts';
import { lab, NODE, running } from '../state/world.ts';

const world = lab();
const OTHER = 'other';
const work = { versionId: 'v', epoch: 4, at: 1, clean: true };
const stray = { nodeId: NODE, epoch: 4, at: 1 };
/** Since epoch 5 its disk is here; it has run since. */
const vm: Vm = { ...vmOf(world, running(world)), homeNodeId: NODE, homeSince: 5, ranEpoch: 5, strays: [] };
const away: Vm = { ...vm, homeNodeId: OTHER };
const nowhere: Vm = { ...vm, homeNodeId: null };
const disk = (since: number) => ({ since });

const CASES: [string, DiskStep, Vm, { since: number } | null][] = [
  ['the disk of this time', 'use', vm, disk(5)],
  ['one that is newer than this copy of the log', 'rest', vm, disk(6)],
  ['one that is newer than the log, of a VM that is elsewhere', 'rest', away, disk(6)],
  ['one of an earlier time here, where work is saved', 'restore', { ...vm, work }, disk(4)],
  ['one of an earlier time here, without saved work', 'fresh', vm, disk(4)],
  ['none yet, where work is saved', 'restore', { ...vm, work }, null],
  ['none yet, without saved work', 'fresh', vm, null],
  ['one that was left behind while this PC was lost', 'keep', { ...away, strays: [stray] }, disk(4)],
  ['one that was left behind, and the VM is to come back here', 'keep', { ...vm, strays: [stray] }, disk(4)],
  ['nothing, though something may have been left behind', 'gone', { ...away, strays: [stray] }, null],
  ['one that another PC left behind', 'remove', { ...away, strays: [{ ...stray, nodeId: OTHER }] }, disk(4)],
  ['none, of a VM that is elsewhere', 'rest', away, null],
  ['one that is out of date, and the VM has run elsewhere', 'remove', away, disk(4)],
  [
    'one that is out of date, and the VM has not run elsewhere yet',
    'rest',
    { ...away, ranEpoch: 4 },
    disk(4),
  ],
  ['one of a VM that waits for a place', 'rest', nowhere, disk(5)],
];

for (const [name, step, of, found] of CASES)
  test(`R2 V7 ${name}: ${step}`, () => {
    expect(decideDisk(of, NODE, found)).toBe(step);
  });
