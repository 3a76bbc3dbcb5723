/** Records of snapshots that an earlier version wrote lack what came later: it takes the value that it had in effect. */
import type { Entities, Kind } from './change.ts';
import { newCloud, newNode, newVm } from './entities/index.ts';

const ADDED: Partial<Record<Kind, object>> = { cloud: newCloud, node: newNode, vm: newVm };

export function completed<K extends Kind>({ kind, entity }: { kind: K; entity: Entities[K] }): Entities[K] {
  return { ...ADDED[kind], ...entity };
}
