/** Copies of image versions on PCs: which count, how many there must be, which may go. One arithmetic for plan, reducers, agents and pages. */
import type { CloudState } from './cloud-state.ts';
import type { CopyFailure, Image, ImageVersion, Node, Operation } from './entities/index.ts';
import { setting } from './settings.ts';

const MINUTE_MS = 60_000;

/** Nobody wants a byte of it on this PC any more: it is forgotten, deleted everywhere, or here. */
export function isUnwanted(state: CloudState, versionId: string, nodeId: string): boolean {
  const version = state.tables.version.get(versionId);
  if (!version || version.leaving || version.leavingOn.includes(nodeId)) return true;
  return state.tables.image.get(version.imageId)?.state !== 'ready';
}

/** It is to be on this PC, is there, or a VM there needs it: what has arrived of it is kept. */
export function isNeededOn(state: CloudState, versionId: string, nodeId: string): boolean {
  const version = state.tables.version.get(versionId);
  if (!version || isUnwanted(state, versionId, nodeId)) return false;
  if (version.wantedOn.includes(nodeId) || version.nodeIds.includes(nodeId)) return true;
  // Saved work is needed where its VM starts from it.
  if (version.vmId !== null) return state.tables.vm.get(version.vmId)?.placement?.nodeId === nodeId;
  return usersThere(state, versionId, nodeId).length > 0;
}

/** A PC on which copies may be put: in service, and not emptied or taken out. Whether it answers now is another question. */
export function mayKeep(node: Node | undefined): boolean {
  return node?.state === 'ready';
}

/** A copy there keeps an image safe: the PC is up, or off for so short that it is waited for. */
function isSafe(state: CloudState, node: Node | undefined, now: number): boolean {
  if (!node || !mayKeep(node)) return false;
  if (node.reach.state === 'up') return true;
  // Who is lost has been out of reach for `node.lost_after` before that.
  const beforeMs = node.reach.state === 'lost' ? setting(state, 'node.lost_after') * 1000 : 0;
  const waitMs = setting(state, 'image.replace_minutes') * MINUTE_MS;
  return now < node.reach.since - beforeMs + waitMs;
}

/** The PCs whose copies count. */
export function safeHolders(state: CloudState, version: ImageVersion, now: number): string[] {
  const { node } = state.tables;
  return version.nodeIds.filter((id) => !version.leavingOn.includes(id) && isSafe(state, node.get(id), now));
}

/** How many PCs are to have it so that no single loss loses it; 0: nobody needs it. */
export function floorOf(state: CloudState, version: ImageVersion): number {
  if (version.leaving) return 0;
  if (version.vmId !== null) {
    const isNewest = state.tables.vm.get(version.vmId)?.work?.versionId === version.id;
    return isNewest ? setting(state, 'work.copies') : 0;
  }
  const image = state.tables.image.get(version.imageId);
  if (image?.state !== 'ready') return 0;
  const isNeeded =
    image.currentVersionId === version.id || state.tables.vm.countBy('version', version.id) > 0;
  // An older one is kept to go back to, wherever it happens to be.
  return isNeeded ? setting(state, 'image.copies') : 0;
}

/** How many PCs are to have it: what keeps it safe, and what people asked for. */
export function copiesOf(state: CloudState, version: ImageVersion): number {
  const image = state.tables.image.get(version.imageId);
  const isCurrent = image?.currentVersionId === version.id && !version.leaving;
  const asked = isCurrent && typeof image.deploy.copies === 'number' ? image.deploy.copies : 0;
  return Math.max(asked, floorOf(state, version));
}

/** VMs whose disks lie on this copy. */
export function usersThere(state: CloudState, versionId: string, nodeId: string): string[] {
  return state.tables.vm
    .by('version', versionId)
    .filter(
      (vm) =>
        vm.homeNodeId === nodeId ||
        vm.placement?.nodeId === nodeId ||
        vm.strays.some((one) => one.nodeId === nodeId),
    )
    .map(({ name }) => name);
}

/** Whether a PC may give up its copy now: no VM there needs it, and enough others have it. */
export function mayRelease(state: CloudState, version: ImageVersion, nodeId: string, now: number): boolean {
  if (!version.nodeIds.includes(nodeId) || usersThere(state, version.id, nodeId).length > 0) return false;
  if (!version.leavingOn.includes(nodeId) && version.wantedOn.includes(nodeId)) return false;
  const others = safeHolders(state, version, now).filter(
    (id) => id !== nodeId && state.tables.node.get(id)?.reach.state === 'up',
  );
  return others.length >= Math.max(1, copiesOf(state, version));
}

/** Old versions that nothing uses, beyond those kept to go back to (I10). */
export function surplusVersions(state: CloudState, image: Image): ImageVersion[] {
  if (image.state !== 'ready') return [];
  const { vm } = state.tables;
  return state.tables.version
    .by('image', image.id)
    .filter(({ vmId, leaving }) => vmId === null && !leaving)
    .sort((a, b) => b.number - a.number)
    .slice(setting(state, 'image.keep_versions'))
    .filter(({ id }) => id !== image.currentVersionId && vm.countBy('version', id) === 0);
}

/** How a deployment stands. */
export interface Deployment {
  /** PCs that have it, of `total` that are to have it. */
  readonly done: number;
  readonly total: number;
  /** PCs that the newest wish waits for: they fetch it, or delete it. */
  readonly coming: readonly string[];
  /** Of these the ones that cannot, for now; `away`: they do not answer. */
  readonly missing: readonly { readonly nodeId: string; readonly failure: CopyFailure | 'away' }[];
  /** Copies for which there is no PC. */
  readonly short: number;
}

/** Where the current version of an image is and where it is to be, as far as the plan has said, and how the newest wish stands. */
export function deploymentOf(state: CloudState, image: Image, now: number): Deployment {
  const version = state.tables.version.get(image.currentVersionId ?? '');
  if (!version) return { done: 0, total: 0, coming: [], missing: [], short: 0 };
  const { node } = state.tables;
  const holders = safeHolders(state, version, now);
  const lacking = version.wantedOn.filter((id) => !version.nodeIds.includes(id));
  const leaving = state.tables.version.by('image', image.id).flatMap(({ leavingOn }) => leavingOn);
  const coming: string[] = [];
  const missing: Deployment['missing'][number][] = [];
  const { awaited } = image.deploy;
  for (const nodeId of new Set([...lacking, ...leaving])) {
    if (awaited && !awaited.includes(nodeId)) continue;
    const failure = lacking.includes(nodeId) ? failureOn(version, nodeId) : undefined;
    if (node.get(nodeId)?.reach.state === 'lost') missing.push({ nodeId, failure: 'away' });
    else if (failure) missing.push({ nodeId, failure });
    else coming.push(nodeId);
  }
  const { copies } = image.deploy;
  const asked = awaited === undefined && typeof copies === 'number' ? copies : 0;
  const there = new Set([...holders, ...version.wantedOn]).size;
  const short = Math.max(0, asked - there);
  return { done: holders.length, total: there + short, coming, missing, short };
}

export function failureOn(version: ImageVersion, nodeId: string): CopyFailure | undefined {
  return version.failures.find((one) => one.nodeId === nodeId);
}

/** PCs that still have a byte of an image that is deleted. */
export function holdersOf(state: CloudState, imageId: string): string[] {
  return [...new Set(state.tables.version.by('image', imageId).flatMap(({ nodeIds }) => nodeIds))].sort();
}

/** Whether nothing can be waited for any more: every PC has answered, or is lost. */
export function isConcluded(state: CloudState, operation: Operation, now: number): boolean {
  const image = state.tables.image.get(operation.target.id);
  if (!image) return false;
  if (operation.kind === 'image.remove') {
    const { node } = state.tables;
    return holdersOf(state, image.id).every((id) => node.get(id)?.reach.state === 'lost');
  }
  return operation.kind === 'image.deploy' && deploymentOf(state, image, now).coming.length === 0;
}
