/** Where copies of image versions are to be (I6): one pass for all who want them, and what nobody needs any more (I10). */
import {
  type CloudState,
  copiesOf,
  failureOn,
  hosts,
  type Image,
  type ImageVersion,
  isConcluded,
  mayKeep,
  type Node,
  safeHolders,
  setting,
  surplusVersions,
} from '../state/index.ts';
import { prefetches } from './prefetch.ts';
import type { Step } from './step.ts';
import type { Loads } from './views.ts';

/** A PC that could not fetch a version is asked again after so long: room may have been made. */
const RETRY_MS = 15 * 60_000;
const GIB = 2 ** 30;
/** Left free on a PC's disk by what the plan puts there: as much as its image store keeps for running VMs. */
const SPARE_GIB = 1;
/** Deletions in one plan: each is an entry of the log, and the next plan is a second away. */
const MAX_EXPIRED = 16;

interface Wish {
  readonly version: ImageVersion;
  /** These PCs in any case. */
  readonly named: readonly string[];
  /** At least so many PCs in all. */
  readonly copies: number;
}

/**
 * Orders what each version is wanted on, where that is not what was said before, and ends deployments and deletions that have come to
 * their end. Copies that are there count; PCs that were chosen before stay; new ones are up, have room, and are the least full.
 */
export function copyOrders(state: CloudState, loads: Loads, now: number): Step[] {
  const nodes = state.tables.node.all();
  const fetched = prefetches(state, now);
  const shelves = new Shelves(state, loads, now);
  const steps: Step[] = [];
  const changed = new Set<string>();
  for (const version of state.tables.version.all()) {
    const image = state.tables.image.get(version.imageId);
    if (version.leaving || image?.state !== 'ready') continue;
    const wish = wishOf(state, version, image, nodes, fetched.get(version.id) ?? []);
    const nodeIds = placesFor(state, wish, shelves, now);
    if (isSame(nodeIds, version.wantedOn)) continue;
    changed.add(image.id);
    steps.push({ type: 'image.want', payload: { versionId: version.id, nodeIds } });
  }
  for (const operation of state.tables.operation.by('state', 'running')) {
    const isOurs = operation.kind === 'image.deploy' || operation.kind === 'image.remove';
    // An order that has just changed has not been tried yet.
    if (isOurs && !changed.has(operation.target.id) && isConcluded(state, operation, now))
      steps.push({ type: 'image.conclude', payload: { operationId: operation.id } });
  }
  return steps;
}

function wishOf(
  state: CloudState,
  version: ImageVersion,
  image: Image,
  nodes: readonly Node[],
  prefetched: readonly string[],
): Wish {
  const wanted = copiesOf(state, version);
  if (version.id !== image.currentVersionId) return { version, named: [], copies: wanted };
  const { copies, nodeIds } = image.deploy;
  const all = copies === 'all' ? nodes.filter((node) => isHost(node)).map(({ id }) => id) : [];
  const named = [...nodeIds, ...all, ...prefetched];
  return { version, named, copies: wanted };
}

/** It runs VMs, or does so when it is back. */
function isHost(node: Node): boolean {
  return mayKeep(node) && node.hostProblem === null;
}

/** The named PCs, and as many of the best others as are missing. */
function placesFor(
  state: CloudState,
  { version, named, copies }: Wish,
  shelves: Shelves,
  now: number,
): string[] {
  const isLeaving = (id: string) => version.leavingOn.includes(id);
  const chosen = new Set(named.filter((id) => mayKeep(state.tables.node.get(id)) && !isLeaving(id)));
  const there = new Set([...chosen, ...safeHolders(state, version, now)]);
  // What was named and cannot be had does not count as a copy.
  for (const id of chosen) if (hasFailed(version, id, now)) there.delete(id);
  while (there.size < copies) {
    const nodeId = shelves.best(version, new Set([...there, ...chosen]));
    if (nodeId === null) break;
    there.add(nodeId);
    chosen.add(nodeId);
    if (!version.wantedOn.includes(nodeId)) shelves.add(version, nodeId);
  }
  return [...chosen].sort();
}

function hasFailed(version: ImageVersion, nodeId: string, now: number): boolean {
  const failure = failureOn(version, nodeId);
  return failure !== undefined && now < failure.at + RETRY_MS;
}

/** Whom a copy can be given: PCs in service, and how full each will be of what is there and ordered. */
class Shelves {
  readonly #nodes: readonly Node[];
  readonly #loads: Loads;
  readonly #now: number;
  /** Bytes of versions that a PC has or is to have. */
  readonly #bytes = new Map<string, number>();

  constructor(state: CloudState, loads: Loads, now: number) {
    this.#nodes = state.tables.node.all().filter(isHost);
    this.#loads = loads;
    this.#now = now;
    for (const version of state.tables.version.all())
      for (const nodeId of new Set([...version.nodeIds, ...version.wantedOn])) this.add(version, nodeId);
  }

  add({ storedBytes }: ImageVersion, nodeId: string): void {
    this.#bytes.set(nodeId, (this.#bytes.get(nodeId) ?? 0) + storedBytes);
  }

  /** The best PC for a further copy: one chosen before, else one that is up, has room, is nobody's now and the least full; then by id. */
  best(version: ImageVersion, taken: ReadonlySet<string>): string | null {
    let best: Node | null = null;
    for (const node of this.#nodes) {
      if (taken.has(node.id) || !this.#mayTake(version, node)) continue;
      if (best === null || this.#isBetter(version, node, best)) best = node;
    }
    return best?.id ?? null;
  }

  #mayTake(version: ImageVersion, node: Node): boolean {
    if (version.nodeIds.includes(node.id) || version.leavingOn.includes(node.id)) return false;
    if (hasFailed(version, node.id, this.#now)) return false;
    // Who was chosen and is out of reach for a moment stays; who is lost does not.
    if (version.wantedOn.includes(node.id)) return node.reach.state !== 'lost';
    return hosts(node) && hasRoom(version, this.#loads, node.id);
  }

  #isBetter(version: ImageVersion, one: Node, other: Node): boolean {
    const [a, b] = [this.#cost(version, one), this.#cost(version, other)];
    const at = a.findIndex((cost, n) => cost !== b[n]);
    return at >= 0 ? (a[at] ?? 0) < (b[at] ?? 0) : one.id < other.id;
  }

  #cost({ wantedOn }: ImageVersion, { id, capacity }: Node): readonly number[] {
    const fill = (this.#bytes.get(id) ?? 0) / GIB / Math.max(1, capacity.storageGiB);
    return [wantedOn.includes(id) ? 0 : 1, this.#loads.get(id)?.userPresent ? 1 : 0, fill];
  }
}

function hasRoom({ storedBytes }: ImageVersion, loads: Loads, nodeId: string): boolean {
  const free = loads.get(nodeId)?.diskFreeGiB;
  return free === undefined || free >= storedBytes / GIB + SPARE_GIB;
}

/** Old versions beyond `image.keep_versions` that nothing uses, and saved work of VMs that are gone. */
export function garbage(state: CloudState): Step[] {
  const { image, version, vm } = state.tables;
  const keep = setting(state, 'image.keep_versions');
  const old = image
    .all()
    .filter(({ id }) => version.countBy('image', id) > keep)
    .flatMap((one) => surplusVersions(state, one));
  const orphans = version.all().filter(({ vmId, leaving }) => vmId !== null && !leaving && !vm.get(vmId));
  return [...old, ...orphans]
    .slice(0, MAX_EXPIRED)
    .map(({ id }): Step => ({ type: 'image.expire', payload: { versionId: id } }));
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, at) => id === b[at]);
}
