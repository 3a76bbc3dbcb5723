/**
 * The agent for this PC's VMs: compares what the log wants with what libvirt shows, takes one step, looks again.
 * Woken by the log, by libvirt's events and by a slow tick that heals whatever both missed.
 */
import type { DomainInfo, Hypervisor } from '../../hypervisor/index.ts';
import {
  type Author,
  type CloudMachine,
  LabmeshError,
  type Logger,
  type NodeProblem,
  setting,
  type Vm,
  type VmActual,
} from '../../state/index.ts';
import type { Submit } from '../door.ts';
import { Limiter } from '../limiter.ts';
import { SingleFlight } from '../single-flight.ts';
import { type DomainView, decide, type Step } from './decide.ts';
import { Memories } from './memory.ts';
import { Pauses } from './pauses.ts';
import { vmSpec } from './spec.ts';
import { type ImageStream, StreamWatch } from './stream-watch.ts';

/** Libvirt's events make the tick a safety net only. */
const TICK_MS = 5000;
/** Starts at once: two keep a PC's disk and cores busy, more only slow each other down. */
const STARTS_AT_ONCE = 2;
/** Steps in a row about one VM without a look at others' turn: a start is 3; more is a loop that must not spin. */
const MAX_STEPS = 12;
/** A guest gets its address while it boots: looked for every second in its first minute, then at the tick's pace. */
const EAGER_MS = 60_000;
const SOON_MS = 1000;
/** How often within the time of a start the log is told that its image still comes: two may be lost. */
const TOLD_PER_TIMEOUT = 3;

/** Steps that need the VM's disks for themselves. */
const TAKES_DISKS: ReadonlySet<Step['do']> = new Set([
  'start',
  'resume',
  'ask-shutdown',
  'force-off',
  'drop-save',
  'discard-disks',
  'suspend',
  'remove',
]);

export interface VmAgentParts {
  readonly nodeId: string;
  readonly machine: CloudMachine;
  readonly submit: Submit;
  readonly hypervisor: Hypervisor;
  /** The raw file of an image version on this PC; null when it is not here. */
  readonly backingFile: (versionId: string) => string | null;
  /** Brings a version here; null when there is nothing to bring: it is here, or nobody else has it. Default: nobody has. */
  readonly fetchImage?: (versionId: string) => Promise<void> | null;
  /** What keeps the VMs' work. Default: nobody does. */
  readonly work?: {
    /** Before the VM is stopped, suspended, started or removed: nobody else works on its disk any more. */
    readonly letGo: (vmId: string) => Promise<void>;
    /** Makes its newest disk be here; null when it is. */
    readonly prepare: (vm: Vm, imageFile: string | null) => Promise<{ readonly ready: Promise<void> } | null>;
  };
  /** Images on their way here, to start on. Default: a start waits for the whole image. */
  readonly stream?: ImageStream;
  readonly pcRestartedAt: number | null;
  readonly now: () => number;
  readonly logger: Logger;
}

export class VmAgent {
  readonly #parts: VmAgentParts;
  readonly #author: Author;
  readonly #memories: Memories;
  readonly #flight: SingleFlight;
  readonly #starts = new Limiter(STARTS_AT_ONCE);
  readonly #cleanups: (() => void)[] = [];
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  /** VMs whose image is on its way here, and when the log was told last. */
  readonly #fetching = new Map<string, number>();
  /** The same for those whose own work is on its way here. */
  readonly #preparing = new Map<string, number>();
  readonly #pauses = new Pauses((vmId, afterMs) => this.#lookAgain(vmId, afterMs));
  readonly #watch: StreamWatch | null;

  constructor(parts: VmAgentParts) {
    this.#parts = parts;
    this.#author = { kind: 'node', nodeId: parts.nodeId };
    this.#memories = new Memories(parts.pcRestartedAt);
    const { stream, hypervisor, backingFile, logger } = parts;
    this.#watch = stream ? new StreamWatch(stream, hypervisor, backingFile, logger) : null;
    this.#flight = new SingleFlight(
      (vmId) => this.#reconcile(vmId),
      (vmId, error) => this.#noteFault(vmId, error),
    );
  }

  start(): void {
    const { machine, hypervisor } = this.#parts;
    this.#cleanups.push(
      machine.onApplied(({ changes }) => {
        for (const change of changes) if (change.kind === 'vm') this.#flight.poke(change.id);
      }),
      hypervisor.onDomainEvent((event) => {
        this.#memories.noteEvent(event);
        this.#flight.poke(event.vmId);
      }),
      hypervisor.onStatus((status) => {
        if (status.state === 'ready') this.#pokeAll();
      }),
    );
    const timer = setInterval(() => this.#pokeAll(), TICK_MS);
    this.#cleanups.push(() => clearInterval(timer));
    this.#pokeAll();
  }

  /** The image has come, begins to come, or comes no more. */
  imageChanged(versionId: string): void {
    const { machine, nodeId } = this.#parts;
    for (const vm of machine.state.tables.vm.by('node', nodeId))
      if (vm.versionId === versionId) this.#flight.poke(vm.id);
  }

  /** Ends the agent, never a VM. */
  async stop(): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await this.#flight.stop();
  }

  #pokeAll(): void {
    const { machine, nodeId } = this.#parts;
    for (const id of machine.state.tables.vm.idsBy('node', nodeId)) this.#flight.poke(id);
  }

  async #reconcile(vmId: string): Promise<void> {
    const { machine, hypervisor, nodeId, now } = this.#parts;
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      const vm = machine.state.tables.vm.get(vmId);
      if (!vm) return this.#forget(vmId);
      if (vm.placement?.nodeId !== nodeId || hypervisor.status().state !== 'ready') return;
      const domain = (await hypervisor.domains()).find((one) => one.vmId === vmId && one.owner === 'ours');
      const graceMs = setting(machine.state, 'vm.stop_grace') * 1000;
      const moment = { now: now(), nodeId, graceMs };
      const isStreamed = (await this.#watch?.tend(vm, domain)) ?? false;
      if (domain?.state === 'running' && this.#pauses.isWavering(vmId)) return;
      const note = isStreamed ? (this.#watch?.note(vm) ?? null) : null;
      const step = decide(vm, domain ? viewOf(domain, note) : null, this.#memories.of(vm), moment);
      if (step.do === 'rest') return this.#learnAddress(vm, domain);
      if (TAKES_DISKS.has(step.do)) await this.#parts.work?.letGo(vmId);
      const current = machine.state.tables.vm.get(vmId);
      if (current !== vm) continue; // the log moved on while libvirt answered
      if (!(await this.#carryOut(vm, step, isStreamed))) return;
    }
  }

  #forget(vmId: string): void {
    this.#memories.forget(vmId);
    this.#watch?.forget(vmId);
    this.#pauses.forget(vmId);
  }

  /** Takes one step; true when it is worth looking again at once. */
  async #carryOut(vm: Vm, step: Step, isStreamed: boolean): Promise<boolean> {
    const { hypervisor, now } = this.#parts;
    switch (step.do) {
      case 'rest':
        return false;
      case 'report':
        return this.#observe(vm, step.state, step.cause, this.#memories.of(vm).rebootSeen);
      case 'start':
        if (!(await this.#hasImage(vm))) return false;
        return this.#bringUp(vm, 'starting', () => this.#build(vm, step.clean));
      case 'resume':
        return this.#bringUp(vm, 'resuming', () => this.#build(vm, false));
      case 'continue':
        return this.#continue(vm, isStreamed);
      case 'go-on':
        await hypervisor.resumePaused(vm.id);
        return false;
      case 'ask-shutdown':
        this.#memories.noteStopAsked(vm.id, now());
        if (vm.observed.state !== 'stopping') await this.#observe(vm, 'stopping', null);
        await hypervisor.shutdownVm(vm.id);
        this.#lookAgainAfterGrace(vm.id);
        return false;
      case 'force-off':
        await hypervisor.forceOffVm(vm.id);
        return true;
      case 'drop-save':
        await hypervisor.forceOffVm(vm.id);
        return true;
      case 'discard-disks':
        await hypervisor.removeVm(vm.id);
        return true;
      case 'suspend':
        await this.#observe(vm, 'suspending', null);
        await hypervisor.suspendVm(vm.id);
        return true;
      case 'ask-reboot':
        this.#memories.noteRebootAsked(vm.id, vm.restart.seq, now());
        await hypervisor.rebootVm(vm.id);
        this.#lookAgainAfterGrace(vm.id);
        return false;
      case 'reset':
        await hypervisor.resetVm(vm.id);
        this.#memories.noteRebootDone(vm.id, vm.restart.seq);
        return true;
      case 'remove':
        await hypervisor.removeVm(vm.id);
        await this.#observe(vm, 'deleted', null);
        this.#forget(vm.id);
        return false;
    }
  }

  /** Starts or resumes within the limit, and reports how that ended. */
  async #bringUp(vm: Vm, state: 'starting' | 'resuming', work: () => Promise<void>): Promise<boolean> {
    if (!(await this.#observe(vm, state, null))) return false;
    try {
      await this.#starts.run(async () => {
        this.#memories.noteStarting(vm.id);
        this.#watch?.forget(vm.id);
        await work();
        await this.#parts.hypervisor.startVm(vm.id);
      });
      return true;
    } catch (error) {
      const cause = problemOf(error);
      // libvirt went away: nothing failed yet, the next look goes on when it is back (or the deadline ends it).
      if (this.#parts.hypervisor.status().state !== 'ready') return false;
      this.#parts.logger.warn('a VM did not start', { vm: vm.id, ...cause, ...stackOf(error) });
      await this.#observe(vm, 'failed', cause);
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
      await this.#observe(vm, 'failed', problemOf(error));
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
    if (!isTold) await this.#observe(vm, 'fetching', null);
    void ended.then((cause) => this.#fetchEnded(vm.id, cause, list));
    return false;
  }

  /** Tells the log that the image still comes, long before it gives the start up: what a transfer takes is not the start's time. */
  async #stillFetching(vm: Vm, list: Map<string, number>): Promise<void> {
    const { machine, now } = this.#parts;
    const everyMs = (setting(machine.state, 'vm.start_timeout') * 1000) / TOLD_PER_TIMEOUT;
    if (now() - (list.get(vm.id) ?? 0) < everyMs) return;
    if (await this.#observe(vm, 'fetching', null)) list.set(vm.id, now());
  }

  async #fetchEnded(vmId: string, cause: NodeProblem | null, list: Map<string, number>): Promise<void> {
    list.delete(vmId);
    const vm = this.#parts.machine.state.tables.vm.get(vmId);
    const isWaiting = vm?.placement?.nodeId === this.#parts.nodeId && vm.observed.state === 'fetching';
    // A cancelled transfer is no failure of the VM: this node stops, or nobody wants the image.
    if (vm && isWaiting && vm.desired === 'running' && cause !== null && cause.code !== 'images.cancelled')
      await this.#observe(vm, 'failed', cause);
    this.#flight.poke(vmId);
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

  /** A VM that QEMU paused on a failed write or read goes on when there is room again, or its image is served again. */
  async #continue(vm: Vm, isStreamed: boolean): Promise<boolean> {
    const isFull = this.#memories.isDiskFull(vm.id) ?? !isStreamed;
    if (isStreamed && !isFull && this.#watch?.isStuck(vm)) {
      await this.#say(vm, this.#watch.note(vm));
      return false; // it is let go on when what it waits for has come
    }
    if (!this.#pauses.mayTry(vm.id, !isFull)) return false;
    const cause = { code: isFull ? 'vm.disk_full' : 'vm.image_away', data: {} };
    // Told first: the guest, once it goes on, takes the room that the log needs for this.
    if (isFull || this.#pauses.isLong(vm.id)) await this.#say(vm, cause);
    try {
      await this.#parts.hypervisor.resumePaused(vm.id);
    } catch (error) {
      this.#parts.logger.info('a paused VM cannot go on yet', { vm: vm.id, error: String(error) });
    }
    return false; // the tick tries again
  }

  /** Tells the log why a running VM does not go on, unless it knows. */
  async #say(vm: Vm, cause: NodeProblem): Promise<void> {
    if (vm.observed.state === 'running' && Bun.deepEquals(vm.observed.cause, cause)) return;
    await this.#observe(vm, 'running', cause);
  }

  /** Fills in the guest's address once it has one. */
  async #learnAddress(vm: Vm, domain: DomainInfo | undefined): Promise<void> {
    if (domain?.state !== 'running' || vm.observed.state !== 'running' || vm.observed.ip !== null) return;
    const ip = await this.#parts.hypervisor.address(vm.id).catch(() => null);
    if (ip === null && this.#parts.now() - vm.observed.since < EAGER_MS) this.#lookAgain(vm.id, SOON_MS);
    if (ip !== null) await this.#observe(vm, 'running', vm.observed.cause, vm.observed.restartSeq, ip);
  }

  /** Tells the log; false when it does not believe us (a newer epoch) or cannot be told now. */
  async #observe(
    vm: Vm,
    state: VmActual,
    cause: NodeProblem | null,
    restartSeq = vm.observed.restartSeq,
    ip = state === 'running' ? vm.observed.ip : null,
  ): Promise<boolean> {
    const epoch = vm.placement?.epoch ?? vm.epoch;
    const seq = state === 'starting' ? vm.restart.seq : Math.max(restartSeq, vm.observed.restartSeq);
    const report = { id: vm.id, epoch, state, cause, ip, restartSeq: seq };
    try {
      await this.#parts.submit('vm.observe', report, this.#author);
      return true;
    } catch (error) {
      this.#parts.logger.info('a report was not taken', { vm: vm.id, state, error: String(error) });
      return false;
    }
  }

  #lookAgainAfterGrace(vmId: string): void {
    this.#lookAgain(vmId, setting(this.#parts.machine.state, 'vm.stop_grace') * 1000);
  }

  #lookAgain(vmId: string, afterMs: number): void {
    // One of each kind per VM: looks that are asked for again and again do not pile up.
    const key = `${vmId} ${afterMs}`;
    if (this.#timers.has(key)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(key);
      this.#flight.poke(vmId);
    }, afterMs);
    this.#timers.set(key, timer);
  }

  /** A step other than a start failed: libvirt's words go to the log, the next tick tries again until the operation's deadline. */
  #noteFault(vmId: string, error: unknown): void {
    this.#parts.logger.warn('a step about a VM failed', { vm: vmId, ...problemOf(error), ...stackOf(error) });
  }
}

function viewOf(domain: DomainInfo, note: NodeProblem | null): DomainView {
  return { epoch: domain.epoch ?? 0, state: domain.state, hasSave: domain.hasSave, note };
}

/** A cause that pages can put into words. */
export function problemOf(error: unknown): NodeProblem {
  if (error instanceof LabmeshError) return { code: error.code, data: error.data };
  // Folders and small files are made without a tool that would have named it.
  if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
    return { code: 'hypervisor.disk_full', data: { path: 'path' in error ? String(error.path) : '' } };
  }
  return { code: 'internal', data: { reason: error instanceof Error ? error.message : String(error) } };
}

/** For the log only: where something came from that nobody named. */
function stackOf(error: unknown): { stack?: string } {
  return error instanceof Error && !(error instanceof LabmeshError) && error.stack
    ? { stack: error.stack }
    : {};
}
