/** The PCs of an image version as people see them: who has it, who is to have it or to delete it. */
import type { NodeServices } from '../node/interface.ts';
import { type CopyFailure, failureOn, type ImageVersion } from '../state/index.ts';

export interface CopyRow {
  readonly nodeId: string;
  /** `away`: is to have it, and does not answer. */
  readonly state: 'whole' | 'coming' | 'leaving' | 'away';
  /** Chunks that are there. */
  readonly present: number;
  /** Why it could not be fetched, while it tries again. */
  readonly failure: CopyFailure | null;
}

/** Those that have it first, each group in the order of their names. */
export function copyRows(services: NodeServices, version: ImageVersion): CopyRow[] {
  const { nodeIds, leavingOn, wantedOn } = version;
  const { node } = services.state.tables;
  const running = services.transfers().filter((one) => one.versionId === version.id);
  const presentOn = (nodeId: string) => {
    const { done, total } = running.find((one) => one.nodeId === nodeId) ?? { done: 0, total: 0 };
    return total === 0 ? 0 : Math.floor((version.chunks * done) / total);
  };
  const nameOf = (id: string) => node.get(id)?.name ?? id;
  const byName = (ids: readonly string[]) =>
    [...ids].sort((a, b) => nameOf(a).localeCompare(nameOf(b), 'en', { numeric: true }));
  const whole = byName(nodeIds).map((nodeId): CopyRow => {
    const isLeaving = version.leaving || leavingOn.includes(nodeId);
    return { nodeId, state: isLeaving ? 'leaving' : 'whole', present: version.chunks, failure: null };
  });
  const coming = byName(wantedOn.filter((id) => !nodeIds.includes(id))).map((nodeId): CopyRow => {
    const isUp = node.get(nodeId)?.reach.state === 'up';
    const failure = failureOn(version, nodeId) ?? null;
    return { nodeId, state: isUp ? 'coming' : 'away', present: presentOn(nodeId), failure };
  });
  const leaving = byName(leavingOn.filter((id) => !nodeIds.includes(id))).map(
    (nodeId): CopyRow => ({ nodeId, state: 'leaving', present: 0, failure: null }),
  );
  return [...whole, ...coming, ...leaving];
}
