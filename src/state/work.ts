/** Saved work of persistent VMs (V7): when it is all that there is of a disk, where a VM may therefore start, and which versions may go. */
import type { CloudState } from './cloud-state.ts';
import type { Context } from './context.ts';
import { leaveVersion } from './copies.ts';
import type { ImageVersion, Node, Vm } from './entities/index.ts';
import { setting } from './settings.ts';

/**
 * True when the saved work is the newest state of the disk that exists anywhere: it was saved after the VM had stopped, and no node has begun
 * to use the disk since. A node says so before it does (`vm.observe`), so a place that was granted and never used changes nothing.
 */
export function isWorkCurrent({ persistent, work, ranEpoch }: Vm): boolean {
  return persistent && work?.clean === true && work.epoch >= ranEpoch;
}

/** A VM at rest whose disk is all in its saved work: that its PC is away is nobody's trouble. */
export function restsInWork(vm: Vm): boolean {
  const { desired, observed } = vm;
  const isOff = observed.state === 'stopped' || observed.state === 'failed' || observed.state === 'absent';
  return desired === 'stopped' && observed.epoch === vm.epoch && isOff && isWorkCurrent(vm);
}

/** True when the VM can start from its saved work on any PC: somebody in reach has it, and somebody the version it was made of. */
export function roams(state: CloudState, vm: Vm): boolean {
  return isWorkCurrent(vm) && canRestore(state, vm);
}

/** True when what was saved of the VM can be had now. */
export function canRestore(state: CloudState, vm: Vm): boolean {
  const { version } = state.tables;
  return (
    isInReach(state, version.get(vm.work?.versionId ?? '')) && isInReach(state, version.get(vm.versionId))
  );
}

function isInReach({ tables }: CloudState, version: ImageVersion | undefined): boolean {
  if (!version || version.leaving) return false;
  return version.nodeIds.some((id) => isUp(tables.node.get(id)));
}

function isUp(node: Node | undefined): boolean {
  return node !== undefined && node.state !== 'retired' && node.reach.state === 'up';
}

/** The only node on which the VM may start: where an admin pinned it, or where the newest state of its disk lies. Null: any. */
export function onlyNode(state: CloudState, vm: Vm): string | null {
  if (vm.homeNodeId === null || roams(state, vm)) return vm.pinnedNodeId;
  return vm.homeNodeId;
}

function takesCopies(node: Node): boolean {
  return node.state === 'ready' && node.reach.state === 'up' && node.hostProblem === null;
}

/** Copies that saved work is to have: as the setting says, or on every PC that there is. */
function workCopies(state: CloudState): number {
  const { node } = state.tables;
  return Math.max(1, Math.min(setting(state, 'work.copies'), node.all().filter(takesCopies).length));
}

/**
 * Older saved work goes once the newest is safe. Until then the newest that is safe stays beside it: no more than the two, however long a
 * second PC is missing.
 */
export function retireOldWork(context: Context, vm: Vm): void {
  const { state } = context;
  const newest = state.tables.version.get(vm.work?.versionId ?? '');
  if (!newest) return;
  const kept = new Set([newest.id, ...vm.recovered.map(({ versionId }) => versionId)]);
  const older = state.tables.version.by('vm', vm.id).filter((one) => !kept.has(one.id) && !one.leaving);
  const isSafe = newest.nodeIds.length >= workCopies(state);
  if (vm.saveFailed?.cause.code === 'vm.work_alone' && newest.nodeIds.length >= setting(state, 'work.copies'))
    context.put('vm', { ...vm, saveFailed: null });
  const [spare] = isSafe ? [] : older.toSorted(bySafety);
  for (const one of older) if (one !== spare) leaveVersion(context, one);
}

/** Most copies first, then the newest. */
function bySafety(a: ImageVersion, b: ImageVersion): number {
  return b.nodeIds.length - a.nodeIds.length || b.number - a.number;
}

/** The VM is gone for good, and what was saved of it with it. */
export function leaveWork(context: Context, vmId: string): void {
  for (const one of context.state.tables.version.by('vm', vmId)) if (!one.leaving) leaveVersion(context, one);
}
