/**
 * The agent for saved work (V7, V9): saves the disks of persistent VMs here, makes disks of saved work for VMs that start here, and puts aside
 * what a PC that had been lost still has. Like the agent of VMs it looks, takes a step, and looks again; what it remembers may be lost.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DomainInfo, Hypervisor, LocalDisk } from '../../hypervisor/index.ts';
import type { ImageStore } from '../../images/index.ts';
import { type CloudMachine, isUlid, LabmeshError, type Logger, setting, type Vm } from '../../state/index.ts';
import { problemOf } from '../agent/problem.ts';
import type { Submit } from '../door.ts';
import { Limiter } from '../limiter.ts';
import { SingleFlight } from '../single-flight.ts';
import { decideDisk } from './decide.ts';
import { diskBytes } from './disk-bytes.ts';
import { PendingVersions } from './pending.ts';
import { Saver } from './saver.ts';
import { type LastSave, RETRY_MS, type SaveMoment, type WhySave, whySave } from './when.ts';

const TICK_MS = 5000;
const MINUTE_MS = 60_000;
const SOON_MS = 500;
/** The node's end waits so long for a disk to be one file again; else the next start sees to it. */
const END_MS = 20_000;

export interface WorkAgentParts {
  readonly nodeId: string;
  readonly dataDir: string;
  readonly machine: CloudMachine;
  readonly submit: Submit;
  readonly hypervisor: Pick<
    Hypervisor,
    | 'status'
    | 'domains'
    | 'localDisk'
    | 'markDisk'
    | 'diskFolder'
    | 'freezeDisk'
    | 'thawDisk'
    | 'removeVm'
    | 'forceOffVm'
    | 'shutdownVm'
    | 'statsAll'
  >;
  readonly store: ImageStore;
  /** Brings a version here; null when it is here, or nobody has it. */
  readonly fetch: (versionId: string) => Promise<void> | null;
  readonly newId: () => string;
  readonly now: () => number;
  readonly logger: Logger;
}

/** A disk on its way: settles when it is there, or rejects with why it cannot be. */
export interface Prepared {
  readonly ready: Promise<void>;
}

interface Save {
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

export class WorkAgent {
  readonly #parts: WorkAgentParts;
  readonly #saver: Saver;
  readonly #flight: SingleFlight;
  /** One disk is read at a time: more only slow each other, and the guests, down. */
  readonly #reading = new Limiter(1);
  readonly #saves = new Map<string, Save>();
  /** When a save was last tried, and what the guest had written by then. */
  readonly #last = new Map<string, LastSave>();
  /** When somebody else last asked for the disk: what follows is soon in the log. */
  readonly #letGo = new Map<string, number>();
  /** When a stray guest was first asked to shut down. */
  readonly #asked = new Map<string, number>();
  readonly #cleanups: (() => void)[] = [];
  #stopping = false;

  constructor(parts: WorkAgentParts) {
    this.#parts = parts;
    this.#saver = new Saver({ ...parts, pending: new PendingVersions(parts.dataDir) });
    this.#flight = new SingleFlight(
      (vmId) => this.#look(vmId),
      (vmId, error) => parts.logger.warn('a step about saved work failed', { vm: vmId, ...problemOf(error) }),
    );
  }

  start(): void {
    const { machine } = this.#parts;
    this.#cleanups.push(
      machine.onApplied(({ changes }) => {
        for (const change of changes) {
          if (change.kind === 'vm') this.#flight.poke(change.id);
          if (change.kind === 'operation' && change.after?.kind === 'vm.save')
            this.#flight.poke(change.after.target.id);
        }
      }),
    );
    const timer = setInterval(() => void this.#lookAtAll(), TICK_MS);
    this.#cleanups.push(() => clearInterval(timer));
    void this.#lookAtAll();
  }

  /** Ends what is under way; a disk that is frozen is brought together by the next start. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
    this.#saver.stop();
    for (const { abort } of this.#saves.values()) abort.abort();
    await Promise.race([Promise.all([...this.#saves.values()].map(({ done }) => done)), Bun.sleep(END_MS)]);
    await this.#flight.stop();
  }

  /** Before the VM is stopped, suspended, started or removed: a save under way ends, and its disk is one file again. */
  async letGo(vmId: string): Promise<void> {
    this.#letGo.set(vmId, this.#parts.now());
    const save = this.#saves.get(vmId);
    save?.abort.abort();
    await save?.done;
    await this.#thaw(vmId);
  }

  /**
   * Makes the VM's newest disk be here, before its start.
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

  async #lookAtAll(): Promise<void> {
    const { machine, nodeId, dataDir } = this.#parts;
    const here = await readdir(join(dataDir, 'vms')).catch(() => []);
    const strays = machine.state.tables.vm
      .all()
      .filter(({ strays }) => strays.some((one) => one.nodeId === nodeId));
    const ids = [
      ...here.filter(isUlid),
      ...strays.map(({ id }) => id),
      ...machine.state.tables.vm.idsBy('node', nodeId),
    ];
    for (const id of new Set(ids)) this.#flight.poke(id);
    if (this.#saves.size === 0) await this.#saver.sweep();
  }

  async #look(vmId: string): Promise<void> {
    const { machine, hypervisor, nodeId } = this.#parts;
    const vm = machine.state.tables.vm.get(vmId);
    if (!vm || hypervisor.status().state !== 'ready' || this.#saves.has(vmId)) return;
    const disk = await hypervisor.localDisk(vmId);
    const domain = (await hypervisor.domains()).find((one) => one.vmId === vmId && one.owner === 'ours');
    if (!vm.persistent) return this.#lookAtClean(vm, disk, domain);
    switch (decideDisk(vm, nodeId, disk)) {
      case 'use':
        // Left over from a node that fell while it read the disk.
        if (disk?.layered && domain?.state === 'running') await this.#thaw(vmId);
        if (disk) await this.#considerSave(vm, disk, domain);
        return;
      case 'keep':
        if (disk && (await this.#isQuiet(vm, domain))) await this.#keep(vm, disk);
        return;
      case 'gone':
        await this.#saver.strayGone(vmId);
        return;
      case 'remove':
        await hypervisor.removeVm(vmId);
        return;
      default:
    }
  }

  /** A lab that starts clean and went on elsewhere while this PC was lost. */
  async #lookAtClean(vm: Vm, disk: LocalDisk | null, domain: DomainInfo | undefined): Promise<void> {
    const { nodeId, hypervisor } = this.#parts;
    const isElsewhere = vm.placement !== null && vm.placement.nodeId !== nodeId && vm.homeNodeId !== nodeId;
    // A domain of a newer place than this copy of the log knows of is not out of date: the copy is.
    if (!isElsewhere || (domain?.epoch ?? 0) >= vm.epoch || (!disk && !domain)) return;
    await hypervisor.removeVm(vm.id);
  }

  async #considerSave(vm: Vm, disk: LocalDisk, domain: DomainInfo | undefined): Promise<void> {
    const last = this.#last.get(vm.id);
    const why = whySave(vm, domain, last, this.#moment(vm));
    if (why === null) return;
    if (!this.#saver.canCapture(vm)) return this.#bringBase(vm);
    if (await this.#isStreamed(vm.id, disk)) return;
    const written = await this.#written(vm.id);
    if (why === 'due' && written === last?.written) return;
    const abort = new AbortController();
    const done = this.#reading
      .run(() => this.#save(vm, why, written, abort.signal))
      .catch((error: unknown) =>
        this.#parts.logger.warn('work was not saved', { vm: vm.id, ...problemOf(error) }),
      )
      .finally(() => {
        this.#saves.delete(vm.id);
        this.#flight.poke(vm.id);
      });
    this.#saves.set(vm.id, { abort, done });
  }

  #moment({ id }: Vm): SaveMoment {
    const { machine, nodeId, now } = this.#parts;
    const { operation } = machine.state.tables;
    return {
      nodeId,
      now: now(),
      everyMs: setting(machine.state, 'work.every_minutes') * MINUTE_MS,
      isAsked: operation
        .by('target', id)
        .some(({ kind, state }) => kind === 'vm.save' && state === 'running'),
      letGoAt: this.#letGo.get(id) ?? 0,
    };
  }

  async #save(vm: Vm, why: WhySave, written: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const at = this.#parts.now();
    const note = (failed: boolean) =>
      this.#last.set(vm.id, { at, written, failed, since: failed ? 0 : vm.observed.since });
    const runs = why === 'asked' || why === 'due';
    try {
      const facts = runs ? await this.#captureRunning(vm, signal) : await this.#captureOff(vm, signal);
      note(false);
      await this.#saver.saved({ id: vm.id, epoch: vm.epoch, at, clean: why === 'off', ...facts });
    } catch (error) {
      if (signal.aborted) return;
      note(true);
      const cause = problemOf(error);
      this.#parts.logger.warn('work could not be saved', { vm: vm.id, ...cause });
      await this.#saver.failed({ id: vm.id, epoch: vm.epoch, cause });
    }
  }

  async #captureRunning(vm: Vm, signal: AbortSignal) {
    const { hypervisor } = this.#parts;
    const frozen = await hypervisor.freezeDisk(vm.id);
    try {
      return await this.#saver.capture(vm, frozen, await diskBytes(frozen), signal);
    } finally {
      await this.#thaw(vm.id);
    }
  }

  /** Whoever wants a VM off gets it off, and what was read is not lost: the next look, or the next start, brings the layers together. */
  async #thaw(vmId: string): Promise<void> {
    await this.#parts.hypervisor.thawDisk(vmId).catch((error: unknown) => {
      const why = problemOf(error);
      this.#parts.logger.warn('the layers of a disk could not be brought together yet', { vm: vmId, ...why });
    });
  }

  async #captureOff(vm: Vm, signal: AbortSignal) {
    const { hypervisor } = this.#parts;
    await hypervisor.thawDisk(vm.id);
    const disk = await hypervisor.localDisk(vm.id);
    if (!disk || disk.layered) throw new LabmeshError('hypervisor.disk_busy', { vmId: vm.id });
    return await this.#saver.capture(vm, disk.file, await diskBytes(disk.file), signal);
  }

  /** Without what the VM was made of nobody knows what was changed. */
  #bringBase({ versionId }: Vm): void {
    this.#parts
      .fetch(versionId)
      ?.catch((error: unknown) =>
        this.#parts.logger.info('work waits for its image', { versionId, ...problemOf(error) }),
      );
  }

  /** Puts aside what this PC still has of a VM that went on without it, and then lets it go. */
  async #keep(vm: Vm, disk: LocalDisk): Promise<void> {
    const { hypervisor } = this.#parts;
    if (!this.#saver.canCapture(vm)) return this.#bringBase(vm);
    const last = this.#last.get(vm.id);
    if (last?.failed && this.#parts.now() - last.at < RETRY_MS) return;
    this.#last.set(vm.id, { at: this.#parts.now(), written: 0, failed: true, since: 0 });
    const facts = await this.#reading.run(() => this.#captureOff(vm, new AbortController().signal));
    this.#parts.logger.info('a disk that was left behind is kept as a copy', {
      vm: vm.id,
      since: disk.since,
    });
    if (!(await this.#saver.recovered({ id: vm.id, ...facts }))) return;
    this.#last.delete(vm.id);
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

  /** Its image still comes: a job of another kind will work on its disk. */
  async #isStreamed(vmId: string, disk: LocalDisk): Promise<boolean> {
    return disk.file !== (await this.#parts.hypervisor.diskFolder(vmId));
  }

  async #written(vmId: string): Promise<number> {
    const stats = await this.#parts.hypervisor.statsAll().catch(() => null);
    return stats?.get(vmId)?.diskWriteBytes ?? 0;
  }
}
