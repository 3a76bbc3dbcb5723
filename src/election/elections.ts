import type { Following } from './following.ts';
import type { Ground } from './ground.ts';
import { Leadership } from './leadership.ts';
import { majorityOf } from './members.ts';
import type { VoteReply, VoteRequest } from './messages.ts';

/** A follower held up so many times in a row goes on all the same: somebody must lead starved nodes too. */
const MAX_DOUBTS = 3;

/** Rules that tests break on purpose, to see that somebody notices. */
export interface VoteRules {
  /** One vote a term. */
  mayVote(votedFor: string | null, candidate: string): boolean;
  /** A pre-vote for a former try says nothing about this one. */
  answersAsk(term: number): boolean;
}

/** Who leads: waiting for the leader, pre-votes, campaigns, votes, and the way into and out of the leadership (E). */
export class Elections {
  readonly #ground: Ground;
  readonly #following: Following;
  readonly #rules: VoteRules;
  #role: 'leader' | 'follower' | 'candidate' = 'follower';
  #leader: string | null = null;
  #leadership: Leadership | null = null;
  /** When a follower doubts its leader, a candidate tries again. */
  #deadline: number;
  #doubts = 0;
  #heardAt = Number.NEGATIVE_INFINITY;
  /** Asking whether a campaign would be won. */
  #asking: Set<string> | null = null;
  /** Who granted their vote in this term, once their grant is durable. */
  #granted = new Set<string>();
  #requested = false;
  #byTransfer = false;
  #owesVote: string | null = null;

  constructor(ground: Ground, following: Following, rules: VoteRules) {
    this.#ground = ground;
    this.#following = following;
    this.#rules = rules;
    this.#deadline = ground.timeoutMs;
  }

  get role(): 'leader' | 'follower' | 'candidate' {
    return this.#role;
  }
  get leader(): string | null {
    return this.#leader;
  }
  /** The leader's part, while this node leads. */
  get leadership(): Leadership | null {
    return this.#leadership;
  }
  get isVoter(): boolean {
    const { held, nodeId } = this.#ground;
    return held.members.voters.includes(nodeId);
  }
  get wakeAt(): number {
    if (this.#leadership !== null) return this.#leadership.wakeAt;
    return this.isVoter || this.#leader !== null ? this.#deadline : Number.POSITIVE_INFINITY;
  }

  // ---- time

  /** Begins to wait anew, a random while. */
  restWait(): void {
    this.#deadline = this.#ground.now + this.#ground.timeoutMs;
  }

  /** Of who does not lead: a leader silent for too long is doubted. */
  tick(): void {
    const { now, timing } = this.#ground;
    if (now < this.#deadline) return;
    if (!this.isVoter) {
      this.#leader = null;
      return;
    }
    // Woken late: this node was held up, and what its leader sent lies unread. It doubts itself first.
    const late = now - this.#deadline > timing.heartbeatMs;
    if (late && this.#doubts < MAX_DOUBTS) {
      this.#doubts += 1;
      this.#deadline = now + timing.heartbeatMs;
      return;
    }
    this.#doubts = 0;
    this.#ask();
  }

  // ---- roles

  /** The pre-vote: nobody's term rises unless a majority would vote. */
  #ask(): void {
    const { nodeId, held } = this.#ground;
    this.#leader = null;
    this.#role = 'follower';
    this.restWait();
    this.#asking = new Set([nodeId]);
    if (this.#asking.size >= majorityOf(held.members.voters.length)) {
      this.campaign(false);
      return;
    }
    this.#requestVotes(held.term + 1, true);
  }

  /** @param byTransfer whether the leader itself asked for it */
  campaign(byTransfer: boolean): void {
    const { nodeId, held } = this.#ground;
    held.setHard({ term: held.term + 1, votedFor: nodeId });
    this.#endLeadership();
    this.#role = 'candidate';
    this.#leader = null;
    this.#asking = null;
    this.#requested = false;
    this.#byTransfer = byTransfer;
    this.#granted.clear();
    this.#owesVote = null;
    this.#following.newTerm();
    this.restWait();
  }

  #lead(): void {
    const { nodeId, held } = this.#ground;
    this.#role = 'leader';
    this.#leader = nodeId;
    this.#leadership = new Leadership(this.#ground, held.log.lastIndex + 1);
    held.append('noop', '');
    this.#leadership.tick();
  }

  /** Takes the term, and its leader where known. */
  follow(term: number, leader: string | null): void {
    const { held } = this.#ground;
    this.#endLeadership();
    if (term > held.term) {
      held.setHard({ term, votedFor: null });
      this.#following.newTerm();
      this.#owesVote = null;
    }
    if (this.#role !== 'follower') {
      held.agreesNoMore();
      this.restWait();
    }
    this.#role = 'follower';
    this.#asking = null;
    this.#leader = leader;
  }

  /** `from` leads `term`, and was heard now. */
  obey(from: string, term: number): void {
    if (term > this.#ground.held.term || this.#role !== 'follower' || this.#leader !== from)
      this.follow(term, from);
    this.#asking = null;
    this.#heardAt = this.#ground.now;
    this.#doubts = 0;
    this.restWait();
  }

  #endLeadership(): void {
    const { held, out } = this.#ground;
    if (this.#leadership === null) return;
    for (const { from, id } of this.#leadership.giveUpReads()) out.answerRead(from, id, held.term, null);
    this.#leadership = null;
  }

  // ---- votes

  #requestVotes(term: number, pre: boolean): void {
    const { nodeId, held, out } = this.#ground;
    const { lastIndex, lastTerm } = held.log;
    const transfer = this.#byTransfer && !pre;
    for (const voter of held.members.voters) {
      if (voter === nodeId) continue;
      out.send(voter, { type: 'vote_request', term, pre, lastIndex, lastTerm, transfer });
    }
  }

  /** Something became durable: what was promised by it may be said now (E1, E15). */
  persisted(): void {
    const { nodeId, held } = this.#ground;
    if (this.#role === 'candidate' && !this.#requested && held.hardIsDurable) {
      this.#requested = true;
      this.#requestVotes(held.term, false);
      this.#countVote(nodeId);
      return;
    }
    this.#payVote();
  }

  onVoteRequest(from: string, ask: VoteRequest): void {
    const { held, out, now, timing } = this.#ground;
    // Whoever hears a leader defends it: a node that was cut off must not depose it on return (Raft section 6).
    const lease = this.#role === 'leader' || now - this.#heardAt < timing.electionMinMs;
    if (this.#leader !== null && lease && !ask.transfer) return;
    if (!ask.pre && ask.term > held.term) this.follow(ask.term, null);
    const { term, log } = held;
    const fresh =
      ask.lastTerm > log.lastTerm || (ask.lastTerm === log.lastTerm && ask.lastIndex >= log.lastIndex);
    if (ask.pre) {
      const granted = fresh && ask.term > term;
      out.send(from, { type: 'vote_reply', term: granted ? ask.term : term, pre: true, granted });
      return;
    }
    if (ask.term < term || !fresh || !this.#rules.mayVote(held.votedFor, from)) {
      // A refusal promises nothing, but the term in it must not be forgotten.
      if (held.hardIsDurable) out.send(from, { type: 'vote_reply', term, pre: false, granted: false });
      return;
    }
    if (held.votedFor !== from) held.setHard({ term, votedFor: from });
    this.restWait();
    this.#owesVote = from;
    this.#payVote();
  }

  onVoteReply(from: string, reply: VoteReply): void {
    const { held } = this.#ground;
    const { voters } = held.members;
    if (!reply.granted) {
      if (reply.term > held.term) this.follow(reply.term, null);
      return;
    }
    if (reply.pre) {
      if (this.#asking === null || !this.#rules.answersAsk(reply.term) || !voters.includes(from)) return;
      this.#asking.add(from);
      if (this.#asking.size >= majorityOf(voters.length)) this.campaign(false);
      return;
    }
    if (this.#role === 'candidate' && reply.term === held.term) this.#countVote(from);
  }

  #countVote(voter: string): void {
    const { voters } = this.#ground.held.members;
    if (voters.includes(voter)) this.#granted.add(voter);
    if (this.#granted.size >= majorityOf(voters.length)) this.#lead();
  }

  #payVote(): void {
    const { held, out } = this.#ground;
    if (this.#owesVote === null || !held.hardIsDurable) return;
    out.send(this.#owesVote, { type: 'vote_reply', term: held.term, pre: false, granted: true });
    this.#owesVote = null;
  }
}
