import type { Ground } from './ground.ts';
import type { Append, AppendReply, SnapshotOffer } from './messages.ts';

/** A follower's and a learner's part: takes what the leader sends, and answers once that is durable (E15). */
export class Following {
  readonly #ground: Ground;
  /** The leader's newest round of heartbeats. */
  #round = 0;
  #repliedRound = -1;
  #repliedMatch = -1;
  #owesReply = false;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** A new term: nothing is known of its leader, and nothing owed to a former one. */
  newTerm(): void {
    this.#ground.held.agreesNoMore();
    this.#round = 0;
    this.#repliedRound = -1;
    this.#repliedMatch = -1;
    this.#owesReply = false;
  }

  append(leader: string, message: Append): void {
    const { held, out } = this.#ground;
    const { prevIndex, prevTerm, entries } = message;
    this.#round = Math.max(this.#round, message.round);
    if (prevIndex > held.commitIndex && held.log.termAt(prevIndex) !== prevTerm) {
      const hintIndex = held.log.lastAtMost(prevIndex, prevTerm);
      const hintTerm = held.log.termAt(hintIndex) ?? 0;
      // What is durable so far is no news while the common place is still looked for.
      this.#repliedMatch = Math.max(this.#repliedMatch, held.match);
      out.send(leader, { ...this.#reply(false), prevIndex, hintIndex, hintTerm });
      return;
    }
    held.takeOver(entries);
    held.agreesTo(prevIndex + entries.length);
    held.commitTo(Math.min(message.commitIndex, held.agreed));
    // Entries are answered when they are durable, unless a round waits for its answer.
    const again = entries.length > 0 && held.durableIndex >= held.agreed;
    this.#owesReply ||= again || message.round > this.#repliedRound || held.match > this.#repliedMatch;
    this.#payReply(leader);
  }

  /** The leader's entries begin behind this snapshot. */
  offered(leader: string, { round, snapshot }: SnapshotOffer): void {
    this.#round = Math.max(this.#round, round);
    if (snapshot.index > this.#ground.held.commitIndex) this.#ground.out.fetch(leader, snapshot);
    this.#owesReply = true;
    this.#payReply(leader);
  }

  /** Something became durable. */
  persisted(leader: string): void {
    if (this.#ground.held.match > this.#repliedMatch) this.#owesReply = true;
    this.#payReply(leader);
  }

  /** Tells a leader of an older term of this one. */
  refuse(formerLeader: string): void {
    this.#ground.out.send(formerLeader, { ...this.#reply(false), round: 0 });
  }

  #payReply(leader: string): void {
    const { held, out } = this.#ground;
    if (!this.#owesReply || !held.hardIsDurable) return;
    this.#owesReply = false;
    this.#repliedRound = this.#round;
    this.#repliedMatch = held.match;
    out.send(leader, this.#reply(true));
  }

  #reply(ok: boolean): AppendReply {
    const { term, match, agreed } = this.#ground.held;
    const round = this.#round;
    return {
      type: 'append_reply',
      term,
      round,
      ok,
      match,
      held: agreed,
      prevIndex: 0,
      hintIndex: 0,
      hintTerm: 0,
    };
  }
}
