/** Bringing VMs up: what a start needs is brought here first, while the agent looks after others. */
import { LabmeshError, type NodeProblem, setting, type Vm } from '../../state/index.ts';
import { Limiter } from '../limiter.ts';
import type { Memories } from './memory.ts';
import type { VmAgentParts } from './parts.ts';
import { problemOf, stackOf } from './problem.ts';
import type { Reports } from './reports.ts';
import { vmSpec } from './spec.ts';
import type { StreamWatch } from './stream-watch.ts';

/** Starts at once: two keep a PC's disk and cores busy, more only slow each other down. */
const STARTS_AT_ONCE = 2;
/** How often within the time of a start the log is told that its image still comes: two may be lost. */
const TOLD_PER_TIMEOUT = 3;

export interface StartTools {
  readonly reports: Reports;
  readonly memories: Memories;
  readonly watch: StreamWatch | null;
  /** Has the VM looked at again. */
  readonly poke: (vmId: string) => void;
}

export class Starts {
  readonly #parts: VmAgentParts;
  readonly #tools: StartTools;
  readonly #reports: Reports;
  readonly #limit = new Limiter(STARTS_AT_ONCE);
  /** VMs whose image is on its way here, and when the log was told last. */
  readonly #fetching = new Map<string, number>();
  /** The same for those whose own work is on its way here. */
  readonly #preparing = new Map<string, number>();

  constructor(parts: VmAgentParts, tools: StartTools) {
    this.#parts = parts;
    this.#tools = tools;
    this.#reports = tools.reports;
  }

  /** Starts it once its image and its own work are here; true when it is worth looking again at once. */
  async start(vm: Vm, clean: boolean): Promise<boolean> {
    if (!(await this.#hasImage(vm))) return false;
    return await this.#bringUp(vm, 'starting', () => this.#build(vm, clean));
  }

  /** Goes on from saved memory; true when it is worth looking again at once. */
  async resume(vm: Vm): Promise<boolean> {
    return await this.#bringUp(vm, 'resuming', () => this.#build(vm, false));
  }

  /** Starts or resumes within the limit, and reports how that ended. */
  async #bringUp(vm: Vm, state: 'starting' | 'resuming', work: () => Promise<void>): Promise<boolean> {
    if (!(await this.#reports.observe(vm, state, null))) return false;
    try {
      await this.#limit.run(async () => {
        this.#tools.memories.noteStarting(vm.id);
        this.#tools.watch?.forget(vm.id);
        await work();
        await this.#parts.hypervisor.startVm(vm.id);
      });
      return true;
    } catch (error) {
      const cause = problemOf(error);
      // libvirt went away: nothing failed yet, the next look goes on when it is back (or the deadline ends it).
      if (this.#parts.hypervisor.status().state !== 'ready') return false;
      this.#parts.logger.warn('a VM did not start', { vm: vm.id, ...cause, ...stackOf(error) });
      await this.#reports.observe(vm, 'failed', cause);
      return false;
    }
  }

  /** Whether a start can begin. Where others have the image it is brought here first, while the agent looks after other things. */
  async #hasImage(vm: Vm): Promise<boolean> {
    if (this.#canStream(vm)) return await this.#hasWork(vm);
    if (this.#fetching.has(vm.id)) {
      await this.#stillFetching(vm, this.#fetching);
      return false;
    }
    if (this.#parts.backingFile(vm.versionId) !== null) return await this.#hasWork(vm);
    const fetching = this.#parts.fetchImage?.(vm.versionId) ?? null;
    if (fetching === null) return true; // `#build` says that it is nowhere
    this.#parts.stream?.prepare();
    return await this.#waitFor(vm, fetching, this.#fetching);
  }

  /** Whether its own work is in a disk here. Where it is not it is brought here, before anything of the image is started. */
  async #hasWork(vm: Vm): Promise<boolean> {
    if (this.#preparing.has(vm.id)) {
      await this.#stillFetching(vm, this.#preparing);
      return false;
    }
    try {
      const coming = (await this.#parts.work?.prepare(vm, this.#fileBelow(vm))) ?? null;
      return coming === null || (await this.#waitFor(vm, coming.ready, this.#preparing));
    } catch (error) {
      await this.#reports.observe(vm, 'failed', problemOf(error));
      return false;
    }
  }

  /** A disk can be read while it comes. An ISO is a drive's medium: it is waited for. */
  #canStream(vm: Vm): boolean {
    const { machine, stream } = this.#parts;
    const isDisk = machine.state.tables.version.get(vm.versionId)?.kind === 'disk';
    return isDisk && (stream?.flows(vm.versionId) ?? false);
  }

  /** Its image's file, which may still be on its way. */
  #fileBelow({ versionId }: Vm): string | null {
    return this.#parts.backingFile(versionId) ?? this.#parts.stream?.partialFile(versionId) ?? null;
  }

  /** False: not yet. The agent looks again when it has come. */
  async #waitFor(vm: Vm, coming: Promise<void>, list: Map<string, number>): Promise<false> {
    list.set(vm.id, this.#parts.now());
    const ended = coming.then(() => null, problemOf);
    const isTold = vm.observed.state === 'fetching' && vm.observed.epoch === vm.placement?.epoch;
    if (!isTold) await this.#reports.observe(vm, 'fetching', null);
    void ended.then((cause) => this.#fetchEnded(vm.id, cause, list));
    return false;
  }

  /** Tells the log that the image still comes, long before it gives the start up: what a transfer takes is not the start's time. */
  async #stillFetching(vm: Vm, list: Map<string, number>): Promise<void> {
    const { machine, now } = this.#parts;
    const everyMs = (setting(machine.state, 'vm.start_timeout') * 1000) / TOLD_PER_TIMEOUT;
    if (now() - (list.get(vm.id) ?? 0) < everyMs) return;
    if (await this.#reports.observe(vm, 'fetching', null)) list.set(vm.id, now());
  }

  async #fetchEnded(vmId: string, cause: NodeProblem | null, list: Map<string, number>): Promise<void> {
    list.delete(vmId);
    const vm = this.#parts.machine.state.tables.vm.get(vmId);
    const isWaiting = vm?.placement?.nodeId === this.#parts.nodeId && vm.observed.state === 'fetching';
    // A cancelled transfer is no failure of the VM: this node stops, or nobody wants the image.
    if (vm && isWaiting && vm.desired === 'running' && cause !== null && cause.code !== 'images.cancelled')
      await this.#reports.observe(vm, 'failed', cause);
    this.#tools.poke(vmId);
  }

  async #build(vm: Vm, clean: boolean): Promise<void> {
    const { machine, hypervisor, backingFile, stream } = this.#parts;
    const version = machine.state.tables.version.get(vm.versionId);
    const whole = backingFile(vm.versionId);
    const file = whole ?? (version?.kind === 'disk' && stream ? stream.partialFile(vm.versionId) : null);
    const image = machine.state.tables.image.get(vm.imageId);
    if (!version || !file) throw new LabmeshError('vm.image_not_here', { image: image?.name ?? vm.imageId });
    if (clean) await hypervisor.removeVm(vm.id);
    const nbd = whole === null ? (stream?.servedAs(vm.versionId) ?? null) : null;
    await hypervisor.ensureCreated(vmSpec(machine.state, vm, version, file, nbd));
    // Also one that was suspended before its image was whole.
    if (await hypervisor.isStreamed(vm.id)) await stream?.open(vm.versionId);
  }
}
