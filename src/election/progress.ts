/** How far one follower or learner is, as its leader knows. */
export class Progress {
  /** Durable there, the same as here. */
  match = 0;
  /** The first entry to send next. */
  next: number;
  /** `probe`: where the logs agree is unknown, one message at a time. `flow`: entries are sent ahead of answers. */
  mode: 'probe' | 'flow' = 'probe';
  /** Probing, and a message is out. */
  waiting = false;
  /** Last indexes of the messages that are out, oldest first. */
  inFlight: number[] = [];
  /** The round in which a snapshot was last offered to it. */
  offeredIn = -1;
  /** When it last answered, by this node's clock. */
  heardAt: number;
  /** The newest round of heartbeats it answered. */
  round = 0;

  constructor(next: number, now: number) {
    this.next = next;
    this.heardAt = now;
  }

  /** It holds everything up to `held`, durably up to `match`. @returns whether `match` rose. */
  accepted(match: number, held: number): boolean {
    this.mode = 'flow';
    this.waiting = false;
    const rose = match > this.match;
    if (rose) this.match = match;
    this.next = Math.max(this.next, held + 1, this.match + 1);
    while (this.inFlight.length > 0 && (this.inFlight[0] ?? 0) <= held) this.inFlight.shift();
    return rose;
  }

  /** It does not know the place `prevIndex`; `common` may be one it knows. @returns false for an outdated answer. */
  rejected(prevIndex: number, common: number): boolean {
    if (prevIndex <= this.match || prevIndex >= this.next) return false;
    if (this.mode === 'probe' && prevIndex !== this.next - 1) return false;
    this.mode = 'probe';
    this.waiting = false;
    this.inFlight = [];
    this.next = Math.max(this.match + 1, Math.min(prevIndex, common + 1));
    return true;
  }
}
