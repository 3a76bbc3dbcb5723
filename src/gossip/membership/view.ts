/** The members, found by node id and by peer id. Follows its source; what it says is always the newest list. */
import type { Member, MembershipSource } from './types.ts';

/** A university's largest room has some hundred PCs; beyond this a list is a mistake and would cost memory everywhere. */
export const MAX_MEMBERS = 1_000;

export interface MembershipChange {
  readonly added: readonly Member[];
  readonly removed: readonly Member[];
}

export class MembershipView {
  readonly #source: MembershipSource;
  #byNode: ReadonlyMap<string, Member> = new Map();
  #byPeer: ReadonlyMap<string, Member> = new Map();
  readonly #listeners = new Set<(change: MembershipChange) => void>();
  readonly #stopFollowing: () => void;

  constructor(source: MembershipSource) {
    this.#source = source;
    this.#read();
    this.#stopFollowing = source.onChange(() => this.#follow());
  }

  /** Stops following the source. */
  close(): void {
    this.#stopFollowing();
    this.#listeners.clear();
  }

  members(): Member[] {
    return [...this.#byNode.values()];
  }

  byNode(nodeId: string): Member | undefined {
    return this.#byNode.get(nodeId);
  }

  byPeer(peerId: string): Member | undefined {
    return this.#byPeer.get(peerId);
  }

  /** Called after members came or went, with both. A member whose key changed is in both. */
  onChange(listener: (change: MembershipChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #read(): void {
    const members = this.#source.members().slice(0, MAX_MEMBERS);
    this.#byNode = new Map(members.map((one) => [one.nodeId, one]));
    this.#byPeer = new Map([...this.#byNode.values()].map((one) => [one.peerId, one]));
  }

  #follow(): void {
    const before = this.#byPeer;
    this.#read();
    const isNew = (one: Member) => before.get(one.peerId)?.nodeId !== one.nodeId;
    const isGone = (one: Member) => this.#byPeer.get(one.peerId)?.nodeId !== one.nodeId;
    const change = {
      added: [...this.#byPeer.values()].filter(isNew),
      removed: [...before.values()].filter(isGone),
    };
    if (change.added.length + change.removed.length === 0) return;
    for (const listener of this.#listeners) listener(change);
  }
}
