/** Who shares a PC, and who declined too often (N11). */
import { hosts } from '../capacity.ts';
import type { CloudState } from '../cloud-state.ts';
import type { User } from '../entities/index.ts';
import { setting } from '../settings.ts';

/** True while a PC of this person's takes VMs. */
export function sharesPc(state: CloudState, userId: string): boolean {
  return state.tables.node.by('owner', userId).some((node) => hosts(node) && node.share > 0);
}

/** True when the person's requests wait behind those of people who share: declined once more than is allowed, and shares nothing. */
export function waitsBehindSharers(state: CloudState, user: User): boolean {
  if (!setting(state, 'sharing.policy') || user.declined <= setting(state, 'sharing.declines')) return false;
  return !sharesPc(state, user.id);
}
