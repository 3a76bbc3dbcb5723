/** Faults put into copies of the plan and of the log, to see that the simulator's rules notice them. */
import { plan } from '../../../src/scheduler/index.ts';
import {
  CloudMachine,
  type CloudState,
  type Command,
  checkPayload,
  type Outcome,
  type Payload,
  type Vm,
} from '../../../src/state/index.ts';
import type { Planner } from './master.ts';

/** The real plan over a state in which each VM is as `change` makes it; null leaves it out. */
function seeing(change: (vm: Vm) => Vm | null): Planner {
  return (state, loads, now) => plan(changed(state, change), loads, now);
}

function changed(state: CloudState, change: (vm: Vm) => Vm | null): CloudState {
  // Named by what is needed of them: the union of all tables' types would keep the type checker busy for minutes.
  const tables = Object.entries<{ all(): readonly object[] }>(state.tables);
  const vms: readonly object[] = state.tables.vm.all().flatMap((vm) => change(vm) ?? []);
  const records = tables.flatMap(([kind, table]) => {
    const rows = kind === 'vm' ? vms : table.all();
    return rows.map((entity) => ({ kind, entity }));
  });
  const copy = new CloudMachine();
  copy.restore([{ kind: 'meta', now: state.now }, ...records]);
  return copy.state;
}

const ENDLESS = { cores: 1e6, ramMiB: 1e9, storageGiB: 1e9, tempGiB: 1e9 };

export interface Planted {
  readonly planner: Planner;
  readonly noticedAs: RegExp;
}

export const planted: Readonly<Record<string, Planted>> = {
  'does not count what is used': {
    planner: seeing((vm) => (vm.placement === null ? vm : null)),
    noticedAs: /a plan on the newest facts is carried out/,
  },
  'forgets batch work': {
    planner: (state, loads, now) =>
      plan(state, loads, now).filter((step) => {
        if (step.type !== 'vm.place') return true;
        return state.tables.vm.get(step.payload.id)?.kind !== 'batch';
      }),
    noticedAs: /nobody starves/,
  },
  'never lets the preempted go on': {
    planner: (state, loads, now) =>
      plan(state, loads, now).filter((step) => {
        if (step.type !== 'vm.release' && step.type !== 'vm.place') return true;
        return state.tables.vm.get(step.payload.id)?.held?.by !== 'preempted';
      }),
    noticedAs: /preempted .* resumed|nobody starves/,
  },
  'serves the last comer first': {
    planner: (state, loads, now) =>
      seeing((vm) => ({ ...vm, queuedAt: vm.placement === null ? now - (vm.queuedAt - now) : vm.queuedAt }))(
        state,
        loads,
        now,
      ),
    noticedAs: /nobody is passed by an equal/,
  },
  'lets batch displace people': {
    planner: seeing((vm) => (vm.kind === 'batch' && vm.placement === null ? { ...vm, kind: 'exam' } : vm)),
    noticedAs: /only a better claim displaces/,
  },
  'wants an image again and again': {
    planner: (state, loads, now) => [
      ...plan(state, loads, now),
      {
        type: 'image.want',
        payload: {
          versionId: state.tables.version.ids()[0] ?? '',
          nodeIds: state.tables.node.ids().slice(0, 1),
        },
      },
    ],
    noticedAs: /a plan settles/,
  },
};

/** A log that grants each place without looking at what the PC has left: it takes every PC for an endless one. */
export function uncheckedLog(
  machine: CloudMachine,
  entry: { index: number; term: number; command: Command },
): Outcome {
  const { node } = machine.state.tables;
  const nodes = new Set(placesOfCommand(entry.command).map(({ nodeId }) => nodeId));
  const former = [...nodes].flatMap((id) => node.get(id) ?? []);
  for (const one of former) node.put({ ...one, capacity: ENDLESS });
  const outcome = machine.apply(entry);
  for (const one of former) node.put(one);
  return outcome;
}

function placesOfCommand({ type, payload }: Command): Payload<'vm.place'>[] {
  if (type === 'vm.place') return [checkPayload(type, payload)];
  return type === 'vm.place_many' ? checkPayload(type, payload).places : [];
}
