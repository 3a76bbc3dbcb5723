/** From a VM's facts to the machine that this PC builds. */
import type { NbdBacking, VmSpec } from '../../hypervisor/index.ts';
import { type CloudState, type ImageVersion, LabmeshError, type Vm } from '../../state/index.ts';

const GIB = 2 ** 30;

/**
 * @param backingFile the version's raw file on this PC
 * @param nbd what to read it through while it is not whole; null: as it is
 * @throws LabmeshError `not_found` when the image, version or owner is gone
 */
export function vmSpec(
  state: CloudState,
  vm: Vm,
  version: ImageVersion,
  backingFile: string,
  nbd: NbdBacking | null = null,
): VmSpec {
  const image = state.tables.image.get(vm.imageId);
  const owner = state.tables.user.get(vm.ownerId);
  if (!image || !owner)
    throw new LabmeshError('not_found', { kind: image ? 'user' : 'image', id: vm.imageId });
  const spec: VmSpec = {
    vmId: vm.id,
    epoch: vm.epoch,
    name: vm.name,
    hostname: hostnameOf(vm.name, vm.id),
    vcpus: vm.vcpus,
    ramMiB: vm.ramMiB,
    // What is installed from an ISO goes to an empty disk.
    osDisk: {
      backingFile: version.kind === 'iso' ? null : backingFile,
      virtualBytes: osDiskBytes(vm, version),
      nbd,
    },
    dataDiskBytes: vm.dataDiskGiB * GIB,
    os: image.os,
    seed: { user: guestUser(owner.name), sshKeys: [...vm.sshKeys] },
  };
  return version.kind === 'iso' ? { ...spec, isoFile: backingFile } : spec;
}

/** Size of the disk that the guest boots from, bytes. */
export function osDiskBytes(vm: Pick<Vm, 'osDiskGiB'>, version: Pick<ImageVersion, 'virtualBytes'>): number {
  return Math.max(version.virtualBytes, vm.osDiskGiB * GIB);
}

/** An RFC 1123 label from a name for people: letters and digits of ASCII, else the end of the id. */
export function hostnameOf(name: string, id: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
  const label = plain
    .replace(/^-+|-+$/g, '')
    .slice(0, 63)
    .replace(/-+$/, '');
  return label || `vm-${id.slice(-8).toLowerCase()}`;
}

/** A Linux user name (useradd's rule: a letter first, 32 characters) from a sign-in name. */
export function guestUser(name: string): string {
  const plain = name.split('@')[0]?.replace(/[^a-z0-9_-]/g, '-') ?? '';
  const user = /^[a-z]/.test(plain) ? plain : `u${plain}`;
  // The system's own accounts are nobody's.
  return user === 'root' ? 'student' : user.slice(0, 32);
}
