/** When VMs give their cores and memory back, PC by PC: what the expected start of those who wait rests on. */
import { type CloudState, type Resources, savedGiB, type Vm } from '../state/index.ts';

/** A VM's end on its PC. Its disks stay, and its memory is saved beside them. */
export interface End {
  readonly at: number;
  readonly vmId: string;
  readonly vcpus: number;
  readonly ramMiB: number;
  readonly savedGiB: number;
}

export class Ends {
  readonly #state: CloudState;
  readonly #now: number;
  readonly #byNode = new Map<string, End[]>();
  /** VMs that got their places meanwhile, on PCs at whose ends nobody has looked yet. */
  readonly #added = new Map<string, End[]>();

  constructor(state: CloudState, now: number) {
    this.#state = state;
    this.#now = now;
  }

  /** Soonest first. VMs that are being suspended to make room are not listed: their room is claimed already. */
  on(nodeId: string): readonly End[] {
    return this.#of(nodeId);
  }

  /** A VM that got its place meanwhile. */
  add(nodeId: string, vmId: string, at: number, need: Resources): End {
    const end = endOf(vmId, at, need);
    const known = this.#byNode.get(nodeId);
    const list = known ?? this.#added.get(nodeId);
    if (list) list.push(end);
    else this.#added.set(nodeId, [end]);
    known?.sort(bySoonest);
    return end;
  }

  /** One that is over. */
  drop(nodeId: string, vmId: string): void {
    const ends = this.#of(nodeId);
    const at = ends.findIndex((end) => end.vmId === vmId);
    if (at >= 0) ends.splice(at, 1);
  }

  #of(nodeId: string): End[] {
    const known = this.#byNode.get(nodeId);
    if (known) return known;
    const ends = this.#state.tables.vm
      .by('compute', nodeId)
      .filter((vm) => vm.held === null)
      .map((vm) => endOf(vm.id, this.#when(vm), vm))
      .concat(this.#added.get(nodeId) ?? [])
      .sort(bySoonest);
    this.#byNode.set(nodeId, ends);
    return ends;
  }

  /** One that is not wanted running any more is on its way out. */
  #when(vm: Vm): number {
    if (vm.desired !== 'running') return this.#now;
    return Math.max(this.#now, vm.leaseEndsAt ?? Number.POSITIVE_INFINITY);
  }
}

function endOf(vmId: string, at: number, { vcpus, ramMiB }: Pick<Resources, 'vcpus' | 'ramMiB'>): End {
  return { at, vmId, vcpus, ramMiB, savedGiB: savedGiB({ ramMiB }) };
}

export function bySoonest(a: End, b: End): number {
  return a.at - b.at || (a.vmId < b.vmId ? -1 : 1);
}
