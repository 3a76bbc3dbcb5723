/** What the log says of a PC that was taken out for good. Pure. */
import type { CloudState } from '../../state/index.ts';
import type { Retirement } from '../interface.ts';

/** Null while the PC is a member, or never was one. */
export function retirementOf({ tables }: CloudState, nodeId: string): Retirement | null {
  const node = tables.node.get(nodeId);
  if (node?.state !== 'retired') return null;
  // The audit log keeps only so much, and a recovery retires PCs without naming each.
  const deed = tables.audit.all().findLast(({ action, target, outcome }) => {
    return action === 'node.retire' && outcome === 'ok' && target?.id === nodeId;
  });
  return { node: node.name, by: deed?.author.name ?? '', at: node.changedAt };
}
