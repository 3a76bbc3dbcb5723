/** That what one waits for is on a PC that does not answer: the wait is for somebody to switch it on. */
import type { VmRow } from './answers-vms.ts';
import { RefusedError } from './exit.ts';
import type { Session } from './session.ts';

/** What verbs on a VM remark while they wait; null: its PC answers. */
export async function awayRemark(session: Session, id: string): Promise<string | null> {
  try {
    const { state, node, name } = await session.client.get<VmRow>(['vms', id]);
    if (state !== 'unreachable' || node === null) return null;
    const { message, hint } = session.say({ code: 'cli.away', data: { node, name } });
    return `${message} ${hint}`;
  } catch (error) {
    // It may be gone by now, which is what was waited for.
    if (error instanceof RefusedError) return null;
    throw error;
  }
}
