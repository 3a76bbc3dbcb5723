/** What runs at the bulk door, by member: bounded, and cut when the member goes. */
import { GossipError } from '../errors.ts';

export interface RunningLimits {
  readonly perPeer: number;
  readonly all: number;
}

export class Running {
  readonly limits: RunningLimits;
  readonly #byPeer = new Map<string, Set<AbortController>>();

  constructor(limits: RunningLimits) {
    this.limits = limits;
  }

  /** Its signal says that it is cut; undefined when there are too many already. */
  begin(nodeId: string): AbortController | undefined {
    const own = this.#byPeer.get(nodeId) ?? new Set();
    const all = [...this.#byPeer.values()].reduce((sum, { size }) => sum + size, 0);
    if (own.size >= this.limits.perPeer || all >= this.limits.all) return undefined;
    const ending = new AbortController();
    this.#byPeer.set(nodeId, own.add(ending));
    return ending;
  }

  end(nodeId: string, ending: AbortController): void {
    const own = this.#byPeer.get(nodeId);
    own?.delete(ending);
    if (own?.size === 0) this.#byPeer.delete(nodeId);
  }

  cut(nodeId: string): void {
    const own = this.#byPeer.get(nodeId) ?? [];
    this.#byPeer.delete(nodeId);
    for (const ending of own) ending.abort(new GossipError('bulk.not_member', {}));
  }

  cutAll(): void {
    for (const nodeId of [...this.#byPeer.keys()]) this.cut(nodeId);
  }
}
