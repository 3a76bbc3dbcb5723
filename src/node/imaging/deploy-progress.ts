/** How far a deployment is, from the agreed state alone: every PC says the same. */
import { type CloudState, deploymentOf } from '../../state/index.ts';
import type { Progress } from '../interface.ts';

/** Null for anything but a deployment under way. */
export function deployProgress(state: CloudState, operationId: string, now: number): Progress | null {
  const operation = state.tables.operation.get(operationId);
  if (operation?.kind !== 'image.deploy' || operation.state !== 'running') return null;
  const image = state.tables.image.get(operation.target.id);
  if (!image) return null;
  const { done, total } = deploymentOf(state, image, now);
  return { phase: 'copies', done, total, unit: 'steps', rate: null, etaMs: null };
}
