/** What this PC is fetching, as people see it (I11): how far, how fast, from whom. Soft facts, told to all by gossip. */
import type { PeerFigures, Progress, Transfer } from '../../images/index.ts';
import type { TransferFacts } from '../interface.ts';

/** More at once are told in part: the largest share of an announcement that they may take. */
const MAX_TOLD = 3;
/** The PCs that send most; the rest is in the sum. */
const MAX_SENDERS = 5;

interface Running {
  readonly versionId: string;
  progress: Progress | null;
  transfer: Transfer | null;
}

export class Transfers {
  readonly #running = new Map<string, Running>();
  readonly #onChange: () => void;

  /** @param onChange a transfer began or ended, or its bytes began to come */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  began(versionId: string): void {
    this.#running.set(versionId, { versionId, progress: null, transfer: null });
    this.#onChange();
  }

  flows(versionId: string, transfer: Transfer): void {
    const running = this.#running.get(versionId);
    if (running === undefined) return;
    running.transfer = transfer;
    this.#onChange();
  }

  progress(versionId: string, progress: Progress): void {
    const running = this.#running.get(versionId);
    if (running !== undefined) running.progress = progress;
  }

  ended(versionId: string): void {
    this.#running.delete(versionId);
    this.#onChange();
  }

  /** Versions of which bytes are on their way here. */
  flowing(): { readonly versionId: string; readonly transfer: Transfer }[] {
    return [...this.#running.values()].flatMap(({ versionId, transfer }) =>
      transfer === null ? [] : [{ versionId, transfer }],
    );
  }

  facts(): TransferFacts[] {
    return [...this.#running.values()].slice(0, MAX_TOLD).map(factsOf);
  }
}

function factsOf({ versionId, progress, transfer }: Running): TransferFacts {
  const peers = transfer?.peers() ?? [];
  return {
    versionId,
    done: progress?.done ?? 0,
    total: progress?.total ?? 0,
    rate: progress?.rate === null || progress === null ? null : Math.round(progress.rate),
    etaMs: progress?.etaMs === null || progress === null ? null : Math.round(progress.etaMs),
    from: peers
      .toSorted((a, b) => b.bytes - a.bytes)
      .slice(0, MAX_SENDERS)
      .map(senderOf),
  };
}

function senderOf({ id, bytes, bytesPerSecond, state }: PeerFigures): TransferFacts['from'][number] {
  return { nodeId: id, bytes, rate: bytesPerSecond === null ? null : Math.round(bytesPerSecond), state };
}
