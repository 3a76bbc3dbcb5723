/** Who answers nothing any more, by what was sent to them. Pure: the caller hands in time. */

/** Longer than the 2 s that a PC may be stopped, and twelve times what a follower's answer to a heartbeat may take. */
const SILENT_MS = 3_000;
/** Of the 30 heartbeats in that time: a node that was itself stopped has asked less often, and is no witness. */
const ASKED_TIMES = 10;

export class Unanswered {
  readonly #asked = new Map<string, { since: number; times: number }>();

  /** Something that is always answered goes to `nodeId`. @returns whether it is silent for too long; then it is counted anew */
  asks(nodeId: string, now: number): boolean {
    const asked = this.#asked.get(nodeId);
    if (asked === undefined) {
      this.#asked.set(nodeId, { since: now, times: 1 });
      return false;
    }
    asked.times += 1;
    if (asked.times < ASKED_TIMES || now - asked.since < SILENT_MS) return false;
    this.#asked.delete(nodeId);
    return true;
  }

  heard(nodeId: string): void {
    this.#asked.delete(nodeId);
  }
}
