/** Saved work (V7): told by the node that saved it, asked for by people, gone on from when its PC is lost. */
import * as z from 'zod';
import { claimFields, queued } from '../claims.ts';
import { type Context, refTo } from '../context.ts';
import { leaveVersion } from '../copies.ts';
import { define } from '../definition.ts';
import { endPublishing, renewEdit } from '../edits.ts';
import { type ImageVersion, newVersion, type RecoveredWork, type Vm } from '../entities/index.ts';
import { problemField } from '../fields.ts';
import { freeVmName, freshVm } from '../fresh-vm.ts';
import { idSchema } from '../ids.ts';
import { beginOperation, endOperation, recordDone, runningOn } from '../operations.ts';
import { needQuotaToOwn } from '../quota.ts';
import { Refusal } from '../refusals.ts';
import { setting } from '../settings.ts';
import { vmState } from '../vm-state.ts';
import { needOwnVm, putVm, refuseState } from '../vms.ts';
import { canRestore, isWorkCurrent, retireOldWork } from '../work.ts';
import { needHours, waitLimit } from './vm-create.ts';

/** Reading a disk's changes and telling: a large one on a slow disk takes minutes. */
const SAVE_LIMIT_MS = 30 * 60_000;
/** Recovered copies that a VM may have; with more, the disk stays where it is until its owner has looked at these. */
const MAX_RECOVERED = 8;
/** Copies travel within minutes; later nobody has room for them, or nobody is there. */
const ALONE_MS = 5 * 60_000;
/** What a disk at rest looks like to its node. */
const OFF = new Set(['stopped', 'failed']);

const versionFacts = {
  versionId: idSchema,
  manifestHash: z.string().regex(/^[0-9a-f]{64}$/),
  virtualBytes: z.int().positive(),
  /** Bytes of the chunks in which the disk differs from the version that the VM was made of. */
  storedBytes: z.int().min(0),
  chunks: z.int().min(0),
};

/**
 * The node that holds the VM's disk has a version of it, whole and durable, as it was at the moment `at`. `clean`: the VM was off, so the disk
 * holds nothing more. Believed from the newest epoch only (R2).
 * @throws Refusal `vm.stale_epoch`, `vm.wrong_state`
 */
export const vmSaved = define(
  z.object({
    id: idSchema,
    epoch: z.int().positive(),
    at: z.int().positive(),
    clean: z.boolean(),
    ...versionFacts,
  }),
  (context, { id, epoch, at, clean, ...facts }) => {
    const vm = needHolder(context, id, epoch);
    const target = refTo('vm', vm);
    if (vm.work?.versionId === facts.versionId) return { target };
    if (clean && !OFF.has(vm.observed.state)) refuseState(vm, 'save');
    if (!clean && vm.work?.epoch === epoch && vm.work.clean) refuseState(vm, 'save');
    putWorkVersion(context, vm, facts);
    // A PC's wrong clock must not date work into the future.
    const work = { versionId: facts.versionId, epoch, at: Math.min(at, context.now), clean };
    const saved: Vm = { ...vm, work, saveFailed: whyAlone(context, vm) };
    putVm(context, saved);
    if (saved.saveFailed && vm.saveFailed?.cause.code !== saved.saveFailed.cause.code)
      context.notify(vm.ownerId, 'vm.save_failed', { vm: vm.name, vmId: id, cause: saved.saveFailed.cause });
    retireOldWork(context, saved);
    endSave(context, id, null);
    return { target };
  },
);

/** What was saved a while ago is still on too few PCs: another loss would take all of it. */
function whyAlone(context: Context, { work, saveFailed }: Vm): Vm['saveFailed'] {
  const before = context.state.tables.version.get(work?.versionId ?? '');
  const wanted = setting(context.state, 'work.copies');
  if (!before || work === null || before.nodeIds.length >= wanted || context.now - work.at < ALONE_MS)
    return null;
  const cause = { code: 'vm.work_alone', data: { copies: before.nodeIds.length, wanted } };
  return { at: saveFailed?.cause.code === cause.code ? saveFailed.at : context.now, cause };
}

/** The node could not save it: its owner is told once, until it works again. */
export const vmSaveFailed = define(
  z.object({ id: idSchema, epoch: z.int().positive(), cause: problemField }),
  (context, { id, epoch, cause }) => {
    const vm = needHolder(context, id, epoch);
    endSave(context, id, cause);
    if (vm.saveFailed?.cause.code !== cause.code) {
      putVm(context, { ...vm, saveFailed: { at: context.now, cause } });
      context.notify(vm.ownerId, 'vm.save_failed', { vm: vm.name, vmId: id, cause });
    }
    return { target: refTo('vm', vm) };
  },
);

/** Asks for the work to be saved now. What is saved already is done at once. @throws Refusal `vm.wrong_state`, `vm.not_persistent` */
export const vmSave = define(z.object({ id: idSchema }), (context, { id }) => {
  const vm = needOwnVm(context, id);
  if (!vm.persistent) throw new Refusal('vm.not_persistent', { name: vm.name });
  const target = refTo('vm', vm);
  const running = runningOn(context, id);
  const same = running.find(({ kind }) => kind === 'vm.save');
  if (same) return { target, operationId: same.id };
  if (isWorkCurrent(vm)) return { target, operationId: recordDone(context, 'vm.save', target) };
  const state = vmState(vm);
  const isThere = state === 'running' || OFF.has(state);
  if (!isThere || vm.placement === null || running.length > 0) refuseState(vm, 'save');
  return { target, operationId: beginOperation(context, 'vm.save', target, SAVE_LIMIT_MS) };
});

/**
 * Its PC is lost: the VM starts elsewhere, from the newest saved work; one that starts clean each time, afresh. What the lost PC's disk may hold
 * beyond that is kept as a copy when the PC returns.
 * @throws Refusal `vm.node_not_lost`, `vm.nothing_saved`, `vm.work_out_of_reach`, and those of `vm.start`
 */
export const vmRecover = define(
  z.object({ id: idSchema, hours: z.number().optional(), ...claimFields }),
  (context, { id, hours, ...claim }) => {
    const vm = needOwnVm(context, id);
    if (vm.desired === 'deleted') refuseState(vm, 'recover');
    const nodeId = vm.placement?.nodeId ?? vm.homeNodeId;
    const node = context.state.tables.node.get(nodeId ?? '');
    if (!node || (node.state !== 'retired' && node.reach.state !== 'lost'))
      throw new Refusal('vm.node_not_lost', { name: vm.name, node: node?.name ?? '' });
    if (vm.persistent) needRestorable(context, vm);
    const leaseHours = hours ?? vm.leaseHours;
    needHours(context, leaseHours);
    // Its disk was being read where it was lost; an image that is changed in it goes on being changed elsewhere.
    endPublishing(context, vm, 'cancelled', null);
    renewEdit(context, vm);
    const recovered: Vm = {
      ...vm,
      publishing: null,
      desired: 'running',
      force: false,
      placement: null,
      homeNodeId: null,
      held: null,
      observed: {
        ...vm.observed,
        epoch: vm.epoch,
        state: 'absent',
        cause: null,
        since: context.now,
        ip: null,
      },
      strays: isWorkCurrent(vm) || !vm.persistent ? vm.strays : withStray(context, vm, node.id),
      leaseHours,
      leaseEndsAt: null,
      preemptAt: null,
      connectedAt: null,
      usedAt: null,
      queuedAt: context.now,
    };
    putVm(context, queued(context, recovered, context.need('user', vm.ownerId), claim));
    const target = refTo('vm', vm);
    return { target, operationId: beginOperation(context, 'vm.start', target, waitLimit(context.state)) };
  },
);

/** A PC that had been lost is back, and what its disk held is kept as a version beside the saved work, never merged into it (V9). */
export const vmRecovered = define(
  z.object({ id: idSchema, ...versionFacts }),
  (context, { id, ...facts }) => {
    const nodeId = context.needNode();
    const vm = context.need('vm', id);
    const target = refTo('vm', vm);
    if (vm.recovered.some(({ versionId }) => versionId === facts.versionId)) return { target };
    const stray = vm.strays.find((one) => one.nodeId === nodeId);
    if (!stray) throw new Refusal('vm.stale_epoch', { vm: vm.name, epoch: 0, current: vm.epoch });
    if (vm.recovered.length >= MAX_RECOVERED)
      throw new Refusal('vm.too_many_recovered', { name: vm.name, limit: MAX_RECOVERED });
    putWorkVersion(context, vm, facts);
    const copy: RecoveredWork = {
      versionId: facts.versionId,
      nodeId,
      epoch: stray.epoch,
      lostAt: stray.at,
      at: context.now,
    };
    const strays = vm.strays.filter((one) => one !== stray);
    putVm(context, { ...vm, strays, recovered: [...vm.recovered, copy] });
    const node = context.state.tables.node.get(nodeId)?.name ?? nodeId;
    context.notify(vm.ownerId, 'vm.recovered', { vm: vm.name, vmId: id, node });
    return { target };
  },
);

/** A PC that had been lost is back and has nothing of the VM. */
export const vmStrayGone = define(z.object({ id: idSchema }), (context, { id }) => {
  const nodeId = context.needNode();
  const vm = context.need('vm', id);
  putVm(context, { ...vm, strays: vm.strays.filter((one) => one.nodeId !== nodeId) });
  return { target: refTo('vm', vm) };
});

/** Deletes a recovered copy. @throws Refusal `not_found` */
export const vmDropRecovered = define(
  z.object({ id: idSchema, versionId: idSchema }),
  (context, { id, versionId }) => {
    const vm = needOwnVm(context, id);
    if (!vm.recovered.some((one) => one.versionId === versionId))
      throw new Refusal('not_found', { kind: 'version', id: versionId });
    putVm(context, { ...vm, recovered: vm.recovered.filter((one) => one.versionId !== versionId) });
    const version = context.state.tables.version.get(versionId);
    if (version) leaveVersion(context, version);
    return { target: refTo('vm', vm) };
  },
);

/**
 * Makes a recovered copy a VM of its own, off, whose saved work it is: its owner looks into it and takes out what is wanted.
 * @throws Refusal `not_found`, `quota.vms`, `quota.disk`
 */
export const vmOpenRecovered = define(
  z.object({ id: idSchema, versionId: idSchema, newId: idSchema }),
  (context, { id, versionId, newId }) => {
    const { state } = context;
    const vm = needOwnVm(context, id);
    const copy = vm.recovered.find((one) => one.versionId === versionId);
    const version = state.tables.version.get(versionId);
    if (!copy || !version) throw new Refusal('not_found', { kind: 'version', id: versionId });
    const owner = context.need('user', vm.ownerId);
    const {
      versionId: of,
      ownerId,
      courseId,
      imageId,
      sizeId,
      vcpus,
      ramMiB,
      osDiskGiB,
      dataDiskGiB,
      sshKeys,
    } = vm;
    const facts = {
      ownerId,
      courseId,
      imageId,
      versionId: of,
      sizeId,
      vcpus,
      ramMiB,
      osDiskGiB,
      dataDiskGiB,
      sshKeys,
    };
    const name = freeVmName(state, owner.id, vm.name);
    const fresh = freshVm(context.now, {
      ...facts,
      id: newId,
      name,
      persistent: true,
      pinnedNodeId: null,
      leaseHours: vm.leaseHours,
    });
    const work = { versionId, epoch: 0, at: copy.lostAt, clean: true };
    const made: Vm = { ...fresh, desired: 'stopped', work };
    needQuotaToOwn(state, owner, made);
    putVm(context, made);
    putVm(context, { ...vm, recovered: vm.recovered.filter((one) => one !== copy) });
    context.put('version', { ...version, vmId: newId });
    return { target: refTo('vm', made) };
  },
);

/** The VM whose newest disk the author holds in this epoch. One that waits for a place still has its disk where it was. */
function needHolder(context: Context, id: string, epoch: number): Vm {
  const nodeId = context.needNode();
  const vm = context.need('vm', id);
  const holder = vm.placement?.nodeId ?? vm.homeNodeId;
  const isCurrent = vm.epoch === epoch && vm.observed.epoch === epoch && holder === nodeId;
  if (!isCurrent || vm.homeNodeId !== nodeId)
    throw new Refusal('vm.stale_epoch', { vm: vm.name, epoch, current: vm.epoch });
  if (!vm.persistent || vm.desired === 'deleted') refuseState(vm, 'save');
  return vm;
}

function needRestorable(context: Context, vm: Vm): void {
  if (vm.work === null) throw new Refusal('vm.nothing_saved', { name: vm.name });
  if (!canRestore(context.state, vm))
    throw new Refusal('vm.work_out_of_reach', { name: vm.name, at: vm.work.at });
}

function withStray(context: Context, vm: Vm, nodeId: string): Vm['strays'] {
  const others = vm.strays.filter((one) => one.nodeId !== nodeId);
  if (context.state.tables.node.get(nodeId)?.state === 'retired') return others;
  return [...others, { nodeId, epoch: vm.epoch, at: context.now }];
}

function putWorkVersion(
  context: Context,
  vm: Vm,
  facts: Pick<ImageVersion, 'manifestHash' | 'virtualBytes' | 'storedBytes' | 'chunks'> & {
    versionId: string;
  },
): void {
  const { versionId, ...rest } = facts;
  if (context.state.tables.version.get(versionId)) refuseState(vm, 'save');
  const before = context.state.tables.version.by('vm', vm.id).map(({ number }) => number);
  context.put('version', {
    ...newVersion,
    ...rest,
    id: versionId,
    imageId: vm.imageId,
    kind: 'work',
    number: Math.max(0, ...before) + 1,
    authorId: vm.ownerId,
    nodeIds: [context.needNode()],
    createdAt: context.now,
    parentId: vm.versionId,
    newBytes: facts.storedBytes,
    vmId: vm.id,
  });
}

function endSave(context: Context, vmId: string, cause: z.output<typeof problemField> | null): void {
  for (const operation of runningOn(context, vmId))
    if (operation.kind === 'vm.save') endOperation(context, operation, cause ? 'failed' : 'done', cause);
}
