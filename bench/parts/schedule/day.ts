/** One simulated day under several ways to schedule, and the table of what came of it. */
import { type CloudMachine, checkPayload, type Outcome } from '../../../src/state/index.ts';
import { type Figures, figuresOf } from '../../../test/sim/schedule/figures.ts';
import { Lab, type LabOptions } from '../../../test/sim/schedule/lab.ts';
import { TEACHER } from '../../../test/sim/schedule/park.ts';
import type { Sample } from '../../../test/sim/schedule/samples.ts';
import type { Workload } from '../../../test/sim/schedule/workload.ts';
import { firstFit } from './first-fit.ts';

export interface Day {
  readonly name: string;
  readonly figures: Figures;
  readonly samples: readonly Sample[];
  readonly planMs: number;
  readonly plans: number;
}

type Way = Pick<LabOptions, 'planner' | 'settings' | 'strict' | 'door'>;

/** The papers take every reservation, and suspend whoever has the lesser priority whenever it is asked for. */
const PAPERS = { 'scheduler.preempt_pause': 0 } as const;

export const WAYS: Readonly<Record<string, Way>> = {
  penalty: { settings: { 'scheduler.policy': 'penalty' } },
  binpack: { settings: { 'scheduler.policy': 'binpack' } },
  spread: { settings: { 'scheduler.policy': 'spread' } },
  'papers: first fit': { planner: firstFit(false), settings: PAPERS, strict: false, door: unchecked },
  'papers, who fits passes': { planner: firstFit(true), settings: PAPERS, strict: false, door: unchecked },
};

export function runDay(name: string, workload: Workload, seed: number): Day {
  const way = WAYS[name];
  if (!way) throw new Error(`no way to schedule is named ${name}`);
  const lab = new Lab({ ...way, workload, seed }).run();
  const { spentMs: planMs, plans } = lab.master;
  return { name, figures: figuresOf(lab), samples: lab.samples.all(), planMs, plans };
}

/** Puts a reservation into the state as it was asked for, whatever else is booked. */
function unchecked(machine: CloudMachine, type: string, payload: object): Outcome | null {
  if (type !== 'reservation.add') return null;
  const asked = checkPayload('reservation.add', payload);
  const { tables, now } = machine.state;
  const size = tables.size.get(asked.sizeId);
  if (!size) throw new Error(`no size ${asked.sizeId}`);
  const { vcpus, ramMiB, osDiskGiB, dataDiskGiB } = size;
  tables.reservation.put({
    ...asked,
    label: asked.label ?? '',
    ownerId: TEACHER,
    userId: null,
    vmId: null,
    vcpus,
    ramMiB,
    osDiskGiB,
    dataDiskGiB,
    kind: asked.kind ?? 'class',
    begun: 0,
    ended: 0,
    vmIds: [],
    state: 'active',
    warning: null,
    createdAt: now,
  });
  return { ok: true, targetId: asked.id, operationId: null };
}
