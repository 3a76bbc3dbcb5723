/** The places that a plan gives, and the ways that it makes, as steps. */
import { type CloudState, holdsCompute, isRequest, type Vm } from '../state/index.ts';
import { type Decision, Placing } from './placing.ts';
import { Claims } from './priority.ts';
import { endedBy, type Step } from './step.ts';
import type { Loads } from './views.ts';

/** @param before steps that go first: what they end asks for nothing and makes way for nobody */
export function placements(state: CloudState, loads: Loads, now: number, before: readonly Step[]): Step[] {
  const asking = askingFor(state, before);
  if (asking.length === 0) return [];
  return decide(state, loads, now, asking, before).decisions.flatMap(stepsOf);
}

/** Goes through the queue as it is now. */
export function decide(
  state: CloudState,
  loads: Loads,
  now: number,
  asking: readonly Vm[],
  before: readonly Step[] = [],
): Placing {
  const claims = new Claims(state, now);
  return new Placing({ state, loads, now, claims, asking, gone: endedBy(before) }).run();
}

/** Who asks for a place: those who wait, those who gave theirs away, and those whom a step before lets go on. */
export function askingFor(state: CloudState, before: readonly Step[] = []): Vm[] {
  if (state.cloud?.power.state !== 'on') return [];
  const { vm } = state.tables;
  const ended = new Set(
    before.flatMap((step) => (step.type === 'operation.expire' ? targetOf(state, step.payload.id) : [])),
  );
  const asking = [...vm.by('waiting', 'yes'), ...vm.by('held', 'yes').filter(isRequest)];
  const released = before.flatMap((step) =>
    step.type === 'vm.release' ? (goingOn(vm.get(step.payload.id)) ?? []) : [],
  );
  return [...asking.filter(({ id }) => !ended.has(id)), ...released];
}

function targetOf(state: CloudState, operationId: string): string[] {
  const operation = state.tables.operation.get(operationId);
  return operation ? [operation.target.id] : [];
}

/** A released VM as it will stand in the queue; null when it runs on in its place. */
function goingOn(vm: Vm | undefined): Vm | null {
  return vm && !holdsCompute(vm) ? { ...vm, held: null, placement: null } : null;
}

function stepsOf(decision: Decision): Step[] {
  const { request, spot } = decision;
  const { id, epoch, held } = request.vm;
  if (decision.what === 'make way') {
    return decision.vms.map((vm) => ({ type: 'vm.hold', payload: { id: vm.id, by: 'preempted', for: id } }));
  }
  const release: Step[] = held === null ? [] : [{ type: 'vm.release', payload: { id } }];
  if (decision.what === 'run on') return release;
  if (decision.delayed) return [];
  return [...release, { type: 'vm.place', payload: { id, nodeId: spot.id, epoch: epoch + 1 } }];
}
