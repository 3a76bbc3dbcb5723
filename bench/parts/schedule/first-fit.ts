/**
 * The founding papers' own algorithm as a baseline (CASES.md, P-A1 to P-A8): all requests are sorted by priority, among equals first come
 * first served; each takes the first PC that has room; where none has, the greater priority takes the place of running VMs of a lesser
 * one, and who must wait bars all behind. No aging, no backfill, and reservations are taken without a look at the calendar.
 *
 * What is not a decision about places (leases that end, PCs that are emptied, a class whose hour has come) is the real plan's.
 */
import { type Loads, plan, type Step } from '../../../src/scheduler/index.ts';
import {
  type CloudState,
  hosts,
  limitsOf,
  type Node,
  type Resources,
  setting,
  shortOn,
  usedOn,
  type Vm,
  wishFor,
} from '../../../src/state/index.ts';

const OURS: ReadonlySet<string> = new Set(['vm.place', 'vm.place_many', 'image.want']);

/** @param passes whether who fits may pass those who do not: kinder than the papers */
export function firstFit(passes: boolean) {
  return (state: CloudState, loads: Loads, now: number): Step[] => {
    const preempted = (id: string) => state.tables.vm.get(id)?.held?.by === 'preempted';
    const others = plan(state, loads, now).filter(({ type, payload }) => {
      if (OURS.has(type)) return false;
      if (type === 'vm.hold') return payload.by !== 'preempted';
      return !(type === 'vm.release' && preempted(payload.id));
    });
    // Facts first: places are given when everything else has settled.
    return others.length > 0 ? others : [...released(state), ...new FirstFit(state, passes).steps()];
  };
}

/** Who was suspended for another queues again at once. */
function released(state: CloudState): Step[] {
  return state.tables.vm
    .by('held', 'yes')
    .filter((vm) => vm.held?.by === 'preempted' && vm.observed.state === 'suspended')
    .map(({ id }) => ({ type: 'vm.release', payload: { id } }));
}

class FirstFit {
  readonly #state: CloudState;
  readonly #passes: boolean;
  readonly #nodes: readonly Node[];
  readonly #used = new Map<string, Resources>();
  readonly #given: Step[] = [];

  constructor(state: CloudState, passes: boolean) {
    this.#state = state;
    this.#passes = passes;
    this.#nodes = state.tables.node.all().filter(hosts);
  }

  steps(): Step[] {
    if (this.#state.cloud?.power.state !== 'on') return [];
    const waiting = this.#state.tables.vm
      .by('waiting', 'yes')
      .filter((vm) => wishFor(vm) === 'running')
      .map((vm) => ({ vm, priority: priorityOf(this.#state, vm) }))
      .sort(
        (a, b) => b.priority - a.priority || a.vm.queuedAt - b.vm.queuedAt || (a.vm.id < b.vm.id ? -1 : 1),
      );
    const takenFor = new Set(this.#state.tables.vm.by('held', 'yes').map(({ held }) => held?.for));
    for (const { vm, priority } of waiting) {
      if (this.#place(vm)) continue;
      // What was suspended for it is still being saved: its room comes.
      if (!takenFor.has(vm.id)) this.#preempt(vm, priority);
      // A VM that is tied to a PC waits for that one; it bars nobody.
      if (!this.#passes && vm.homeNodeId === null) break;
    }
    return this.#given;
  }

  #place(vm: Vm): boolean {
    const need = needOf(vm);
    const node = this.#mayRunOn(vm).find((one) => this.#short(one, this.#usedOn(one), need).length === 0);
    if (!node) return false;
    this.#used.set(node.id, sum(this.#usedOn(node), need));
    this.#given.push({ type: 'vm.place', payload: { id: vm.id, nodeId: node.id, epoch: vm.epoch + 1 } });
    return true;
  }

  /** On the first PC where lesser ones hold enough, as many of them as it takes, in the order in which they are found. */
  #preempt(vm: Vm, priority: number): void {
    const need = needOf(vm);
    for (const node of this.#mayRunOn(vm)) {
      let used = this.#usedOn(node);
      const victims: Vm[] = [];
      for (const one of this.#state.tables.vm.by('compute', node.id)) {
        const running = one.observed.state === 'running' && one.desired === 'running' && one.held === null;
        if (!running || !one.preemptible || priorityOf(this.#state, one) >= priority) continue;
        victims.push(one);
        used = { ...used, vcpus: used.vcpus - one.vcpus, ramMiB: used.ramMiB - one.ramMiB };
        used = { ...used, tempGiB: used.tempGiB + Math.ceil(one.ramMiB / 1024) };
        if (this.#short(node, used, need).length > 0) continue;
        this.#used.set(node.id, sum(used, need));
        for (const { id } of victims) {
          this.#given.push({ type: 'vm.hold', payload: { id, by: 'preempted', for: vm.id } });
        }
        return;
      }
    }
  }

  #mayRunOn(vm: Vm): readonly Node[] {
    const only = vm.homeNodeId ?? vm.pinnedNodeId;
    return only === null ? this.#nodes : this.#nodes.filter(({ id }) => id === only);
  }

  #short(node: Node, used: Resources, need: Resources) {
    return shortOn(limitsOf(this.#state, node), used, need);
  }

  #usedOn(node: Node): Resources {
    const known = this.#used.get(node.id);
    if (known) return known;
    const used = usedOn(this.#state, node.id);
    this.#used.set(node.id, used);
    return used;
  }
}

/** Kind and role, as in the papers: nothing that changes with time. */
function priorityOf(state: CloudState, vm: Vm): number {
  const role = state.tables.user.get(vm.ownerId)?.role ?? 'student';
  return setting(state, `priority.${vm.kind}`) + setting(state, `priority.${role}`);
}

/** Its disks are counted already where they lie. */
function needOf(vm: Vm): Resources {
  const placed = vm.homeNodeId !== null;
  return {
    vcpus: vm.vcpus,
    ramMiB: vm.ramMiB,
    storageGiB: placed ? 0 : vm.osDiskGiB,
    tempGiB: placed ? 0 : vm.dataDiskGiB,
  };
}

function sum(a: Resources, b: Resources): Resources {
  return {
    vcpus: a.vcpus + b.vcpus,
    ramMiB: a.ramMiB + b.ramMiB,
    storageGiB: a.storageGiB + b.storageGiB,
    tempGiB: a.tempGiB + b.tempGiB,
  };
}
