/**
 * Who votes: what the log says of the PCs, against who takes part in the log. Pure; one step at a time, as members of a log are changed.
 *
 * The log's own healing (`election/members.ts`) replaces a silent voter by a standby and grows the set as PCs come. This decides who
 * takes part, who stands by, and what an admin wished.
 */
import { type MemberChange, wantedVoters } from '../../election/index.ts';
import type { Node } from '../../state/index.ts';

export interface Taking {
  readonly voters: readonly string[];
  readonly learners: readonly string[];
  readonly standbys: readonly string[];
}

export type RoleStep = MemberChange | { readonly op: 'transfer'; readonly nodeId: string };

/** What the master should change next; null when everything is as it should be. */
export function nextRole(nodes: readonly Node[], taking: Taking, masterId: string): RoleStep | null {
  return entering(nodes, taking) ?? leaving(nodes, taking, masterId) ?? voting(nodes, taking, masterId);
}

const isMember = (node: Node) => node.state !== 'retired' && node.peerId !== '';
/** May hold a vote: neither leaving nor asked not to, and there. */
const mayVote = (node: Node) =>
  node.vote !== 'never' && (node.state === 'ready' || node.state === 'joining') && node.reach.state === 'up';

function entering(nodes: readonly Node[], { voters, learners }: Taking): RoleStep | null {
  const takesPart = new Set([...voters, ...learners]);
  const newcomer = nodes.find((node) => isMember(node) && !takesPart.has(node.id));
  return newcomer === undefined ? null : { op: 'add', nodeId: newcomer.id, standby: mayVote(newcomer) };
}

/** Retired PCs. A master that retires itself hands its role over first. */
function leaving(nodes: readonly Node[], taking: Taking, masterId: string): RoleStep | null {
  const gone = new Set(nodes.filter((node) => !isMember(node)).map((node) => node.id));
  const leaver = [...taking.learners, ...taking.voters].find((id) => gone.has(id));
  if (leaver === undefined) return null;
  if (leaver === masterId) return succession(nodes, taking, masterId);
  return { op: 'remove', nodeId: leaver };
}

function voting(nodes: readonly Node[], taking: Taking, masterId: string): RoleStep | null {
  const { voters, learners, standbys } = taking;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const eligible = (id: string) => {
    const node = byId.get(id);
    return node !== undefined && mayVote(node);
  };
  const standby = learners.find((id) => eligible(id) !== standbys.includes(id));
  if (standby !== undefined) return { op: 'standby', nodeId: standby, on: eligible(standby) };

  // Who leaves or was asked not to vote. One that is only silent is the log's own business: it knows since when.
  const unwilling = voters.find((id) => {
    const node = byId.get(id);
    return (
      node !== undefined && (node.vote === 'never' || node.state === 'draining' || node.state === 'drained')
    );
  });
  if (unwilling !== undefined) return release(unwilling, nodes, taking, masterId, eligible);

  const wished = learners.find((id) => byId.get(id)?.vote === 'always' && eligible(id));
  if (wished !== undefined && voters.length <= wantedVoters(taking)) return { op: 'promote', nodeId: wished };
  if (voters.length <= wantedVoters(taking)) return null;
  const spares = voters.filter((id) => id !== masterId && byId.get(id)?.vote !== 'always');
  const spare = spares.find((id) => !eligible(id)) ?? spares[0]; // a dead one's vote is worth least
  return spare === undefined ? null : { op: 'demote', nodeId: spare, standby: eligible(spare) };
}

/** Takes a vote away: after another has it, where nobody else has one. */
function release(
  id: string,
  nodes: readonly Node[],
  taking: Taking,
  masterId: string,
  eligible: (id: string) => boolean,
): RoleStep | null {
  if (taking.voters.length === 1) {
    const heir = taking.standbys.find(eligible);
    return heir === undefined ? null : { op: 'promote', nodeId: heir };
  }
  if (id === masterId) return succession(nodes, taking, masterId);
  return { op: 'demote', nodeId: id, standby: false };
}

function succession(nodes: readonly Node[], { voters, standbys }: Taking, masterId: string): RoleStep | null {
  const able = (id: string) => nodes.some((node) => node.id === id && mayVote(node));
  const heir = voters.find((id) => id !== masterId && able(id));
  if (heir !== undefined) return { op: 'transfer', nodeId: heir };
  const next = standbys.find(able);
  return next === undefined ? null : { op: 'promote', nodeId: next };
}
