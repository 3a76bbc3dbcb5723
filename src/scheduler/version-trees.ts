/** For each image version that is asked for: an index over the PCs that have it, so that the best of them is found as fast as of all. */
import type { CloudState } from '../state/index.ts';
import { NodeTree } from './node-tree.ts';
import type { Spot } from './spot.ts';
import type { Loads } from './views.ts';

interface Spots {
  readonly spots: readonly Spot[];
  spot(nodeId: string): Spot | undefined;
}

interface Holders {
  /** 1 for those that have it, by rank. */
  readonly has: Uint8Array;
  /** Null when no PC that hosts has the version. */
  readonly tree: NodeTree | null;
  /** Up to where in the list of changes the tree has caught up. */
  seen: number;
}

export class VersionTrees {
  readonly #state: CloudState;
  readonly #loads: Loads;
  readonly #room: Spots;
  readonly #all: NodeTree;
  readonly #known = new Map<string, Holders>();
  /** Spots in the order in which they changed: a tree catches up when it is asked, not for each change. */
  readonly #changes: Spot[] = [];
  /** True when a version has a tree of its own. */
  #hasOwn = false;

  /** @param all the index over all spots, kept up to date by the caller */
  constructor(state: CloudState, loads: Loads, room: Spots, all: NodeTree) {
    this.#state = state;
    this.#loads = loads;
    this.#room = room;
    this.#all = all;
  }

  isThere(versionId: string, { rank }: Spot): boolean {
    return this.#of(versionId).has[rank] === 1;
  }

  /** The index over the PCs that have the version, up to date: the one over all when all have it; null when none has it. */
  holders(versionId: string): NodeTree | null {
    const holders = this.#of(versionId);
    const { tree } = holders;
    if (tree === null || tree === this.#all) return tree;
    for (; holders.seen < this.#changes.length; holders.seen++) {
      const spot = this.#changes[holders.seen];
      if (spot) tree.update(spot);
    }
    return tree;
  }

  changed(spot: Spot): void {
    if (this.#hasOwn) this.#changes.push(spot);
  }

  #of(versionId: string): Holders {
    const known = this.#known.get(versionId);
    if (known) return known;
    const has = new Uint8Array(this.#room.spots.length);
    const note = (nodeId: string) => {
      const spot = this.#room.spot(nodeId);
      if (spot) has[spot.rank] = 1;
    };
    for (const nodeId of this.#state.tables.version.get(versionId)?.nodeIds ?? []) note(nodeId);
    for (const [nodeId, load] of this.#loads) if (load.versionIds.includes(versionId)) note(nodeId);
    const spots = this.#room.spots.filter(({ rank }) => has[rank] === 1);
    const holders = { has, tree: this.#treeOver(spots), seen: this.#changes.length };
    this.#known.set(versionId, holders);
    return holders;
  }

  #treeOver(spots: readonly Spot[]): NodeTree | null {
    if (spots.length === 0) return null;
    if (spots.length === this.#room.spots.length) return this.#all;
    this.#hasOwn = true;
    return new NodeTree(spots);
  }
}
