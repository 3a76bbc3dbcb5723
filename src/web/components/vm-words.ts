/** A VM's state as a sentence with its cause, and what may be done with it now. */
import { isRequest, type Vm, type VmState, vmState } from '../../state/index.ts';
import { describe } from '../../texts/index.ts';
import { isSaving } from '../work.ts';
import { heldSentence } from './held-words.ts';
import { waitingSentence } from './queue-words.ts';
import type { View } from './view.ts';

export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'off';

const TONES: Readonly<Record<VmState, Tone>> = {
  waiting: 'warn',
  placing: 'busy',
  fetching: 'busy',
  starting: 'busy',
  running: 'good',
  suspending: 'busy',
  suspended: 'off',
  resuming: 'busy',
  stopping: 'busy',
  stopped: 'off',
  moving: 'busy',
  failed: 'bad',
  unreachable: 'warn',
  deleted: 'off',
};

/** Names in the address of what a person may ask of a VM. */
export type VmAct =
  | 'start'
  | 'cancel'
  | 'stop'
  | 'force-off'
  | 'restart'
  | 'force-restart'
  | 'suspend'
  | 'rename'
  | 'delete';

/** The acts a state allows, besides the main button. */
const ACTS: Readonly<Record<VmState, readonly VmAct[]>> = {
  waiting: ['cancel', 'rename', 'delete'],
  placing: ['force-off', 'rename', 'delete'],
  fetching: ['force-off', 'rename', 'delete'],
  starting: ['force-off', 'rename', 'delete'],
  running: ['suspend', 'restart', 'stop', 'force-restart', 'force-off', 'rename', 'delete'],
  suspending: ['rename', 'delete'],
  suspended: ['stop', 'rename', 'delete'],
  resuming: ['force-off', 'rename', 'delete'],
  stopping: ['force-off', 'rename', 'delete'],
  stopped: ['rename', 'delete'],
  moving: ['rename'],
  failed: ['rename', 'delete'],
  unreachable: ['rename', 'delete'],
  deleted: [],
};

export function actsOf(vm: Vm): readonly VmAct[] {
  if (vm.desired === 'deleted') return [];
  if (!isHeldDown(vm)) return ACTS[vmState(vm)];
  // What gave its place away asks for one again: that may be taken back.
  return isRequest(vm) ? ['cancel', ...ACTS.suspended] : ACTS.suspended;
}

export function toneOf(vm: Vm): Tone {
  if (vm.desired === 'deleted' || isRestarting(vm)) return 'busy';
  return standsStill(vm) ? 'warn' : TONES[vmState(vm)];
}

/** One sentence: the state, and why where that is known. */
export function vmSentence(v: View, vm: Vm): string {
  if (vm.desired === 'running') {
    if (isHeldDown(vm)) return heldSentence(v, vm, vm.held);
    if (vmState(vm) === 'waiting') return waitingSentence(v, vm);
  }
  const state = stateWords(v, vm);
  // Its person was told beforehand: time enough to finish a sentence.
  if (vm.preemptAt !== null && vmState(vm) === 'running') {
    return `${state}. ${v.t.plan.held.soon(v.f.time(vm.preemptAt))}`;
  }
  const { cause } = vm.observed;
  if (cause === null || vmState(vm) !== vm.observed.state) return state;
  const why = describe(cause.code, cause.data, v.lang);
  if (vmState(vm) === 'failed') return `${why.message} ${why.hint}`;
  return standsStill(vm) ? `${state}. ${why.message} ${why.hint}` : `${state}. ${why.message}`;
}

/** It runs, and nothing in it moves: a PC must be switched on, which nobody does who is not told. */
function standsStill(vm: Vm): boolean {
  return vmState(vm) === 'running' && vm.observed.cause?.code === 'vm.image_waits';
}

function stateWords({ t, f, state, role }: View, vm: Vm): string {
  const words = t.vmState;
  const pc = state.tables.node.get(vm.placement?.nodeId ?? vm.homeNodeId ?? '')?.name ?? t.words.unknown;
  const shown = vmState(vm);
  if (vm.desired === 'deleted') return words.deleting;
  if (isRestarting(vm)) return words.restarting;
  switch (shown) {
    case 'running': {
      const since = f.time(vm.observed.since);
      return role === 'student' ? words.runningPlain(since) : words.running(pc, since);
    }
    case 'fetching':
    case 'starting':
    case 'resuming':
      return words[shown](pc);
    case 'stopped':
      if (!vm.persistent) return words.stoppedClean;
      return isSaving(state, vm) ? words.stoppedSaving : words.stoppedKept;
    default:
      return words[shown];
  }
}

/** Suspended for others or with its PC, to go on by itself; while its memory is still being saved that is the news. */
export function isHeldDown(vm: Vm): vm is Vm & { held: NonNullable<Vm['held']> } {
  if (vm.held === null || vm.desired !== 'running') return false;
  const state = vmState(vm);
  return state === 'suspended' || state === 'waiting';
}

function isRestarting(vm: Vm): boolean {
  return vmState(vm) === 'running' && vm.observed.restartSeq < vm.restart.seq;
}
