/**
 * What to do next about one VM: the log's wish held against what libvirt shows. Pure. The agent carries the step out and looks
 * again, until the answer is `rest`; a crash at any point is healed by the next look.
 */
import type { NodeProblem, Vm, VmActual } from '../../state/index.ts';

/** What libvirt shows of the VM; null: it has no such domain. */
export interface DomainView {
  readonly epoch: number;
  readonly state: 'running' | 'paused' | 'paused-io-error' | 'shutting-down' | 'off' | 'crashed' | 'other';
  readonly hasSave: boolean;
  /** What is to be said of it while it runs; null: nothing. */
  readonly note: NodeProblem | null;
}

/** What the agent remembers of a VM since it started, and learned from events. */
export interface Memory {
  /** When the guest was first and last asked to shut down, ms; null: it was not, or came up since. */
  readonly stopAsked: { readonly first: number; readonly last: number } | null;
  /** When the guest was asked to restart, and for which number. */
  readonly rebootAsked: { readonly seq: number; readonly at: number } | null;
  /** The number of the restart that the guest was seen to carry out. */
  readonly rebootSeen: number;
  /** How the domain last ended, by libvirt's event; null: nobody saw. */
  readonly lastEnd: NodeProblem | null;
  /** True when the PC itself was restarted since the VM was last seen running. */
  readonly pcRestarted: boolean;
}

export type Step =
  | { readonly do: 'rest' }
  /** Nothing to do but to say what is seen. */
  | { readonly do: 'report'; readonly state: VmActual; readonly cause: NodeProblem | null }
  | { readonly do: 'start'; readonly clean: boolean }
  | { readonly do: 'resume' }
  /** After an error of its disk. */
  | { readonly do: 'continue' }
  /** It was paused for a moment by a node that ended before the moment was over. */
  | { readonly do: 'go-on' }
  | { readonly do: 'ask-shutdown' }
  | { readonly do: 'force-off' }
  | { readonly do: 'drop-save' }
  | { readonly do: 'discard-disks' }
  | { readonly do: 'suspend' }
  | { readonly do: 'ask-reboot' }
  | { readonly do: 'reset' }
  | { readonly do: 'remove' };

const REST: Step = { do: 'rest' };
/** A guest that still boots does not hear its power button: it is pressed again until somebody is there to hear. */
const ASK_AGAIN_MS = 4000;

export interface Moment {
  readonly now: number;
  readonly nodeId: string;
  /** Setting `vm.stop_grace` in ms. */
  readonly graceMs: number;
}

export function decide(vm: Vm, domain: DomainView | null, memory: Memory, moment: Moment): Step {
  // Without a place here there is nothing to answer for: the scheduler has the word.
  if (vm.placement?.nodeId !== moment.nodeId) return REST;
  if (vm.held && vm.desired === 'running') return decideHeld(vm, vm.placement.epoch, domain, memory);
  switch (vm.desired) {
    case 'running':
      return decideRunning(vm, vm.placement.epoch, domain, memory, moment);
    case 'suspended':
      return decideSuspended(vm, domain, memory);
    case 'stopped':
      return decideStopped(vm, domain, memory, moment);
    case 'deleted':
      return domain || vm.observed.state !== 'deleted' ? { do: 'remove' } : REST;
  }
}

function decideRunning(
  vm: Vm,
  epoch: number,
  domain: DomainView | null,
  memory: Memory,
  moment: Moment,
): Step {
  const alive = domain !== null && isAlive(domain);
  const wasUp = vm.observed.epoch === epoch && vm.observed.state === 'running';
  // A domain that carries an older epoch is the same VM with the same disk, e.g. resumed from its save: it is adopted.
  if (alive) {
    const restart = decideRestart(vm, memory, moment);
    const standing = decideStanding(domain);
    if (standing !== null) return restart === null || restart.do === 'rest' ? standing : restart;
    return restart ?? report(vm, epoch, 'running', domain.note);
  }
  if (wasUp) return reportEnd(domain, memory);
  if (domain?.hasSave) return { do: 'resume' };
  return { do: 'start', clean: !vm.persistent };
}

/** What a guest that stands still needs to hear anything; null for one that runs. */
function decideStanding({ state }: DomainView): Step | null {
  if (state === 'paused-io-error') return { do: 'continue' };
  return state === 'paused' ? { do: 'go-on' } : null;
}

/** A restart that was asked for and not carried out yet; null when there is none. */
function decideRestart(vm: Vm, memory: Memory, moment: Moment): Step | null {
  const { seq, force } = vm.restart;
  if (vm.observed.restartSeq >= seq) return null;
  if (memory.rebootSeen >= seq) return { do: 'report', state: 'running', cause: null };
  if (force) return { do: 'reset' };
  if (memory.rebootAsked?.seq !== seq) return { do: 'ask-reboot' };
  // A guest that does not listen is restarted by the button, as its owner asked for a restart and not for a request.
  return moment.now - memory.rebootAsked.at >= moment.graceMs ? { do: 'reset' } : REST;
}

function decideSuspended(vm: Vm, domain: DomainView | null, memory: Memory): Step {
  const epoch = vm.placement?.epoch ?? vm.epoch;
  if (domain && isAlive(domain)) return { do: 'suspend' };
  if (domain?.hasSave) return report(vm, epoch, 'suspended', null);
  if (vm.observed.state === 'suspended') {
    return { do: 'report', state: 'stopped', cause: { code: 'vm.save_lost', data: {} } };
  }
  return reportEnd(domain, memory);
}

/** Wanted running, but not now: as if suspended, except that what had not come up yet is just not started. */
function decideHeld(vm: Vm, epoch: number, domain: DomainView | null, memory: Memory): Step {
  const there = domain !== null && (isAlive(domain) || domain.hasSave);
  if (!there && notUpYet(vm, epoch)) return report(vm, epoch, 'absent', null);
  return decideSuspended(vm, domain, memory);
}

/** True when nobody saw it run since it was granted its place; then nothing was lost, as its start is still to come. */
function notUpYet(vm: Vm, epoch: number): boolean {
  const { state } = vm.observed;
  if (vm.observed.epoch < epoch) return state !== 'suspended';
  return state === 'absent' || state === 'fetching' || state === 'starting' || state === 'resuming';
}

function decideStopped(vm: Vm, domain: DomainView | null, memory: Memory, moment: Moment): Step {
  const epoch = vm.placement?.epoch ?? vm.epoch;
  if (domain && isAlive(domain)) {
    if (vm.force) return { do: 'force-off' };
    const asked = memory.stopAsked;
    if (asked !== null && moment.now - asked.first >= moment.graceMs) return { do: 'force-off' };
    if (asked === null) return { do: 'ask-shutdown' };
    return (
      decideStanding(domain) ?? (moment.now - asked.last >= ASK_AGAIN_MS ? { do: 'ask-shutdown' } : REST)
    );
  }
  if (domain?.hasSave) return { do: 'drop-save' };
  if (!vm.persistent && domain) return { do: 'discard-disks' };
  // A failure keeps its cause in sight until the next start.
  if (vm.observed.epoch === epoch && vm.observed.state === 'failed') return REST;
  return report(vm, epoch, 'stopped', vm.observed.state === 'stopped' ? vm.observed.cause : null);
}

/** It ran and runs no more, unasked: say how it ended. */
function reportEnd(domain: DomainView | null, memory: Memory): Step {
  if (!domain) return { do: 'report', state: 'failed', cause: { code: 'vm.vanished', data: {} } };
  if (memory.lastEnd) {
    const state = memory.lastEnd.code === 'vm.crashed' ? 'failed' : 'stopped';
    return { do: 'report', state, cause: memory.lastEnd };
  }
  if (domain.state === 'crashed')
    return { do: 'report', state: 'failed', cause: { code: 'vm.crashed', data: {} } };
  const code = memory.pcRestarted ? 'vm.power_lost' : 'vm.guest_off';
  return { do: 'report', state: 'stopped', cause: { code, data: {} } };
}

function isAlive(domain: DomainView): boolean {
  return domain.state !== 'off' && domain.state !== 'crashed';
}

/** Says what is seen, unless the log has it already. */
function report(vm: Vm, epoch: number, state: VmActual, cause: NodeProblem | null): Step {
  const same = vm.observed.epoch === epoch && vm.observed.state === state && isSame(vm.observed.cause, cause);
  return same ? REST : { do: 'report', state, cause };
}

function isSame(a: NodeProblem | null, b: NodeProblem | null): boolean {
  return a?.code === b?.code && Bun.deepEquals(a?.data, b?.data);
}
