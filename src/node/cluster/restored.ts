/** The first start after `cloud restore`: the log is a copy, and whoever was in it besides this node has another one. */
import type { MeshedAgreement } from '../../election/index.ts';
import type { CloudState, Outcome } from '../../state/index.ts';
import type { Submit } from '../door.ts';

/**
 * A restored folder has the log of before and a key of its own, which the log does not know: that tells it. The others are left out, as
 * after a recovery (N9): they join anew, or stay the cloud they are.
 */
export async function leaveOthersOut(parts: {
  readonly nodeId: string;
  readonly peerId: string;
  readonly state: CloudState;
  readonly agreement: MeshedAgreement<Outcome>;
  readonly submit: Submit;
}): Promise<void> {
  const { nodeId, peerId, state, agreement, submit } = parts;
  const known = state.tables.node.get(nodeId)?.peerId ?? '';
  const { role, voters } = agreement.status();
  if (known === '' || known === peerId || role !== 'leader' || voters.length !== 1) return;
  const others = state.tables.node.all().filter((one) => one.id !== nodeId && one.state !== 'retired');
  await submit('cloud.recovered', { missing: others.map((one) => one.id) }, { kind: 'local', nodeId });
}
