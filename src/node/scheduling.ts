/** What this node makes of the queue: the scheduler's own functions over its copy of the state and what gossip tells of the PCs. */
import {
  dryRun,
  explain,
  forecast,
  type Loads,
  type NodeLoad,
  type QueueView,
  queueOf,
} from '../scheduler/index.ts';
import {
  acceptSetting,
  type CloudMachine,
  expectedBy,
  isSettingKey,
  Refusal,
  settingDefinitions,
} from '../state/index.ts';
import type { NodeServices } from './interface.ts';

/** Leases end and claims grow by the minute: so long a queue that nothing else changed is told again. */
const QUEUE_AGE_MS = 1000;

export interface SchedulingParts {
  readonly machine: CloudMachine;
  readonly peer: NodeServices['peer'];
  readonly now: () => number;
}

export type Scheduling = Pick<NodeServices, 'queue' | 'explain' | 'forecast' | 'dryRun'>;

export function openScheduling(parts: SchedulingParts): Scheduling {
  const { machine, now } = parts;
  const { state } = machine;
  let kept: { at: number; queue: QueueView } | null = null;
  const forget = () => {
    kept = null;
  };
  machine.onApplied(forget);
  machine.onRestored(forget);
  return {
    queue: () => {
      const at = now();
      if (kept === null || at - kept.at >= QUEUE_AGE_MS || at < kept.at)
        kept = { at, queue: queueOf(state, loadsOf(parts), at) };
      return kept.queue;
    },
    explain: (vmId) => explain(state, loadsOf(parts), vmId, now()),
    forecast: (draft) => forecast(state, loadsOf(parts), draft, now()),
    dryRun: (values) => {
      for (const [key, value] of Object.entries(values)) needSetting(key, value);
      return dryRun(state, values, loadsOf(parts), now());
    },
  };
}

/** What gossip tells of the members; those that have announced nothing are left out. */
export function loadsOf({ machine, peer }: Pick<SchedulingParts, 'machine' | 'peer'>): Loads {
  const loads = new Map<string, NodeLoad>();
  for (const { id } of machine.state.tables.node.all()) {
    const known = peer(id);
    if (known === null || known.load === null) continue;
    const { load, userPresent, versionIds } = known;
    loads.set(id, { cpu: load.cpu, userPresent, versionIds, diskFreeGiB: load.diskFreeGiB });
  }
  return loads;
}

/** As the log would take it. @throws Refusal `setting.unknown`, `setting.invalid` */
function needSetting(key: string, value: unknown): void {
  if (!isSettingKey(key)) throw new Refusal('setting.unknown', { key: key.slice(0, 80) });
  const definition = settingDefinitions[key];
  if (acceptSetting(definition, value) === undefined)
    throw new Refusal('setting.invalid', { key, value, expected: expectedBy(definition) });
}
