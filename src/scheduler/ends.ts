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
  /** VMs that got their places since anybody looked: most plans never look. */
  #added: { readonly nodeId: string; readonly end: End }[] = [];

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
    this.#added.push({ nodeId, end });
    return end;
  }

  /** One that is over. */
  drop(nodeId: string, vmId: string): void {
    const ends = this.#of(nodeId);
    const at = ends.findIndex((end) => end.vmId === vmId);
    if (at >= 0) ends.splice(at, 1);
  }

  #of(nodeId: string): End[] {
    this.#sortIn();
    return this.#listOf(nodeId);
  }

  #sortIn(): void {
    if (this.#added.length === 0) return;
    const changed = new Set<End[]>();
    for (const { nodeId, end } of this.#added) {
      const list = this.#listOf(nodeId);
      list.push(end);
      changed.add(list);
    }
    this.#added = [];
    for (const list of changed) list.sort(bySoonest);
  }

  #listOf(nodeId: string): End[] {
    const known = this.#byNode.get(nodeId);
    if (known) return known;
    const ends = this.#state.tables.vm
      .by('compute', nodeId)
      .filter((vm) => vm.held === null)
      .map((vm) => endOf(vm.id, this.#when(vm), vm))
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
