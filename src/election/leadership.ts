import type { Ground } from './ground.ts';
import { type ChangeRefusal, type Health, majorityOf } from './members.ts';
import type { AppendReply } from './messages.ts';
import { Progress } from './progress.ts';

interface PendingRead {
  readonly id: number;
  /** Who asked; null: this node. */
  readonly from: string | null;
  readonly index: number;
  readonly round: number;
}

/** A leader's knowledge of the others: begins with its term, ends with it. */
export class Leadership {
  readonly #ground: Ground;
  readonly #peers = new Map<string, Progress>();
  readonly #since: number;
  /** The first entry of this term. */
  readonly #termStart: number;
  #round = 0;
  #heartbeatDue: number;
  #reads: PendingRead[] = [];
  transfer: { readonly to: string; readonly until: number; asked: boolean } | null = null;

  constructor(ground: Ground, termStart: number) {
    this.#ground = ground;
    this.#since = ground.now;
    this.#termStart = termStart;
    this.#heartbeatDue = ground.now;
    this.membersChanged();
  }

  get wakeAt(): number {
    return this.#heartbeatDue;
  }

  /** Follows those who take part now. */
  membersChanged(): void {
    const { held, nodeId, now } = this.#ground;
    const { members, log } = held;
    const wanted = [...members.voters, ...members.learners].filter((id) => id !== nodeId);
    for (const id of this.#peers.keys()) if (!wanted.includes(id)) this.#peers.delete(id);
    for (const id of wanted)
      if (!this.#peers.has(id)) this.#peers.set(id, new Progress(log.lastIndex + 1, now));
    if (this.transfer !== null && !members.voters.includes(this.transfer.to)) this.transfer = null;
  }

  /** Heartbeats when due. @returns false when no majority was heard from lately: the leader is one no longer. */
  tick(): boolean {
    const { now, timing } = this.#ground;
    if (this.transfer !== null && now >= this.transfer.until) this.transfer = null;
    if (now < this.#heartbeatDue) return true;
    // A leader that was held up itself hears its followers only after this: it doubts itself before it doubts them.
    const late = now - this.#heartbeatDue > timing.heartbeatMs;
    if (!late && !this.#hasQuorum()) return false;
    this.#heartbeatDue = now + timing.heartbeatMs;
    this.#beat();
    return true;
  }

  /** Sends what is new to whom it may be sent now. */
  spread(): void {
    for (const [id, peer] of this.#peers) this.#sendNew(id, peer);
  }

  /** Tells of a new commitIndex whom no entries will tell. */
  spreadCommit(): void {
    for (const [id, peer] of this.#peers) {
      if (peer.mode === 'flow' && peer.inFlight.length === 0) this.#append(id, peer, peer.next - 1);
    }
  }

  /** @returns whether more may be committed now. */
  replied(from: string, reply: AppendReply): boolean {
    const peer = this.#peers.get(from);
    if (peer === undefined) return false;
    peer.heardAt = this.#ground.now;
    peer.round = Math.max(peer.round, reply.round);
    let rose = false;
    if (reply.ok) rose = peer.accepted(reply.match, reply.held);
    else {
      const common = this.#ground.held.log.lastAtMost(reply.hintIndex, reply.hintTerm);
      if (!peer.rejected(reply.prevIndex, common)) return false;
    }
    this.#sendNew(from, peer);
    this.#askTransfer();
    return rose;
  }

  /** What a majority of the voters holds durably. */
  heldByMajority(): number {
    const { nodeId, held } = this.#ground;
    return this.#byMajority((id) => (id === nodeId ? held.durableIndex : (this.#peers.get(id)?.match ?? 0)));
  }

  /** Begins a read: it may be answered once a majority answered a round that began after it. */
  read(id: number, from: string | null): void {
    const { commitIndex } = this.#ground.held;
    // Rounds under way began too early for this one; those that wait share the next.
    const underWay = this.#reads.some((read) => read.round === this.#round);
    this.#reads.push({ id, from, index: Math.max(commitIndex, this.#termStart), round: this.#round + 1 });
    if (!underWay) this.#beat();
  }

  /** The reads that may be answered now; begins the round of those that waited. */
  takeReads(): PendingRead[] {
    if (this.#reads.length === 0) return [];
    const acked = this.#byMajority((id) =>
      id === this.#ground.nodeId ? this.#round : (this.#peers.get(id)?.round ?? 0),
    );
    const ready = this.#reads.filter((read) => read.round <= acked);
    if (ready.length === 0) return [];
    this.#reads = this.#reads.filter((read) => read.round > acked);
    if (this.#reads.length > 0 && this.#reads.every((read) => read.round > this.#round)) this.#beat();
    return ready;
  }

  /** All that wait, when the leadership ends. */
  giveUpReads(): PendingRead[] {
    const reads = this.#reads;
    this.#reads = [];
    return reads;
  }

  /** Hands the leadership to `to` once it holds everything; proposals wait elsewhere meanwhile. @returns why not */
  startTransfer(to: string): ChangeRefusal | null {
    const { nodeId, held, now, timing } = this.#ground;
    if (to === nodeId) return 'no_change';
    if (!held.members.voters.includes(to)) return 'no_member';
    if (!this.isFresh(to)) return 'behind';
    this.transfer = { to, until: now + timing.electionMaxMs, asked: false };
    this.#askTransfer();
    return null;
  }

  /** The voter that holds most, for a leader that leaves. */
  bestSuccessor(): string | null {
    const { held, nodeId, timing } = this.#ground;
    const others = held.members.voters.filter(
      (id) => id !== nodeId && this.#activeWithin(id, timing.electionMaxMs),
    );
    const matchOf = (id: string) => this.#peers.get(id)?.match ?? 0;
    return others.reduce<string | null>(
      (best, id) => (best === null || matchOf(id) > matchOf(best) ? id : best),
      null,
    );
  }

  /** Members heard from within the election timeout; this node is one. */
  active(): string[] {
    const { held, nodeId, timing } = this.#ground;
    return [...held.members.voters, ...held.members.learners].filter(
      (id) => id === nodeId || this.#activeWithin(id, timing.electionMaxMs),
    );
  }

  health(): Health {
    const { nodeId, timing, now } = this.#ground;
    return {
      // A leader counts silence from its own beginning: it does not know what was before.
      silent: (id) =>
        id !== nodeId &&
        now - Math.max(this.#since, this.#peers.get(id)?.heardAt ?? 0) > timing.replaceSilentMs,
      fresh: (id) => this.isFresh(id),
    };
  }

  isFresh(id: string): boolean {
    const { held, timing } = this.#ground;
    const peer = this.#peers.get(id);
    if (peer === undefined || peer.mode !== 'flow') return false;
    return (
      held.log.lastIndex - peer.match <= timing.maxAppendEntries &&
      this.#activeWithin(id, timing.electionMaxMs)
    );
  }

  /** A round of heartbeats: it finds lost messages (an unknown place is refused) and carries commitIndex. */
  #beat(): void {
    this.#round += 1;
    for (const [id, peer] of this.#peers) {
      peer.waiting = false;
      if (!this.#sendNew(id, peer)) this.#append(id, peer, peer.next - 1);
    }
  }

  /** @returns whether anything was sent. */
  #sendNew(id: string, peer: Progress): boolean {
    const { held, timing } = this.#ground;
    const { log } = held;
    let sent = false;
    while (peer.next <= log.lastIndex) {
      if (peer.mode === 'probe' ? peer.waiting : peer.inFlight.length >= timing.maxInFlight) return sent;
      const last = Math.min(log.lastIndex, peer.next - 1 + timing.maxAppendEntries);
      if (!this.#append(id, peer, last)) return true;
      sent = true;
      if (peer.mode === 'probe') {
        peer.waiting = true;
        return true;
      }
      peer.inFlight.push(last);
      peer.next = last + 1;
    }
    return sent;
  }

  /** @returns false where the entries are gone and a snapshot was offered. */
  #append(to: string, peer: Progress, last: number): boolean {
    const { held, out } = this.#ground;
    const { log, term, commitIndex, snapshot } = held;
    const prevIndex = peer.next - 1;
    const prevTerm = log.termAt(prevIndex);
    const round = this.#round;
    if (prevTerm === undefined) {
      if (snapshot !== null && peer.offeredIn !== round) {
        out.send(to, { type: 'snapshot', term, round, snapshot });
        peer.offeredIn = round;
      }
      return false;
    }
    out.send(to, { type: 'append', term, prevIndex, prevTerm, entries: [], commitIndex, round }, last);
    return true;
  }

  #hasQuorum(): boolean {
    const { held, nodeId, timing } = this.#ground;
    const { members } = held;
    const heard = members.voters.filter(
      (id) => id === nodeId || this.#activeWithin(id, timing.electionMaxMs),
    );
    return heard.length >= majorityOf(members.voters.length);
  }

  #activeWithin(id: string, ms: number): boolean {
    const peer = this.#peers.get(id);
    return peer !== undefined && this.#ground.now - peer.heardAt <= ms;
  }

  #askTransfer(): void {
    const { held, out } = this.#ground;
    const { log, term } = held;
    const transfer = this.transfer;
    if (transfer === null || transfer.asked || this.#peers.get(transfer.to)?.match !== log.lastIndex) return;
    transfer.asked = true;
    out.send(transfer.to, { type: 'timeout_now', term });
  }

  #byMajority(of: (voter: string) => number): number {
    const sorted = this.#ground.held.members.voters.map(of).sort((a, b) => b - a);
    return sorted[majorityOf(sorted.length) - 1] ?? 0;
  }
}
