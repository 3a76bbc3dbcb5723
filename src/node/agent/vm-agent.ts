/**
 * The agent for this PC's VMs: compares what the log wants with what libvirt shows, takes one step, looks again.
 * Woken by the log, by libvirt's events and by a slow tick that heals whatever both missed.
 */
import type { DomainInfo } from '../../hypervisor/index.ts';
import { type NodeProblem, setting, type Vm } from '../../state/index.ts';
import { SingleFlight } from '../single-flight.ts';
import { type DomainView, decide, type Step } from './decide.ts';
import { Memories } from './memory.ts';
import type { VmAgentParts } from './parts.ts';
import { Pauses } from './pauses.ts';
import { problemOf, stackOf } from './problem.ts';
import { Reports } from './reports.ts';
import { Starts } from './starts.ts';
import { StreamWatch } from './stream-watch.ts';

/** Libvirt's events make the tick a safety net only. */
const TICK_MS = 5000;
/** Steps in a row about one VM without a look at others' turn: a start is 3; more is a loop that must not spin. */
const MAX_STEPS = 12;
/** A guest gets its address while it boots: looked for every second in its first minute, then at the tick's pace. */
const EAGER_MS = 60_000;
const SOON_MS = 1000;

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

export class VmAgent {
  readonly #parts: VmAgentParts;
  readonly #reports: Reports;
  readonly #memories: Memories;
  readonly #flight: SingleFlight;
  readonly #starts: Starts;
  readonly #cleanups: (() => void)[] = [];
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #pauses = new Pauses((vmId, afterMs) => this.#lookAgain(vmId, afterMs));
  readonly #watch: StreamWatch | null;

  constructor(parts: VmAgentParts) {
    this.#parts = parts;
    this.#reports = new Reports(parts);
    this.#memories = new Memories(parts.pcRestartedAt);
    const { stream, hypervisor, backingFile, logger } = parts;
    this.#watch = stream ? new StreamWatch(stream, hypervisor, backingFile, logger) : null;
    this.#flight = new SingleFlight(
      (vmId) => this.#reconcile(vmId),
      (vmId, error) => this.#noteFault(vmId, error),
    );
    const poke = (vmId: string) => this.#flight.poke(vmId);
    const tools = { reports: this.#reports, memories: this.#memories, watch: this.#watch, poke };
    this.#starts = new Starts(parts, tools);
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
        return this.#reports.observe(vm, step.state, step.cause, this.#memories.of(vm).rebootSeen);
      case 'start':
        return this.#starts.start(vm, step.clean);
      case 'resume':
        return this.#starts.resume(vm);
      case 'continue':
        return this.#continue(vm, isStreamed);
      case 'go-on':
        await hypervisor.resumePaused(vm.id);
        return false;
      case 'ask-shutdown':
        this.#memories.noteStopAsked(vm.id, now());
        if (vm.observed.state !== 'stopping') await this.#reports.observe(vm, 'stopping', null);
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
        await this.#reports.observe(vm, 'suspending', null);
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
        await this.#reports.observe(vm, 'deleted', null);
        this.#forget(vm.id);
        return false;
    }
  }

  /** A VM that QEMU paused on a failed write or read goes on when there is room again, or its image is served again. */
  async #continue(vm: Vm, isStreamed: boolean): Promise<boolean> {
    const isFull = this.#memories.isDiskFull(vm.id) ?? !isStreamed;
    if (isStreamed && !isFull && this.#watch?.isStuck(vm)) {
      await this.#reports.say(vm, this.#watch.note(vm));
      return false; // it is let go on when what it waits for has come
    }
    if (!this.#pauses.mayTry(vm.id, !isFull)) return false;
    const cause = { code: isFull ? 'vm.disk_full' : 'vm.image_away', data: {} };
    // Told first: the guest, once it goes on, takes the room that the log needs for this.
    if (isFull || this.#pauses.isLong(vm.id)) await this.#reports.say(vm, cause);
    try {
      await this.#parts.hypervisor.resumePaused(vm.id);
    } catch (error) {
      this.#parts.logger.info('a paused VM cannot go on yet', { vm: vm.id, error: String(error) });
    }
    return false; // the tick tries again
  }

  /** Fills in the guest's address once it has one. */
  async #learnAddress(vm: Vm, domain: DomainInfo | undefined): Promise<void> {
    if (domain?.state !== 'running' || vm.observed.state !== 'running' || vm.observed.ip !== null) return;
    const ip = await this.#parts.hypervisor.address(vm.id).catch(() => null);
    if (ip === null && this.#parts.now() - vm.observed.since < EAGER_MS) this.#lookAgain(vm.id, SOON_MS);
    if (ip !== null)
      await this.#reports.observe(vm, 'running', vm.observed.cause, vm.observed.restartSeq, ip);
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
