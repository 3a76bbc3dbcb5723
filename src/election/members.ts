/** Who takes part, by node id. The newest `voters` entry in the log says it, committed or not (Raft section 6). */
export interface Members {
  readonly voters: readonly string[];
  /** Follow the log without a vote. */
  readonly learners: readonly string[];
  /** Those learners that may be made voters without asking. */
  readonly standbys: readonly string[];
}

/** One node, one step: any majority before shares a node with any majority after. */
export type MemberChange =
  | { readonly op: 'add'; readonly nodeId: string; readonly standby?: boolean }
  | { readonly op: 'promote' | 'remove'; readonly nodeId: string }
  | { readonly op: 'demote'; readonly nodeId: string; readonly standby?: boolean }
  | { readonly op: 'standby'; readonly nodeId: string; readonly on: boolean };

export type ChangeRefusal =
  | 'not_leader'
  /** A change before this one is not committed. */
  | 'pending'
  /** The leader has committed nothing of its own term: a former leader's change may still be about. */
  | 'too_early'
  /** A learner that does not hold the log yet would hold up every commit. */
  | 'behind'
  | 'no_member'
  | 'no_change'
  | 'last_voter'
  | 'too_many';

/** More voters make writes slower and no lab safer. */
const MAX_VOTERS = 7;
/** The catalogue asks for 200 PCs; the list stands in one entry. */
const MAX_MEMBERS = 1_000;

export const noMembers: Members = { voters: [], learners: [], standbys: [] };

/** @returns the members after `change`, or why not. */
export function afterChange(members: Members, change: MemberChange): Members | ChangeRefusal {
  const { voters, learners, standbys } = members;
  const id = change.nodeId;
  const without = (ids: readonly string[]) => ids.filter((other) => other !== id);
  const isVoter = voters.includes(id);
  const isLearner = learners.includes(id);
  if (change.op === 'add') {
    if (isVoter || isLearner) return 'no_change';
    if (voters.length + learners.length >= MAX_MEMBERS) return 'too_many';
    return {
      voters,
      learners: [...learners, id],
      standbys: change.standby === true ? [...standbys, id] : standbys,
    };
  }
  if (!isVoter && !isLearner) return 'no_member';
  if (isVoter && voters.length === 1 && (change.op === 'demote' || change.op === 'remove'))
    return 'last_voter';
  switch (change.op) {
    case 'promote':
      if (isVoter) return 'no_change';
      if (voters.length >= MAX_VOTERS) return 'too_many';
      return { voters: [...voters, id], learners: without(learners), standbys: without(standbys) };
    case 'demote':
      if (isLearner) return 'no_change';
      return {
        voters: without(voters),
        learners: [...learners, id],
        standbys: change.standby === true ? [...standbys, id] : standbys,
      };
    case 'remove':
      return { voters: without(voters), learners: without(learners), standbys: without(standbys) };
    case 'standby':
      if (isVoter || standbys.includes(id) === change.on) return 'no_change';
      return { voters, learners, standbys: change.on ? [...standbys, id] : without(standbys) };
  }
}

export function majorityOf(count: number): number {
  return Math.floor(count / 2) + 1;
}

/**
 * Two PCs cannot outvote each other, so one votes; more than five voters make writes slower and nothing safer. Counts
 * whoever may vote, standbys and voters: learners that may not never make a set whole.
 */
export function wantedVoters({ voters, standbys }: Pick<Members, 'voters' | 'standbys'>): number {
  const able = voters.length + standbys.length;
  if (able < 3) return 1;
  return able < 5 ? 3 : 5;
}

/** What a leader knows of the others. */
export interface Health {
  /** Not heard from for longer than the setting. */
  silent(nodeId: string): boolean;
  /** Heard from lately and holding nearly the whole log. */
  fresh(nodeId: string): boolean;
}

/**
 * Who decides what. Healing (here, by the leader at every heartbeat) sees only who is silent and who is in step: it
 * demotes a silent voter, and promotes standbys while voters are fewer than wanted. Everything else is decided outside,
 * by `changeMembers`: who takes part, which learner stands by, who is retired, whose vote is taken or wished for,
 * and which voter is one too many. The two do not fight as long as the outside
 * - takes a vote away for good with `standby: false`, and keeps `standby` off for who may not vote: healing promotes
 *   standbys only (a silent voter that it demotes stands by until the outside says otherwise);
 * - demotes for being too many only above `wantedVoters`: healing promotes only below it, and a demotion to standby
 *   does not change it;
 * - takes the refusals `pending`, `no_change` and `no_member` for "look again": the other was first.
 *
 * Heals the set of voters by itself, one step at a time, and only while a majority of the present voters lives (the
 * caller's change needs one to be committed; without it nothing would be safe to assume).
 *
 * The silent one is demoted before another is promoted: the other way round a second death in between would leave
 * an even set without a majority. It stands by from then on, so that it comes back by itself.
 */
export function healing(members: Members, health: Health): MemberChange | null {
  const { voters, standbys } = members;
  const silent = voters.filter((id) => health.silent(id));
  const alive = voters.length - silent.length;
  if (alive < majorityOf(voters.length)) return null;
  const ready = standbys.filter((id) => health.fresh(id));
  const next = ready[0];
  // An even set bears no more deaths than one voter less would, and has more to die: an odd one grows by two or not.
  const enough = ready.length > voters.length % 2;
  if (next !== undefined && enough && voters.length < wantedVoters(members))
    return { op: 'promote', nodeId: next };
  const gone = silent[0];
  if (gone === undefined) return null;
  // Without a successor a smaller set must be worth it: 5 voters with 2 dead bear no further death, 3 voters bear one.
  const worth = alive - majorityOf(alive) > alive - majorityOf(voters.length);
  if (next === undefined && !worth) return null;
  return { op: 'demote', nodeId: gone, standby: true };
}
