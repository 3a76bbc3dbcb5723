/** VMs that QEMU paused over an error of their disk: when each is let go on again, and when its pause is news. */

/** QEMU comes back to a server by itself, but only when it is asked to read: tried so often at most. */
const RESUME_EVERY_MS = 500;
/** After the tries of so long a VM is left to the tick: QEMU's longest rest between tries to connect is 16 s. */
const RESUME_FOR_MS = 30_000;
/** A pause that lasts longer is told. */
const TOLD_AFTER_MS = 3000;
/** A VM that runs for so long after it was let go on is over it. */
const SETTLED_MS = 1000;

export class Pauses {
  readonly #paused = new Map<string, { readonly since: number; triedAt: number }>();
  readonly #lookAgain: (vmId: string, afterMs: number) => void;

  constructor(lookAgain: (vmId: string, afterMs: number) => void) {
    this.#lookAgain = lookAgain;
  }

  forget(vmId: string): void {
    this.#paused.delete(vmId);
  }

  /** Whether the VM may be let go on now; if not, it is looked at again in time. `eager`: it is tried again and again by itself. */
  mayTry(vmId: string, eager: boolean): boolean {
    const now = performance.now();
    const paused = this.#paused.get(vmId) ?? { since: now, triedAt: Number.NEGATIVE_INFINITY };
    this.#paused.set(vmId, paused);
    const isDue = now - paused.triedAt >= RESUME_EVERY_MS;
    if (!isDue || (eager && now - paused.since < RESUME_FOR_MS)) this.#lookAgain(vmId, RESUME_EVERY_MS);
    if (isDue) paused.triedAt = now;
    return isDue;
  }

  /** Whether the pause lasts so long that people are to know of it. */
  isLong(vmId: string): boolean {
    return performance.now() - (this.#paused.get(vmId)?.since ?? Number.POSITIVE_INFINITY) >= TOLD_AFTER_MS;
  }

  /** The VM runs. True when it was let go on a moment ago: whether that holds is seen a little later. */
  isWavering(vmId: string): boolean {
    const paused = this.#paused.get(vmId);
    if (paused === undefined) return false;
    if (performance.now() - paused.triedAt < SETTLED_MS) {
      this.#lookAgain(vmId, SETTLED_MS);
      return true;
    }
    this.#paused.delete(vmId);
    return false;
  }
}
