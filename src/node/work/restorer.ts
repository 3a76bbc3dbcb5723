/** Makes a VM's disk on this PC be its newest, before it starts: the one that is here, one of saved work, or none. */
import { LabmeshError, type Vm } from '../../state/index.ts';
import { decideDisk } from './decide.ts';
import type { WorkAgentParts } from './parts.ts';

const SOON_MS = 500;

/** A disk on its way: settles when it is there, or rejects with why it cannot be. */
export interface Prepared {
  readonly ready: Promise<void>;
}

export class Restorer {
  readonly #parts: Pick<WorkAgentParts, 'nodeId' | 'machine' | 'hypervisor' | 'store' | 'fetch'>;
  #stopping = false;

  constructor(parts: Pick<WorkAgentParts, 'nodeId' | 'machine' | 'hypervisor' | 'store' | 'fetch'>) {
    this.#parts = parts;
  }

  /** Nobody is waited for any more. */
  stop(): void {
    this.#stopping = true;
  }

  /**
   * @param imageFile the file of the version that the VM was made of, which may still be on its way
   * @returns null: it is here
   */
  async prepare(vm: Vm, imageFile: string | null): Promise<Prepared | null> {
    if (!vm.persistent) return null;
    const { hypervisor, nodeId } = this.#parts;
    const disk = await hypervisor.localDisk(vm.id);
    const step = decideDisk(vm, nodeId, disk);
    if (step === 'use') return null;
    if (step === 'rest') return { ready: Bun.sleep(SOON_MS) };
    if (step === 'keep' || step === 'gone') return { ready: this.#untilPutAside(vm.id) };
    await hypervisor.removeVm(vm.id);
    if (step === 'restore') return { ready: this.#restore(vm, imageFile) };
    await hypervisor.diskFolder(vm.id);
    await hypervisor.markDisk(vm.id, vm.homeSince);
    return null;
  }

  /** What this PC had when it was lost is put aside before anything is made in its place: by the looks at it, which go on meanwhile. */
  async #untilPutAside(vmId: string): Promise<void> {
    const { machine, nodeId } = this.#parts;
    const isStray = () =>
      machine.state.tables.vm.get(vmId)?.strays.some((one) => one.nodeId === nodeId) === true;
    while (isStray() && !this.#stopping) await Bun.sleep(SOON_MS);
  }

  async #restore(vm: Vm, imageFile: string | null): Promise<void> {
    const { hypervisor, store, fetch, machine } = this.#parts;
    const versionId = vm.work?.versionId ?? '';
    await fetch(versionId);
    if (!store.isWhole(versionId))
      throw new LabmeshError('vm.work_out_of_reach', { name: vm.name, at: vm.work?.at ?? 0 });
    const isDisk = machine.state.tables.version.get(vm.versionId)?.kind !== 'iso';
    const below = isDisk && imageFile ? ({ name: imageFile, format: 'raw' } as const) : null;
    const target = await hypervisor.diskFolder(vm.id);
    // Marked first: a disk is whole when it is there at all, and one without a mark would be of nobody knows when.
    await hypervisor.markDisk(vm.id, vm.homeSince);
    await store.restoreWork({ versionId, target, below, virtualBytes: 0 });
  }
}
