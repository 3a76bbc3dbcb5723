/** The PCs of an image version as people see them: who has it, who is to have it or to delete it. */
import { type CloudState, type CopyFailure, failureOn, type ImageVersion } from '../state/index.ts';

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
export function copyRows(state: CloudState, version: ImageVersion): CopyRow[] {
  const { nodeIds, leavingOn, wantedOn } = version;
  const { node } = state.tables;
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
    return { nodeId, state: isUp ? 'coming' : 'away', present: 0, failure };
  });
  const leaving = byName(leavingOn.filter((id) => !nodeIds.includes(id))).map(
    (nodeId): CopyRow => ({ nodeId, state: 'leaving', present: 0, failure: null }),
  );
  return [...whole, ...coming, ...leaving];
}
