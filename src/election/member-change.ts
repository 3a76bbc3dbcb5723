import type { Ground } from './ground.ts';
import type { Leadership } from './leadership.ts';
import { afterChange, type ChangeRefusal, healing, type MemberChange } from './members.ts';
import type { Output } from './steps.ts';

/** Begins one change of members, as the leader (M2, M3): where its entry stands, or why not. */
export function beginChange(
  { held }: Ground,
  leadership: Leadership,
  change: MemberChange,
): { proposed: NonNullable<Output['proposed']> } | { refused: ChangeRefusal } {
  if (leadership.transfer !== null) return { refused: 'not_leader' };
  if (!held.committedOwnTerm) return { refused: 'too_early' };
  if (!held.membersCommitted) return { refused: 'pending' };
  const next = afterChange(held.members, change);
  if (typeof next === 'string') return { refused: next };
  if (change.op === 'promote' && !leadership.isFresh(change.nodeId)) return { refused: 'behind' };
  const { index } = held.append('voters', JSON.stringify(next));
  leadership.membersChanged();
  leadership.spread();
  return { proposed: { first: index, last: index } };
}

/** The change that the set of voters needs now, if any (M5). One step at a time; the next tick looks again. */
export function heal(ground: Ground, leadership: Leadership): void {
  if (ground.timing.replaceSilentMs <= 0) return;
  const change = healing(ground.held.members, leadership.health());
  if (change !== null) beginChange(ground, leadership, change);
}
