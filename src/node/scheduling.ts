/** What this node makes of the queue: the scheduler's own functions over its copy of the state and what gossip tells of the PCs. */
import type { Loads, NodeLoad, QueueEntry } from '../scheduler/index.ts';
import { type CloudState, LabmeshError } from '../state/index.ts';
import type { NodeServices } from './interface.ts';

export interface SchedulingParts {
  readonly state: CloudState;
  readonly peer: NodeServices['peer'];
  readonly now: () => number;
}

export type Scheduling = Pick<NodeServices, 'queue' | 'explain' | 'forecast' | 'dryRun'>;

export function openScheduling({ state }: SchedulingParts): Scheduling {
  return {
    queue: () => ({ entries: waiting(state) }),
    explain: () => later(),
    forecast: () => later(),
    dryRun: () => later(),
  };
}

/** What gossip tells of the members; those that have announced nothing are left out. */
export function loadsOf({ state, peer }: Pick<SchedulingParts, 'state' | 'peer'>): Loads {
  const loads = new Map<string, NodeLoad>();
  for (const { id } of state.tables.node.all()) {
    const known = peer(id);
    if (known === null || known.load === null) continue;
    const { load, userPresent, versionIds } = known;
    loads.set(id, { cpu: load.cpu, userPresent, versionIds });
  }
  return loads;
}

/** In the order in which they came, until the scheduler tells better. */
function waiting(state: CloudState): QueueEntry[] {
  return state.tables.vm.by('waiting', 'yes').map((vm, n) => ({
    vmId: vm.id,
    position: n + 1,
    priority: { base: 0, total: 0, terms: [] },
    expectedStart: null,
    short: null,
    blockedBy: null,
  }));
}

function later(): never {
  throw new LabmeshError('internal', {});
}
