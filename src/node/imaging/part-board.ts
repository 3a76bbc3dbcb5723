/** Who has a part of a version, by what the PCs announce: those that are still fetching it pass on what they have. Soft facts. */
import type { Facts } from '../../gossip/index.ts';

/** What it needs of the announcements. */
export interface Announcements {
  readonly board: { all(): readonly { readonly nodeId: string; readonly facts: Facts }[] };
  onAnnounced(listener: (announced: { readonly nodeId: string }) => void): () => void;
}

export interface PartBoard {
  /** Other PCs that have some of it, or all of it by now. */
  holders(versionId: string): string[];
  onChange(listener: () => void): () => void;
}

export function openPartBoard(announcer: Announcements, nodeId: string): PartBoard {
  return {
    holders: (versionId) =>
      announcer.board
        .all()
        .filter((one) => one.nodeId !== nodeId && hasSome(one.facts, versionId))
        .map((one) => one.nodeId),
    onChange: (listener) => announcer.onAnnounced((one) => one.nodeId !== nodeId && listener()),
  };
}

function hasSome({ images, parts = [] }: Facts, versionId: string): boolean {
  return parts.includes(versionId) || images.includes(versionId);
}
