/** Who leads, as this node knows it, for those whose write depends on it. */
import type { MeshedAgreement } from '../../election/index.ts';
import { LabmeshError } from '../../state/index.ts';

/**
 * Without a master for so long, and most voters silent: no election under way ends this. One takes at most `electionMaxMs` (600 ms) and
 * a round trip, so four that nobody won in a row are over by then.
 */
const ELECTIONS_MS = 4_000;
/** Still, each write waits so long: the voters may be back this moment, and then the next election is over within it. */
const ONE_ELECTION_MS = 1_000;

export interface WatchParts {
  readonly agreement: Pick<MeshedAgreement<unknown>, 'status' | 'onChange'>;
  /** Whether the mesh believes so many voters dead that the others cannot elect. */
  readonly isMajorityDead: () => boolean;
}

export class MasterWatch {
  readonly #parts: WatchParts;
  #withoutSince: number | null = null;

  constructor(parts: WatchParts) {
    this.#parts = parts;
    this.#look();
    parts.agreement.onChange(() => this.#look());
  }

  /** @returns a signal that aborts, with `log.deposed`, once this node knows another master, or none; `end` it when done. */
  whileMaster(nodeId: string): { signal: AbortSignal; end: () => void } {
    const controller = new AbortController();
    const end = this.#parts.agreement.onChange(({ master }) => {
      if (master?.nodeId !== nodeId) controller.abort(new LabmeshError('log.deposed', { maybe: true }));
    });
    return { signal: controller.signal, end };
  }

  /** Resolves once another than `master` (null: nobody) leads, or nobody; at the latest after `ms`. */
  async otherThan(master: string | null, ms: number): Promise<void> {
    const { agreement } = this.#parts;
    if ((agreement.status().master?.nodeId ?? null) !== master) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        off();
        resolve();
      };
      const timer = setTimeout(done, ms);
      const off = agreement.onChange((now) => {
        if ((now.master?.nodeId ?? null) !== master) done();
      });
    });
  }

  /** Whether a write that waits since `began` (`performance.now()`) waits in vain: most voters are gone for longer than elections take. */
  isInVain(began: number): boolean {
    const now = performance.now();
    if (this.#withoutSince === null || now - this.#withoutSince < ELECTIONS_MS) return false;
    return now - began >= ONE_ELECTION_MS && this.#parts.isMajorityDead();
  }

  #look(): void {
    if (this.#parts.agreement.status().master !== null) this.#withoutSince = null;
    else this.#withoutSince ??= performance.now();
  }
}
