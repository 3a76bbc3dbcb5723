import { Elections } from './elections.ts';
import { Following } from './following.ts';
import type { Ground } from './ground.ts';
import { Held } from './held.ts';
import type { Leadership } from './leadership.ts';
import { beginChange, heal } from './member-change.ts';
import type { MemberChange, Members } from './members.ts';
import type { AppendReply, Message, VoteReply, VoteRequest } from './messages.ts';
import { Outbox } from './outbox.ts';
import type { CoreStart, Durable, Input, Moment, Output } from './steps.ts';
import { defaultTiming, type Timing } from './timing.ts';
import type { Role } from './types.ts';

/** What came of a step that asked for something. */
type Answer = Partial<Pick<Output, 'proposed' | 'refused'>>;

/**
 * Raft's rules without disk, clock, network or chance: `step(input, moment)` changes the state and says what must be
 * done. The same inputs give the same outputs. Messages it gives out may be sent at once: what must be durable before
 * it is said, it says only after `persisted`. Rules: SPEC.md.
 *
 * Here every input finds its part: `elections.ts` (who leads), `following.ts`, `leadership.ts`; `held.ts` is what they
 * all stand on.
 */
export class Core {
  readonly nodeId: string;
  readonly #held: Held;
  readonly #out = new Outbox();
  /** Set anew by each step. */
  readonly #ground: { -readonly [Key in keyof Ground]: Ground[Key] };
  readonly #following: Following;
  readonly #elections: Elections;

  constructor(start: CoreStart, timing: Partial<Timing> = {}) {
    const { nodeId } = start;
    const allTiming = { ...defaultTiming, ...timing };
    this.nodeId = nodeId;
    this.#held = new Held(start);
    // Until the first moment is known.
    const timeoutMs = allTiming.electionMaxMs;
    this.#ground = { nodeId, timing: allTiming, now: 0, timeoutMs, held: this.#held, out: this.#out };
    this.#following = new Following(this.#ground);
    this.#elections = new Elections(this.#ground, this.#following, {
      mayVote: (votedFor, candidate) => this.mayVote(votedFor, candidate),
      answersAsk: (term) => this.answersAsk(term),
    });
  }

  get role(): Role {
    const { role, isVoter } = this.#elections;
    return role === 'follower' && this.voters.length > 0 && !isVoter ? 'learner' : role;
  }
  get term(): number {
    return this.#held.term;
  }
  get leader(): string | null {
    return this.#elections.leader;
  }
  get members(): Members {
    return this.#held.members;
  }
  get voters(): readonly string[] {
    return this.members.voters;
  }
  get lastIndex(): number {
    return this.#held.log.lastIndex;
  }
  get commitIndex(): number {
    return this.#held.commitIndex;
  }
  /** Entries up to here are on disk, the same as in memory. */
  get durableIndex(): number {
    return this.#held.durableIndex;
  }
  /** Members heard from lately, as far as this node can know: a leader all, others the leader and themselves. */
  get active(): readonly string[] {
    const { leader, leadership } = this.#elections;
    if (leadership !== null) return leadership.active();
    return leader === null ? [this.nodeId] : [this.nodeId, leader];
  }
  /** By the node's clock, when a moment must be given next though nothing else happens. */
  get wakeAt(): number {
    return this.#elections.wakeAt;
  }
  /** Whether an entry of this leader's own term is committed: before that it may not answer reads (Raft section 8). */
  get mayRead(): boolean {
    return this.#elections.role === 'leader' && this.#held.committedOwnTerm;
  }

  termAt(index: number): number | undefined {
    return this.#held.log.termAt(index);
  }

  membersAt(index: number): Members {
    return this.#held.membersAt(index);
  }

  step(input: Input, moment?: Moment): Output {
    const { role, leader } = this.#elections;
    const { term, members } = this.#held;
    if (moment !== undefined) this.#moveTo(moment);
    const answer = this.#handle(input);
    this.#answerReads();
    const changed =
      role !== this.#elections.role ||
      term !== this.#held.term ||
      leader !== this.#elections.leader ||
      members !== this.#held.members;
    return {
      proposed: null,
      refused: null,
      ...answer,
      persist: this.#held.takePersist(),
      ...this.#out.take(),
      commitIndex: this.#held.commitIndex,
      changed,
    };
  }

  #moveTo({ now, timeoutMs }: Moment): void {
    const first = this.#ground.now === 0;
    // A clock set back must not stop time.
    this.#ground.now = Math.max(this.#ground.now, now);
    this.#ground.timeoutMs = timeoutMs;
    if (first) this.#elections.restWait();
  }

  #handle(input: Input): Answer {
    switch (input.type) {
      case 'propose':
        return { proposed: this.#propose(input.bodies) };
      case 'members':
        return this.#changeMembers(input.change);
      case 'transfer':
        return { refused: this.#transfer(input.to) };
      case 'tick':
        this.#tick();
        break;
      case 'campaign':
        if (this.#elections.isVoter) this.#elections.campaign(false);
        break;
      case 'message':
        this.#receive(input.from, input.message);
        break;
      case 'read':
        this.#read(input.id, null);
        break;
      case 'persisted':
        this.#persisted(input.done);
        break;
      case 'storage_lost':
        this.#storageLost();
        break;
      case 'silence':
        this.#ground.timing = { ...this.#ground.timing, replaceSilentMs: input.ms };
        break;
      case 'install':
        this.#held.install(input.snapshot);
        break;
      case 'compacted':
        this.#held.compact(input.firstIndex, input.snapshot);
        break;
    }
    return {};
  }

  #tick(): void {
    const { leadership } = this.#elections;
    if (leadership === null) this.#elections.tick();
    else if (leadership.tick()) heal(this.#ground, leadership);
    else this.#followNobody();
  }

  #followNobody(): void {
    this.#elections.follow(this.#held.term, null);
  }

  // ---- messages

  /**
   * All later sets of voters were made with this node's vote, and would be in its log: who leads or campaigns without
   * it was left behind, as the lost ones are when they return after a recovery.
   */
  get #decidesAlone(): boolean {
    return this.voters.length === 1 && this.#elections.isVoter && this.#held.membersCommitted;
  }

  #receive(from: string, message: Message): void {
    const { type, term } = message;
    const claims = type === 'vote_request' || type === 'append' || type === 'snapshot';
    if (claims && this.#decidesAlone) return;
    // A vote's term is judged beside its lease and kind.
    if (type === 'vote_request') this.#elections.onVoteRequest(from, message);
    else if (type === 'vote_reply') this.#elections.onVoteReply(from, message);
    else if (term < this.term) this.#onOldTerm(from, message);
    else this.#onMessage(from, message);
  }

  /** Of this term or a newer one. */
  #onMessage(from: string, message: Exclude<Message, VoteRequest | VoteReply>): void {
    switch (message.type) {
      case 'append':
        this.#elections.obey(from, message.term);
        this.#following.append(from, message);
        break;
      case 'snapshot':
        this.#elections.obey(from, message.term);
        this.#following.offered(from, message);
        break;
      case 'append_reply':
        this.#onReply(from, message);
        break;
      case 'timeout_now':
        this.#onTimeoutNow(message.term);
        break;
      case 'read_request':
        this.#read(message.id, from);
        break;
      case 'read_reply':
        this.#out.answerRead(null, message.id, message.term, message.index);
        break;
    }
  }

  /** A leader that does not know of this term is told: else it and this node would never agree again. */
  #onOldTerm(from: string, message: Message): void {
    if (message.type === 'read_request') this.#out.answerRead(from, message.id, this.term, null);
    if (message.type === 'read_reply') this.#out.answerRead(null, message.id, this.term, null);
    const leads = message.type === 'append' || message.type === 'snapshot';
    if (leads && this.#held.hardIsDurable) this.#following.refuse(from);
  }

  #onReply(from: string, reply: AppendReply): void {
    if (reply.term > this.term) this.#elections.follow(reply.term, null);
    const { leadership } = this.#elections;
    if (leadership?.replied(from, reply) === true) this.#commit(leadership);
  }

  /** The leader hands over: no pre-vote is needed. */
  #onTimeoutNow(term: number): void {
    const { role, isVoter } = this.#elections;
    if (term === this.#held.term && role === 'follower' && isVoter) this.#elections.campaign(true);
  }

  // ---- the leader's part

  #propose(bodies: readonly string[]): Output['proposed'] {
    const { leadership } = this.#elections;
    if (leadership === null || leadership.transfer !== null || bodies.length === 0) return null;
    const first = this.lastIndex + 1;
    for (const body of bodies) this.#held.append('command', body);
    leadership.spread();
    return { first, last: this.lastIndex };
  }

  #changeMembers(change: MemberChange): Answer {
    const { leadership } = this.#elections;
    return leadership === null ? { refused: 'not_leader' } : beginChange(this.#ground, leadership, change);
  }

  #transfer(to: string): Output['refused'] {
    const { leadership } = this.#elections;
    return leadership === null ? 'not_leader' : leadership.startTransfer(to);
  }

  /** Commits what a majority holds, if it is of this term (Raft section 5.4.2: older entries only along with it). */
  #commit(leadership: Leadership): void {
    const index = leadership.heldByMajority();
    if (index <= this.commitIndex || !this.mayCommit(index)) return;
    this.#held.commitTo(index);
    leadership.spreadCommit();
    // A leader that is no voter any more has led until the change that says so was committed (Raft section 6).
    if (this.#elections.isVoter || !this.#held.membersCommitted) return;
    const successor = leadership.bestSuccessor();
    if (successor !== null) this.#out.send(successor, { type: 'timeout_now', term: this.term });
    this.#followNobody();
  }

  // Three rules that tests break on purpose, to see that somebody notices.

  /** A former term's entry on a majority may still be overwritten. */
  protected mayCommit(index: number): boolean {
    return this.termAt(index) === this.term;
  }

  /** One vote a term. */
  protected mayVote(votedFor: string | null, candidate: string): boolean {
    return votedFor === null || votedFor === candidate;
  }

  /** A pre-vote for a former try says nothing about this one. */
  protected answersAsk(term: number): boolean {
    return term === this.term + 1;
  }

  // ---- reads

  #read(id: number, from: string | null): void {
    const { leader, leadership } = this.#elections;
    const { term } = this;
    if (leadership !== null) leadership.read(id, from);
    else if (from === null && leader !== null) this.#out.send(leader, { type: 'read_request', term, id });
    else this.#out.answerRead(from, id, term, null);
  }

  #answerReads(): void {
    const ready = this.#elections.leadership?.takeReads() ?? [];
    for (const { from, id, index } of ready) this.#out.answerRead(from, id, this.term, index);
  }

  // ---- the disk

  #persisted(done: Durable): void {
    this.#held.persisted(done);
    const { leadership } = this.#elections;
    if (leadership !== null) {
      this.#commit(leadership);
      return;
    }
    this.#elections.persisted();
    const { role, leader } = this.#elections;
    if (role === 'follower' && leader !== null) this.#following.persisted(leader);
  }

  /**
   * A node that cannot write cannot lead others; a sole voter stays leader in name, for reads, and campaigns anew when
   * the store is back.
   */
  #storageLost(): void {
    this.#held.forgetUnwritten();
    const alone = this.voters.length === 1 && this.#elections.role === 'leader';
    if (!alone) this.#followNobody();
  }
}
