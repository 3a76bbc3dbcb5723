import { Configs } from './configs.ts';
import type { Entry, EntryKind } from './entry.ts';
import { type Ground, Leadership } from './leadership.ts';
import {
  afterChange,
  type ChangeRefusal,
  healing,
  type MemberChange,
  type Members,
  majorityOf,
} from './members.ts';
import type {
  Append,
  AppendReply,
  Message,
  SnapshotOffer,
  SnapshotPlace,
  VoteReply,
  VoteRequest,
} from './messages.ts';
import type { CoreStart, Durable, HardState, Input, Moment, Outgoing, Output, Persist } from './steps.ts';
import { TermRuns } from './term-runs.ts';
import { defaultTiming, type Timing } from './timing.ts';
import type { Role } from './types.ts';

export type { CoreStart, Durable, HardState, Input, Moment, Outgoing, Output, Persist } from './steps.ts';

/** A follower held up so many times in a row goes on all the same: somebody must lead starved nodes too. */
const MAX_DOUBTS = 3;

/**
 * Raft's rules without disk, clock, network or chance: `step(input, moment)` changes the state and says what must be
 * done. The same inputs give the same outputs. Messages it gives out may be sent at once: what must be durable before
 * it is said, it says only after `persisted`. Rules: SPEC.md.
 */
export class Core {
  readonly nodeId: string;
  #timing: Timing;
  #hard: HardState;
  #role: 'leader' | 'follower' | 'candidate' = 'follower';
  #leader: string | null = null;
  #log: TermRuns;
  readonly #configs: Configs;
  #snapshot: SnapshotPlace | null;
  #commitIndex: number;
  #now = 0;
  #timeoutMs: number;
  #deadline: number;
  #heardAt = Number.NEGATIVE_INFINITY;
  #doubts = 0;
  /** Asking whether a campaign would be won. */
  #asking: Set<string> | null = null;
  /** Who granted their vote in this term, once their grant is durable. */
  #granted = new Set<string>();
  #requested = false;
  #byTransfer = false;
  #leadership: Leadership | null = null;
  /** Follower: the log is the leader's up to here. */
  #verified = 0;
  #round = 0;
  #repliedRound = -1;
  #repliedMatch = -1;
  #owesReply = false;
  #owesVote: string | null = null;
  /** Counts changes of term and vote, and how many of them are durable. */
  #hardCount = 0;
  #hardDurable = 0;
  #durableIndex: number;
  // What this step gives out.
  #out: Outgoing[] = [];
  #hardChanged = false;
  #entries: Entry[] = [];
  #removed: { from: number; to: number } | null = null;
  #install: SnapshotPlace | null = null;
  #fetch: Output['fetch'] = null;
  #reads: { id: number; index: number | null }[] = [];

  constructor(start: CoreStart, timing: Partial<Timing> = {}) {
    this.nodeId = start.nodeId;
    this.#timing = { ...defaultTiming, ...timing };
    this.#hard = start.hard;
    this.#log = new TermRuns(start.base, start.terms);
    this.#snapshot = start.snapshot ?? null;
    this.#configs = new Configs(start.members, start.configs);
    this.#commitIndex = start.commitIndex;
    this.#durableIndex = this.#log.lastIndex;
    this.#verified = start.commitIndex;
    // Until the first moment is known.
    this.#timeoutMs = this.#timing.electionMaxMs;
    this.#deadline = this.#timeoutMs;
  }

  get role(): Role {
    const { voters } = this.members;
    return this.#role === 'follower' && voters.length > 0 && !this.#isVoter ? 'learner' : this.#role;
  }
  get term(): number {
    return this.#hard.term;
  }
  get leader(): string | null {
    return this.#leader;
  }
  get members(): Members {
    return this.#configs.newest;
  }
  get voters(): readonly string[] {
    return this.members.voters;
  }
  get lastIndex(): number {
    return this.#log.lastIndex;
  }
  get commitIndex(): number {
    return this.#commitIndex;
  }
  /** Entries up to here are on disk, the same as in memory. */
  get durableIndex(): number {
    return this.#durableIndex;
  }
  /** Members heard from lately, as far as this node can know: a leader all, others the leader and themselves. */
  get active(): readonly string[] {
    if (this.#leadership !== null) return this.#leadership.active();
    return this.#leader === null ? [this.nodeId] : [this.nodeId, this.#leader];
  }
  /** How far a member's durable log is known to be this leader's; undefined where unknown. */
  matchOf(nodeId: string): number | undefined {
    return this.#leadership?.peer(nodeId)?.match;
  }
  /** By the node's clock, when a moment must be given next though nothing else happens. */
  get wakeAt(): number {
    if (this.#leadership !== null) return this.#leadership.wakeAt;
    return this.#isVoter || this.#leader !== null ? this.#deadline : Number.POSITIVE_INFINITY;
  }

  termAt(index: number): number | undefined {
    return this.#log.termAt(index);
  }

  membersAt(index: number): Members {
    return this.#configs.at(index);
  }

  /** Whether an entry of this leader's own term is committed: before that it may not answer reads (Raft section 8). */
  get mayRead(): boolean {
    return this.#role === 'leader' && this.#log.termAt(this.#commitIndex) === this.#hard.term;
  }

  get #isVoter(): boolean {
    return this.voters.includes(this.nodeId);
  }

  step(input: Input, moment?: Moment): Output {
    const [role, term, leader, members] = [this.#role, this.#hard.term, this.#leader, this.members];
    if (moment !== undefined) this.#moveTo(moment);
    const answer = this.#handle(input);
    if (this.#leadership !== null) this.#answerReads(this.#leadership);
    const changed =
      role !== this.#role || term !== this.#hard.term || leader !== this.#leader || members !== this.members;
    return {
      proposed: null,
      refused: null,
      ...answer,
      ...this.#takeOut(),
      commitIndex: this.#commitIndex,
      changed,
    };
  }

  #moveTo(moment: Moment): void {
    const first = this.#now === 0;
    // A clock set back must not stop time.
    this.#now = Math.max(this.#now, moment.now);
    this.#timeoutMs = moment.timeoutMs;
    if (first) this.#deadline = this.#now + this.#timeoutMs;
  }

  #handle(input: Input): { proposed?: Output['proposed']; refused?: ChangeRefusal } | undefined {
    switch (input.type) {
      case 'tick':
        return this.#tick();
      case 'campaign':
        return this.#isVoter ? this.#campaign(false) : undefined;
      case 'message':
        return this.#receive(input.from, input.message);
      case 'propose':
        return { proposed: this.#propose(input.bodies) };
      case 'members':
        return this.#changeMembers(input.change);
      case 'transfer':
        return this.#transfer(input.to);
      case 'read':
        return this.#read(input.id, null);
      case 'persisted':
        return this.#persisted(input.done);
      case 'storage_lost':
        this.#storageLost();
        return undefined;
      case 'silence':
        this.#timing = { ...this.#timing, replaceSilentMs: input.ms };
        return undefined;
      case 'install':
        return this.#installSnapshot(input.snapshot);
      case 'compacted':
        this.#log.compact(Math.min(input.firstIndex - 1, this.#commitIndex));
        // One that was in the making while a newer one was installed comes too late.
        if (input.snapshot !== undefined && input.snapshot.index > (this.#snapshot?.index ?? -1)) {
          this.#snapshot = input.snapshot;
        }
        this.#configs.compact(this.#snapshot?.index ?? 0);
        return undefined;
    }
  }

  // ---- time

  #tick(): undefined {
    if (this.#leadership !== null) {
      if (!this.#leadership.tick()) return this.#follow(this.#hard.term, null);
      this.#heal(this.#leadership);
      return undefined;
    }
    if (this.#now < this.#deadline) return undefined;
    if (!this.#isVoter) {
      this.#leader = null;
      return undefined;
    }
    // Woken late: this node was held up, and what its leader sent lies unread. It doubts itself first.
    const late = this.#now - this.#deadline > this.#timing.heartbeatMs;
    if (late && this.#doubts < MAX_DOUBTS) {
      this.#doubts += 1;
      this.#deadline = this.#now + this.#timing.heartbeatMs;
      return undefined;
    }
    this.#doubts = 0;
    this.#ask();
    return undefined;
  }

  #restWait(): void {
    this.#deadline = this.#now + this.#timeoutMs;
  }

  /** One step at a time; the next tick looks again. */
  #heal(leadership: Leadership): void {
    if (this.#timing.replaceSilentMs <= 0) return;
    const change = healing(this.members, leadership.health());
    if (change !== null) this.#changeMembers(change);
  }

  // ---- elections

  /** The pre-vote: nobody's term rises unless a majority would vote. */
  #ask(): void {
    this.#leader = null;
    this.#role = 'follower';
    this.#restWait();
    this.#asking = new Set([this.nodeId]);
    if (this.#asking.size >= majorityOf(this.voters.length)) {
      this.#campaign(false);
      return;
    }
    this.#requestVotes(this.#hard.term + 1, true);
  }

  #campaign(byTransfer: boolean): undefined {
    this.#setHard({ term: this.#hard.term + 1, votedFor: this.nodeId });
    this.#endLeadership();
    this.#role = 'candidate';
    this.#leader = null;
    this.#asking = null;
    this.#requested = false;
    this.#byTransfer = byTransfer;
    this.#granted.clear();
    this.#owesVote = null;
    this.#owesReply = false;
    this.#restWait();
  }

  #requestVotes(term: number, pre: boolean): void {
    const transfer = this.#byTransfer && !pre;
    for (const voter of this.voters) {
      if (voter === this.nodeId) continue;
      const { lastIndex, lastTerm } = this.#log;
      this.#send(voter, { type: 'vote_request', term, pre, lastIndex, lastTerm, transfer });
    }
  }

  #countVote(voter: string): undefined {
    if (this.voters.includes(voter)) this.#granted.add(voter);
    if (this.#granted.size >= majorityOf(this.voters.length)) this.#lead();
  }

  #lead(): void {
    this.#role = 'leader';
    this.#leader = this.nodeId;
    this.#leadership = new Leadership(this.#ground, this.#log.lastIndex + 1);
    this.#append('noop', '');
    this.#leadership.tick();
  }

  /** Takes the term, and its leader where known. */
  #follow(term: number, leader: string | null): undefined {
    this.#endLeadership();
    if (term > this.#hard.term) {
      this.#setHard({ term, votedFor: null });
      this.#verified = this.#commitIndex;
      this.#round = 0;
      this.#repliedRound = -1;
      this.#repliedMatch = -1;
      this.#owesReply = false;
      this.#owesVote = null;
    }
    if (this.#role !== 'follower') {
      this.#verified = this.#commitIndex;
      this.#restWait();
    }
    this.#role = 'follower';
    this.#asking = null;
    this.#leader = leader;
  }

  #endLeadership(): void {
    if (this.#leadership === null) return;
    for (const read of this.#leadership.giveUpReads()) this.#answerRead(read.from, read.id, null);
    this.#leadership = null;
  }

  #onVoteRequest(from: string, ask: VoteRequest): undefined {
    // Whoever hears a leader defends it: a node that was cut off must not depose it on return (Raft section 6).
    const lease = this.#role === 'leader' || this.#now - this.#heardAt < this.#timing.electionMinMs;
    if (this.#leader !== null && lease && !ask.transfer) return;
    if (!ask.pre && ask.term > this.#hard.term) this.#follow(ask.term, null);
    const term = this.#hard.term;
    const fresh =
      ask.lastTerm > this.#log.lastTerm ||
      (ask.lastTerm === this.#log.lastTerm && ask.lastIndex >= this.#log.lastIndex);
    if (ask.pre) {
      const granted = fresh && ask.term > term;
      this.#send(from, { type: 'vote_reply', term: granted ? ask.term : term, pre: true, granted });
      return;
    }
    if (ask.term < term || !fresh || !this.mayVote(this.#hard.votedFor, from)) {
      // A refusal promises nothing, but the term in it must not be forgotten.
      if (this.#hardDurable === this.#hardCount)
        this.#send(from, { type: 'vote_reply', term, pre: false, granted: false });
      return;
    }
    if (this.#hard.votedFor !== from) this.#setHard({ term, votedFor: from });
    this.#restWait();
    this.#owesVote = from;
    this.#payVote();
  }

  #onVoteReply(from: string, reply: VoteReply): undefined {
    if (!reply.granted) {
      if (reply.term > this.#hard.term) this.#follow(reply.term, null);
      return;
    }
    if (reply.pre) {
      if (this.#asking === null || !this.answersAsk(reply.term) || !this.voters.includes(from)) return;
      this.#asking.add(from);
      if (this.#asking.size >= majorityOf(this.voters.length)) this.#campaign(false);
      return;
    }
    if (this.#role === 'candidate' && reply.term === this.#hard.term) this.#countVote(from);
  }

  // ---- messages

  /**
   * All later sets of voters were made with this node's vote, and would be in its log: who leads or campaigns without
   * it was left behind, as the lost ones are when they return after a recovery.
   */
  get #decidesAlone(): boolean {
    return this.voters.length === 1 && this.#isVoter && this.#configs.newestIndex <= this.#commitIndex;
  }

  #receive(from: string, message: Message): undefined {
    const claims =
      message.type === 'vote_request' || message.type === 'append' || message.type === 'snapshot';
    if (claims && this.#decidesAlone) return;
    if (message.type === 'vote_request') return this.#onVoteRequest(from, message);
    if (message.type === 'vote_reply') return this.#onVoteReply(from, message);
    if (message.term < this.#hard.term) return this.#onOldTerm(from, message);
    switch (message.type) {
      case 'append':
        return this.#onAppend(from, message);
      case 'snapshot':
        return this.#onSnapshot(from, message);
      case 'append_reply':
        if (message.term > this.#hard.term) return this.#follow(message.term, null);
        return this.#onReply(from, message);
      case 'timeout_now':
        if (message.term === this.#hard.term && this.#role === 'follower' && this.#isVoter)
          this.#campaign(true);
        return undefined;
      case 'read_request':
        return this.#read(message.id, from);
      case 'read_reply':
        this.#reads.push({ id: message.id, index: message.index });
        return undefined;
    }
  }

  /** A leader that does not know of this term is told: else it and this node would never agree again. */
  #onOldTerm(from: string, message: Message): undefined {
    if (message.type === 'read_request') this.#answerRead(from, message.id, null);
    if (message.type === 'read_reply') this.#reads.push({ id: message.id, index: null });
    if (message.type !== 'append' && message.type !== 'snapshot') return;
    if (this.#hardDurable !== this.#hardCount) return;
    this.#send(from, { ...this.#reply(false), round: 0 });
  }

  #obey(from: string, term: number, round: number): void {
    if (term > this.#hard.term || this.#role !== 'follower' || this.#leader !== from)
      this.#follow(term, from);
    this.#asking = null;
    this.#heardAt = this.#now;
    this.#doubts = 0;
    this.#round = Math.max(this.#round, round);
    this.#restWait();
  }

  #onAppend(from: string, message: Append): undefined {
    this.#obey(from, message.term, message.round);
    const { prevIndex, prevTerm, entries } = message;
    if (prevIndex > this.#commitIndex && this.#log.termAt(prevIndex) !== prevTerm) {
      const hintIndex = this.#log.lastAtMost(prevIndex, prevTerm);
      const hintTerm = this.#log.termAt(hintIndex) ?? 0;
      // What is durable so far is no news while the common place is still looked for.
      this.#repliedMatch = Math.max(this.#repliedMatch, this.#match);
      this.#send(from, { ...this.#reply(false), prevIndex, hintIndex, hintTerm });
      return;
    }
    for (const entry of entries) {
      // What is committed is the same everywhere, and may be compacted here.
      if (entry.index <= this.#commitIndex || this.#log.termAt(entry.index) === entry.term) continue;
      if (entry.index <= this.#log.lastIndex) this.#truncate(entry.index);
      this.#add(entry);
    }
    this.#verified = Math.max(this.#verified, this.#commitIndex, prevIndex + entries.length);
    this.#verified = Math.min(this.#verified, this.#log.lastIndex);
    this.#commitIndex = Math.max(this.#commitIndex, Math.min(message.commitIndex, this.#verified));
    // Entries are answered when they are durable, unless a round waits for its answer.
    const again = entries.length > 0 && this.#durableIndex >= this.#verified;
    this.#owesReply ||= again || message.round > this.#repliedRound || this.#match > this.#repliedMatch;
    this.#payReply();
  }

  #onReply(from: string, reply: AppendReply): undefined {
    if (this.#leadership === null) return;
    if (this.#leadership.replied(from, reply)) this.#commit();
  }

  #onSnapshot(from: string, { term, round, snapshot }: SnapshotOffer): undefined {
    this.#obey(from, term, round);
    if (snapshot.index > this.#commitIndex) this.#fetch = { from, snapshot };
    this.#owesReply = true;
    this.#payReply();
  }

  /** Committed entries are the leader's for certain; beyond them only what this term's messages showed. */
  get #match(): number {
    return Math.min(this.#durableIndex, Math.max(this.#verified, this.#commitIndex));
  }

  #reply(ok: boolean): AppendReply {
    const held = Math.max(this.#verified, this.#commitIndex);
    return {
      type: 'append_reply',
      term: this.#hard.term,
      round: this.#round,
      ok,
      match: this.#match,
      held,
      prevIndex: 0,
      hintIndex: 0,
      hintTerm: 0,
    };
  }

  #payReply(): void {
    if (!this.#owesReply || this.#leader === null || this.#role !== 'follower') return;
    if (this.#hardDurable !== this.#hardCount) return;
    this.#owesReply = false;
    this.#repliedRound = this.#round;
    this.#repliedMatch = this.#match;
    this.#send(this.#leader, this.#reply(true));
  }

  #payVote(): void {
    if (this.#owesVote === null || this.#hardDurable !== this.#hardCount) return;
    this.#send(this.#owesVote, { type: 'vote_reply', term: this.#hard.term, pre: false, granted: true });
    this.#owesVote = null;
  }

  // ---- the leader's part

  #propose(bodies: readonly string[]): Output['proposed'] {
    if (this.#leadership === null || this.#leadership.transfer !== null || bodies.length === 0) return null;
    const first = this.#log.lastIndex + 1;
    for (const body of bodies) this.#append('command', body);
    this.#leadership.spread();
    return { first, last: this.#log.lastIndex };
  }

  #changeMembers(change: MemberChange): { proposed?: Output['proposed']; refused?: ChangeRefusal } {
    const leadership = this.#leadership;
    if (leadership === null || leadership.transfer !== null) return { refused: 'not_leader' };
    if (!this.mayRead) return { refused: 'too_early' };
    if (this.#configs.newestIndex > this.#commitIndex) return { refused: 'pending' };
    const next = afterChange(this.members, change);
    if (typeof next === 'string') return { refused: next };
    if (change.op === 'promote' && !leadership.isFresh(change.nodeId)) return { refused: 'behind' };
    const { index } = this.#append('voters', JSON.stringify(next));
    leadership.spread();
    return { proposed: { first: index, last: index } };
  }

  #transfer(to: string): { refused?: ChangeRefusal } | undefined {
    if (this.#leadership === null) return { refused: 'not_leader' };
    if (to === this.nodeId) return { refused: 'no_change' };
    if (!this.voters.includes(to)) return { refused: 'no_member' };
    if (!this.#leadership.isFresh(to)) return { refused: 'behind' };
    this.#leadership.startTransfer(to);
    return undefined;
  }

  /** Commits what a majority holds, if it is of this term (Raft section 5.4.2: older entries only along with it). */
  #commit(): void {
    const leadership = this.#leadership;
    if (leadership === null) return;
    const index = leadership.heldByMajority();
    if (index <= this.#commitIndex || !this.mayCommit(index)) return;
    this.#commitIndex = index;
    leadership.spreadCommit();
    // A leader that is no voter any more has led until the change that says so was committed (Raft section 6).
    if (this.#isVoter || this.#configs.newestIndex > this.#commitIndex) return;
    const successor = leadership.bestSuccessor();
    if (successor !== null) this.#send(successor, { type: 'timeout_now', term: this.#hard.term });
    this.#follow(this.#hard.term, null);
  }

  // Three rules that tests break on purpose, to see that somebody notices.

  /** A former term's entry on a majority may still be overwritten. */
  protected mayCommit(index: number): boolean {
    return this.#log.termAt(index) === this.#hard.term;
  }

  /** One vote a term. */
  protected mayVote(votedFor: string | null, candidate: string): boolean {
    return votedFor === null || votedFor === candidate;
  }

  /** A pre-vote for a former try says nothing about this one. */
  protected answersAsk(term: number): boolean {
    return term === this.#hard.term + 1;
  }

  // ---- reads

  #read(id: number, from: string | null): undefined {
    if (this.#leadership !== null) {
      this.#leadership.read(id, from);
    } else if (from === null && this.#leader !== null) {
      this.#send(this.#leader, { type: 'read_request', term: this.#hard.term, id });
    } else this.#answerRead(from, id, null);
  }

  #answerReads(leadership: Leadership): void {
    for (const read of leadership.takeReads()) this.#answerRead(read.from, read.id, read.index);
  }

  #answerRead(from: string | null, id: number, index: number | null): void {
    if (from === null) this.#reads.push({ id, index });
    else this.#send(from, { type: 'read_reply', term: this.#hard.term, id, index });
  }

  // ---- what is durable

  #persisted(done: Durable): undefined {
    this.#hardDurable = Math.max(this.#hardDurable, Math.min(done.hard, this.#hardCount));
    // The same place means the same log before it; a confirmation of entries since given up says nothing.
    if (this.#log.termAt(done.lastIndex) === done.lastTerm) {
      this.#durableIndex = Math.max(this.#durableIndex, done.lastIndex);
    }
    if (this.#role === 'candidate' && !this.#requested && this.#hardDurable === this.#hardCount) {
      this.#requested = true;
      this.#requestVotes(this.#hard.term, false);
      return this.#countVote(this.nodeId);
    }
    if (this.#leadership !== null) {
      this.#commit();
      return undefined;
    }
    this.#payVote();
    if (this.#leader !== null && this.#match > this.#repliedMatch) this.#owesReply = true;
    this.#payReply();
    return undefined;
  }

  /**
   * As if the node had crashed before the write: what was not durable is forgotten. A node that cannot write cannot
   * lead others; a sole voter stays leader in name, for reads, and campaigns anew when the store is back.
   */
  #storageLost(): void {
    this.#forget(this.#durableIndex + 1);
    const alone = this.voters.length === 1 && this.#role === 'leader';
    if (!alone) this.#follow(this.#hard.term, null);
  }

  /** The state was fetched: the log begins behind it. */
  #installSnapshot(snapshot: SnapshotPlace): undefined {
    if (snapshot.index <= this.#commitIndex) return;
    this.#commitIndex = snapshot.index;
    // Entries came another way meanwhile. Those behind may have been confirmed to a leader: they must stay (Raft section 7).
    if (this.#log.termAt(snapshot.index) === snapshot.term) return;
    this.#log = new TermRuns(snapshot);
    this.#verified = snapshot.index;
    this.#configs.reset(snapshot);
    this.#snapshot = snapshot;
    this.#durableIndex = 0;
    this.#install = snapshot;
  }

  // ---- the log

  #append(kind: EntryKind, body: string): Entry {
    const entry = { index: this.#log.lastIndex + 1, term: this.#hard.term, kind, body };
    this.#add(entry);
    return entry;
  }

  #add(entry: Entry): void {
    this.#log.append(entry.term);
    this.#entries.push(entry);
    if (entry.kind !== 'voters') return;
    this.#configs.add(entry);
    this.#leadership?.membersChanged();
  }

  #truncate(from: number): void {
    if (from <= this.#commitIndex) throw new Error(`entry ${from} is committed and would be overwritten`);
    this.#removed = { from, to: Math.max(this.#log.lastIndex, this.#removed?.to ?? 0) };
    this.#entries = this.#entries.filter((entry) => entry.index < from);
    this.#forget(from);
  }

  #forget(from: number): void {
    this.#log.truncate(from);
    this.#configs.truncate(from);
    this.#durableIndex = Math.min(this.#durableIndex, this.#log.lastIndex);
    this.#verified = Math.min(this.#verified, this.#log.lastIndex);
  }

  #setHard(hard: HardState): void {
    this.#hard = hard;
    this.#hardCount += 1;
    this.#hardChanged = true;
  }

  // ---- giving out

  #send(to: string, message: Message, fill?: number): void {
    this.#out.push(fill === undefined ? { to, message } : { to, message, fill });
  }

  #takeOut(): Pick<Output, 'persist' | 'messages' | 'fetch' | 'reads'> {
    const [messages, fetch, reads, persist] = [this.#out, this.#fetch, this.#reads, this.#takePersist()];
    this.#fetch = null;
    if (messages.length > 0) this.#out = [];
    if (reads.length > 0) this.#reads = [];
    return { persist, messages, fetch, reads };
  }

  #takePersist(): Persist | null {
    const [entries, removed, install] = [this.#entries, this.#removed, this.#install];
    if (!this.#hardChanged && entries.length === 0 && removed === null && install === null) return null;
    const hard = this.#hardChanged ? this.#hard : null;
    const done = { hard: this.#hardCount, lastIndex: this.#log.lastIndex, lastTerm: this.#log.lastTerm };
    this.#hardChanged = false;
    this.#entries = [];
    this.#removed = null;
    this.#install = null;
    return { hard, entries, removed, install, done };
  }

  /** The leader's part looks at the core through this. */
  readonly #ground: Ground = ((core: Core): Ground => ({
    get nodeId() {
      return core.nodeId;
    },
    get term() {
      return core.#hard.term;
    },
    get now() {
      return core.#now;
    },
    get timing() {
      return core.#timing;
    },
    get log() {
      return core.#log;
    },
    get members() {
      return core.members;
    },
    get commitIndex() {
      return core.#commitIndex;
    },
    get durableIndex() {
      return core.#durableIndex;
    },
    get snapshot() {
      return core.#snapshot;
    },
    send: (to, message, fill) => core.#send(to, message, fill),
  }))(this);
}
