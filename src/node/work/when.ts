/** Whether a VM's work is to be saved now. Pure. */
import type { DomainInfo } from '../../hypervisor/index.ts';
import { isWorkCurrent, type Vm } from '../../state/index.ts';

/** What failed is tried again after so long: a full disk does not empty itself by the second. */
export const RETRY_MS = 60_000;
/** Who asked for a disk for itself has so long to say what it is doing. */
const LET_GO_MS = 3000;

/** The last try. */
export interface LastSave {
  readonly at: number;
  /** Bytes that the guest had written by then. */
  readonly written: number;
  readonly failed: boolean;
  /** Since when the VM was in the state in which it was saved. */
  readonly since: number;
}

export interface SaveMoment {
  readonly nodeId: string;
  readonly now: number;
  /** Setting `work.every_minutes` in ms; 0: never while it runs. */
  readonly everyMs: number;
  /** Somebody asked for it. */
  readonly isAsked: boolean;
  /** When somebody else last asked for the disk. */
  readonly letGoAt: number;
}

/** `off`: it stopped, and all of it is to be saved. `asleep`: suspended. `asked`, `due`: it runs; what is due is saved if it has written. */
export type WhySave = 'off' | 'asleep' | 'asked' | 'due';

/** Null: nothing to save, or not now. */
export function whySave(
  vm: Vm,
  domain: DomainInfo | undefined,
  last: LastSave | undefined,
  moment: SaveMoment,
): WhySave | null {
  const { nodeId, now, everyMs, isAsked, letGoAt } = moment;
  if ((vm.placement?.nodeId ?? vm.homeNodeId) !== nodeId || vm.observed.epoch !== vm.epoch) return null;
  if (vm.publishing !== null || vm.desired === 'deleted' || now - letGoAt < LET_GO_MS) return null;
  if (last?.failed && now - last.at < RETRY_MS && !isAsked) return null;
  const { state, since } = vm.observed;
  const isOff = !domain || domain.state === 'off' || domain.state === 'crashed';
  if (state === 'stopped' || state === 'failed')
    return isOff && !domain?.hasSave && !isWorkCurrent(vm) ? 'off' : null;
  if (state === 'suspended')
    return isOff && (vm.work?.at ?? 0) < since && last?.since !== since ? 'asleep' : null;
  const runs = state === 'running' && domain?.state === 'running' && vm.desired === 'running';
  if (!runs || vm.held !== null) return null;
  if (isAsked) return 'asked';
  return everyMs > 0 && now - Math.max(since, last?.at ?? 0) >= everyMs ? 'due' : null;
}
