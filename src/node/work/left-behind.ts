/** Disks that this PC still has of VMs that went on elsewhere while it was lost (V9): kept as copies, once their guests are off. */
import type { DomainInfo, LocalDisk } from '../../hypervisor/index.ts';
import { setting, type Vm } from '../../state/index.ts';
import type { DiskReader } from './disk-reader.ts';
import type { WorkAgentParts } from './parts.ts';
import type { Saver } from './saver.ts';
import { RETRY_MS } from './when.ts';

export class LeftBehind {
  readonly #parts: WorkAgentParts;
  readonly #reader: DiskReader;
  readonly #saver: Saver;
  /** When a disk was last tried to be kept. */
  readonly #tried = new Map<string, number>();
  /** When a guest was first asked to shut down. */
  readonly #asked = new Map<string, number>();

  constructor(parts: WorkAgentParts, reader: DiskReader, saver: Saver) {
    this.#parts = parts;
    this.#reader = reader;
    this.#saver = saver;
  }

  /** Puts aside what this PC still has of the VM, and then lets it go. */
  async keep(vm: Vm, disk: LocalDisk, domain: DomainInfo | undefined): Promise<void> {
    const { hypervisor, now, logger } = this.#parts;
    if (!(await this.#isQuiet(vm, domain)) || !this.#reader.hasBase(vm)) return;
    const tried = this.#tried.get(vm.id);
    if (tried !== undefined && now() - tried < RETRY_MS) return;
    this.#tried.set(vm.id, now());
    const facts = await this.#reader.inTurn(() => this.#reader.readOff(vm, new AbortController().signal));
    logger.info('a disk that was left behind is kept as a copy', { vm: vm.id, since: disk.since });
    if (!(await this.#saver.recovered({ id: vm.id, ...facts }))) return;
    this.#tried.delete(vm.id);
    await hypervisor.removeVm(vm.id);
  }

  /** A lab that starts clean and went on elsewhere: nothing of it is kept. */
  async dropClean(vm: Vm, disk: LocalDisk | null, domain: DomainInfo | undefined): Promise<void> {
    const { nodeId, hypervisor } = this.#parts;
    const isElsewhere = vm.placement !== null && vm.placement.nodeId !== nodeId && vm.homeNodeId !== nodeId;
    // A domain of a newer place than this copy of the log knows of is not out of date: the copy is.
    if (!isElsewhere || (domain?.epoch ?? 0) >= vm.epoch || (!disk && !domain)) return;
    await hypervisor.removeVm(vm.id);
  }

  /** Asks a guest that is out of date to shut down, and cuts its power when its time is over. True when it is off. */
  async #isQuiet(vm: Vm, domain: DomainInfo | undefined): Promise<boolean> {
    const { hypervisor, machine, now } = this.#parts;
    if (!domain || domain.state === 'off' || domain.state === 'crashed') {
      this.#asked.delete(vm.id);
      // What its memory held cannot go on: the VM went on without it.
      if (domain?.hasSave) await hypervisor.forceOffVm(vm.id);
      return true;
    }
    const asked = this.#asked.get(vm.id) ?? now();
    this.#asked.set(vm.id, asked);
    const graceMs = setting(machine.state, 'vm.stop_grace') * 1000;
    if (now() - asked >= graceMs || domain.state !== 'running') await hypervisor.forceOffVm(vm.id);
    else await hypervisor.shutdownVm(vm.id);
    return false;
  }
}
