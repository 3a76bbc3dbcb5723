/** The agreement as people understand it: who is master, who votes, how many more may fail. Pure. */
import type { AgreementStatus } from '../../election/index.ts';
import type { Health } from '../../gossip/index.ts';
import type { Quorum } from '../interface.ts';

/**
 * A follower hears of the master only; whether the other voters live it knows from the failure detector.
 * @param healthOf what is believed of a member; undefined for this node itself
 */
export function quorumOf(status: AgreementStatus, healthOf: (nodeId: string) => Health | undefined): Quorum {
  const { nodeId, term, master, voters, learners = [], standbys = [], warnings } = status;
  const answers = (id: string) => id === nodeId || (healthOf(id) ?? 'dead') !== 'dead';
  const alive = voters.filter((id) => status.alive.includes(id) || (status.role !== 'leader' && answers(id)));
  const majority = Math.floor(voters.length / 2) + 1;
  return {
    term,
    masterId: master?.nodeId ?? null,
    masterSince: master?.sinceMs ?? null,
    voters,
    learners,
    standbys,
    alive,
    mayFail: master === null ? 0 : Math.max(0, alive.length - majority),
    warnings: warnings.map(({ code, data }) => ({ code, data: { ...data } })),
  };
}

/** Whether so few voters answer that they cannot elect a master. Parameters as above. */
export function isMajorityDead(
  status: AgreementStatus,
  healthOf: (nodeId: string) => Health | undefined,
): boolean {
  const { voters, alive } = quorumOf(status, healthOf);
  return alive.length * 2 <= voters.length;
}
