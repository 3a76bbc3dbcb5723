/** What the log says of publications on this PC: which disk is to become which version. Pure. */
import type { Manifest } from '../../images/index.ts';
import type { CloudState, Image, ImageVersion, Publishing, Vm } from '../../state/index.ts';

/** What is to be done, all from the log. */
export interface Publication {
  readonly vm: Vm;
  readonly publishing: Publishing;
  readonly image: Image;
  /** What the VM was made from. */
  readonly under: ImageVersion;
  /** The version under the disk; null: what it was made from is a CD, and the disk began empty. */
  readonly base: ImageVersion | null;
}

/** Null where the VM's disk is not to be published, or not by this PC. */
export function publicationOf(state: CloudState, nodeId: string, vmId: string): Publication | null {
  const { vm: vms, image: images, version } = state.tables;
  const vm = vms.get(vmId);
  const image = images.get(vm?.publishing?.imageId ?? '');
  const under = version.get(vm?.versionId ?? '');
  if (!vm?.publishing || !image || !under || vm.homeNodeId !== nodeId) return null;
  return { vm, publishing: vm.publishing, image, under, base: under.kind === 'disk' ? under : null };
}

/** Whether the VM's disk is still to become this version. */
export function isWanted(state: CloudState, vmId: string, versionId: string): boolean {
  return state.tables.vm.get(vmId)?.publishing?.versionId === versionId;
}

/** Whether the disk of any VM on this PC is to become this version. */
export function isBeingPublished(state: CloudState, nodeId: string, versionId: string): boolean {
  return state.tables.vm.by('disk', nodeId).some((vm) => vm.publishing?.versionId === versionId);
}

/** The number of an image's next version; versions of saved work count for themselves. */
export function nextNumber(state: CloudState, imageId: string): number {
  const others = state.tables.version.by('image', imageId);
  return Math.max(0, ...others.filter(({ vmId }) => vmId === null).map((one) => one.number)) + 1;
}

/** Nothing was changed. */
export function isSameDisk(one: Manifest, other: Manifest): boolean {
  return one.virtualBytes === other.virtualBytes && one.hashes.equals(other.hashes);
}
