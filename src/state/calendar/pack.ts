/** Whether VMs fit on PCs together: largest first, each kind on the first PCs with room. */
import { limitsOf, type Resource, type Resources } from '../capacity.ts';
import type { CloudState } from '../cloud-state.ts';
import type { Node } from '../entities/index.ts';
import type { Asked } from './loads.ts';

const KEYS: readonly Resource[] = ['vcpus', 'ramMiB', 'storageGiB', 'tempGiB'];
/** Sums of shares such as 0.2 are not exact in binary. */
const EPSILON = 1e-9;

type Amounts = [number, number, number, number];
/** VMs of one need; `at`: on which PC of the pool, null: on any. */
interface Part {
  readonly need: Amounts;
  readonly count: number;
  readonly at: number | null;
}

/** The PCs that reservations may count on, and what each has free of what no time gives back: disks of VMs that exist. */
export class Pool {
  readonly #ids: ReadonlyMap<string, number>;
  readonly #free: readonly Readonly<Amounts>[];
  /** What reservations may have of it in all. */
  readonly #most: Readonly<Amounts>;
  /** How many looks at a PC it has cost so far: bounds searches, the same on every node. */
  looks = 0;

  /** @param reserve so many of the largest PCs count as lost; @param percent of cores and memory that stays free */
  constructor(state: CloudState, reserve: number, percent: number) {
    const nodes = withoutLargest(state.tables.node.all().filter(countsOn), reserve);
    this.#ids = new Map(nodes.map(({ id }, at) => [id, at]));
    this.#free = nodes.map((node) => freeOn(state, node));
    const share = 1 - percent / 100;
    const sum = (at: 0 | 1) => this.#free.reduce((total, free) => total + free[at], 0);
    this.#most = [sum(0) * share, sum(1) * share, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  }

  /** Null when all fit together, else the resource that is short. */
  shortFor(asked: readonly Asked[]): Resource | null {
    const here = asked.flatMap((one) => this.#onPool(one));
    const over = this.#overMost(here);
    if (over) return over;
    const free = this.#free.map(([a, b, c, d]): Amounts => [a, b, c, d]);
    for (const { need, at } of here) {
      const home = at === null ? undefined : free[at];
      if (home && take(home, need, 1) < 1) return shortest([home], need);
    }
    for (const { need, count } of merged(here.filter(({ at }) => at === null))) {
      let left = count;
      for (const node of free) {
        if (left === 0) break;
        this.looks += 1;
        left -= take(node, need, left);
      }
      if (left > 0) return shortest(free, need);
    }
    return null;
  }

  /** What a load means on these PCs: one whose PC is not among them goes elsewhere, or is lost with it. */
  #onPool({ need, count, nodeId, elsewhere }: Asked): Part[] {
    this.looks += 1;
    if (nodeId === null) return [{ need: amounts(need), count, at: null }];
    const at = this.#ids.get(nodeId);
    if (at !== undefined) return [{ need: amounts(need), count, at }];
    return elsewhere ? [{ need: amounts(elsewhere), count, at: null }] : [];
  }

  #overMost(parts: readonly Part[]): Resource | null {
    for (const [at, key] of KEYS.entries()) {
      const all = parts.reduce((sum, { need, count }) => sum + (need[at] ?? 0) * count, 0);
      if (all > (this.#most[at] ?? 0) + EPSILON) return key;
    }
    return null;
  }
}

/** A PC that is in service, or will be: only one that was lost, emptied or cannot host does not count. */
function countsOn({ state, reach, hostProblem }: Node): boolean {
  return state === 'ready' && reach.state !== 'lost' && hostProblem === null;
}

function withoutLargest(nodes: Node[], reserve: number): Node[] {
  if (reserve === 0) return nodes;
  const size = ({ capacity, share }: Node) => [capacity.ramMiB * share, capacity.cores * share] as const;
  const bySize = [...nodes].sort((a, b) => {
    const [ramA, coresA] = size(a);
    const [ramB, coresB] = size(b);
    return ramB - ramA || coresB - coresA || (a.id < b.id ? -1 : 1);
  });
  const lost = new Set(bySize.slice(0, reserve));
  return nodes.filter((node) => !lost.has(node));
}

function freeOn(state: CloudState, node: Node): Amounts {
  const free = amounts(limitsOf(state, node));
  for (const vm of state.tables.vm.by('disk', node.id)) {
    free[2] -= vm.osDiskGiB;
    free[3] -= vm.dataDiskGiB;
  }
  return free;
}

function amounts({ vcpus, ramMiB, storageGiB, tempGiB }: Resources): Amounts {
  return [vcpus, ramMiB, storageGiB, tempGiB];
}

/** One entry for each kind of need, the largest first: memory decides, then cores, then disks. */
function merged(asked: readonly Part[]): { need: Amounts; count: number }[] {
  const kinds = new Map<string, { need: Amounts; count: number }>();
  for (const { need, count } of asked) {
    const kind = kinds.get(need.join(' '));
    if (kind) kind.count += count;
    else kinds.set(need.join(' '), { need, count });
  }
  return [...kinds.values()].sort(
    ({ need: a }, { need: b }) => b[1] - a[1] || b[0] - a[0] || b[2] - a[2] || b[3] - a[3],
  );
}

/** Takes room for up to `count`; says for how many there was some. */
function take(free: Amounts, need: Readonly<Amounts>, count: number): number {
  let most = count;
  for (const at of [0, 1, 2, 3] as const) {
    if (need[at] > 0) most = Math.min(most, Math.floor((free[at] + EPSILON) / need[at]));
  }
  if (most <= 0) return 0;
  for (const at of [0, 1, 2, 3] as const) free[at] -= need[at] * most;
  return most;
}

/** The resource of which the fewest more would fit. */
function shortest(nodes: readonly Amounts[], need: Amounts): Resource {
  let least: { key: Resource; fit: number } = { key: 'ramMiB', fit: Number.POSITIVE_INFINITY };
  for (const [at, key] of KEYS.entries()) {
    const each = need[at] ?? 0;
    if (each === 0) continue;
    let fit = 0;
    for (const free of nodes) fit += Math.max(0, Math.floor(((free[at] ?? 0) + EPSILON) / each));
    if (fit < least.fit) least = { key, fit };
  }
  return least.key;
}
