/** Reads disks of VMs on this PC into versions: a frozen layer of one that runs, the whole of one that is off. */
import { LabmeshError, type Vm } from '../../state/index.ts';
import { problemOf } from '../agent/problem.ts';
import { Limiter } from '../limiter.ts';
import { diskBytes } from './disk-bytes.ts';
import type { WorkAgentParts } from './parts.ts';
import type { Saver, VersionFacts } from './saver.ts';

export class DiskReader {
  readonly #parts: Pick<WorkAgentParts, 'hypervisor' | 'fetch' | 'logger'>;
  readonly #saver: Saver;
  readonly #turns = new Limiter(1);

  constructor(parts: Pick<WorkAgentParts, 'hypervisor' | 'fetch' | 'logger'>, saver: Saver) {
    this.#parts = parts;
    this.#saver = saver;
  }

  /** One disk is read at a time: more only slow each other, and the guests, down. */
  inTurn<T>(read: () => Promise<T>): Promise<T> {
    return this.#turns.run(read);
  }

  /** Whether what the VM was made of is here: without it nobody knows what was changed. If not, it is asked for. */
  hasBase(vm: Vm): boolean {
    if (this.#saver.canCapture(vm)) return true;
    const { versionId } = vm;
    this.#parts
      .fetch(versionId)
      ?.catch((error: unknown) =>
        this.#parts.logger.info('work waits for its image', { versionId, ...problemOf(error) }),
      );
    return false;
  }

  async readRunning(vm: Vm, signal: AbortSignal): Promise<VersionFacts> {
    const frozen = await this.#parts.hypervisor.freezeDisk(vm.id);
    try {
      return await this.#saver.capture(vm, frozen, await diskBytes(frozen), signal);
    } finally {
      await this.thaw(vm.id);
    }
  }

  async readOff(vm: Vm, signal: AbortSignal): Promise<VersionFacts> {
    const { hypervisor } = this.#parts;
    await hypervisor.thawDisk(vm.id);
    const disk = await hypervisor.localDisk(vm.id);
    if (!disk || disk.layered) throw new LabmeshError('hypervisor.disk_busy', { vmId: vm.id });
    return await this.#saver.capture(vm, disk.file, await diskBytes(disk.file), signal);
  }

  /** Whoever wants a VM off gets it off, and what was read is not lost: the next look, or the next start, brings the layers together. */
  async thaw(vmId: string): Promise<void> {
    await this.#parts.hypervisor.thawDisk(vmId).catch((error: unknown) => {
      const why = problemOf(error);
      this.#parts.logger.warn('the layers of a disk could not be brought together yet', { vm: vmId, ...why });
    });
  }
}
