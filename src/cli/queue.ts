/** Where one who waits stands, in words. */

import type { QueuedRow } from './answers-plan.ts';
import type { VmRow } from './answers-vms.ts';
import { clockText } from './clock.ts';
import type { Session } from './session.ts';

/** So near a start is no waiting that people plan by: the scheduler has only to speak. */
const MOMENT_MS = 5_000;

/** The sentence about a place in line, with why it does not start now. */
export function queuedText(session: Session, { position, expectedStart, short }: QueuedRow): string {
  const at = expectedStart === null ? null : clockText(expectedStart, session.lang);
  const why = short === null ? '' : (short.message ?? session.say(short).message);
  return session.say({ code: 'cli.queued', data: { position, at, why } }).message;
}

/** What `vm start` remarks while it waits: a place in line that is worth telling, else null. */
export async function waitingRemark(session: Session, id: string): Promise<string | null> {
  const { queue } = await session.client.get<VmRow>(['vms', id]);
  if (queue === null) return null;
  const { expectedStart, short } = queue;
  const isMoment = short === null && expectedStart !== null && expectedStart <= Date.now() + MOMENT_MS;
  return isMoment ? null : queuedText(session, queue);
}
