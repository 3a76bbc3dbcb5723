/** Saves of disks on this PC: begun when they are due, ended when somebody else wants the disk. */
import type { DomainInfo, LocalDisk } from '../../hypervisor/index.ts';
import { setting, type Vm } from '../../state/index.ts';
import { problemOf } from '../agent/problem.ts';
import type { DiskReader } from './disk-reader.ts';
import type { WorkAgentParts } from './parts.ts';
import type { Saver } from './saver.ts';
import { type LastSave, type SaveMoment, type WhySave, whySave } from './when.ts';

const MINUTE_MS = 60_000;
/** The node's end waits so long for a disk to be one file again; else the next start sees to it. */
const END_MS = 20_000;

interface Save {
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

export class Saves {
  readonly #parts: WorkAgentParts;
  readonly #reader: DiskReader;
  readonly #saver: Saver;
  readonly #onEnd: (vmId: string) => void;
  readonly #underWay = new Map<string, Save>();
  /** When a save was last tried, and what the guest had written by then. */
  readonly #last = new Map<string, LastSave>();
  /** When somebody else last asked for the disk: what follows is soon in the log. */
  readonly #letGo = new Map<string, number>();
  #stopping = false;

  /** @param onEnd hears that a save of the VM has ended, however it did */
  constructor(parts: WorkAgentParts, reader: DiskReader, saver: Saver, onEnd: (vmId: string) => void) {
    this.#parts = parts;
    this.#reader = reader;
    this.#saver = saver;
    this.#onEnd = onEnd;
  }

  /** Of this VM, or of any. */
  isUnderWay(vmId?: string): boolean {
    return vmId === undefined ? this.#underWay.size > 0 : this.#underWay.has(vmId);
  }

  /** Ends all; a disk that is frozen is brought together by the next start. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const all = [...this.#underWay.values()];
    for (const { abort } of all) abort.abort();
    await Promise.race([Promise.all(all.map(({ done }) => done)), Bun.sleep(END_MS)]);
  }

  /** Somebody else wants the disk: a save under way ends, and it is one file again. */
  async letGo(vmId: string): Promise<void> {
    this.#letGo.set(vmId, this.#parts.now());
    const save = this.#underWay.get(vmId);
    save?.abort.abort();
    await save?.done;
    await this.#reader.thaw(vmId);
  }

  /** Begins a save of the VM's newest disk if one is due. */
  async consider(vm: Vm, disk: LocalDisk, domain: DomainInfo | undefined): Promise<void> {
    const last = this.#last.get(vm.id);
    const why = whySave(vm, domain, last, this.#moment(vm));
    if (why === null || !this.#reader.hasBase(vm)) return;
    if (await this.#isStreamed(vm.id, disk)) return;
    const written = await this.#written(vm.id);
    if (why === 'due' && written === last?.written) return;
    // Meanwhile the node may have begun to end, or somebody asked for the disk: nobody would wait for the end of this.
    if (this.#stopping || whySave(vm, domain, last, this.#moment(vm)) === null) return;
    const abort = new AbortController();
    const done = this.#reader
      .inTurn(() => this.#save(vm, why, written, abort.signal))
      .catch((error: unknown) =>
        this.#parts.logger.warn('work was not saved', { vm: vm.id, ...problemOf(error) }),
      )
      .finally(() => {
        this.#underWay.delete(vm.id);
        this.#onEnd(vm.id);
      });
    this.#underWay.set(vm.id, { abort, done });
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
      const facts = runs
        ? await this.#reader.readRunning(vm, signal)
        : await this.#reader.readOff(vm, signal);
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

  /** Its image still comes: a job of another kind will work on its disk. */
  async #isStreamed(vmId: string, disk: LocalDisk): Promise<boolean> {
    return disk.file !== (await this.#parts.hypervisor.diskFolder(vmId));
  }

  async #written(vmId: string): Promise<number> {
    const stats = await this.#parts.hypervisor.statsAll().catch(() => null);
    return stats?.get(vmId)?.diskWriteBytes ?? 0;
  }
}
