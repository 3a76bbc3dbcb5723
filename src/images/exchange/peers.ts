/** Which source is asked next: the one with the least to do; those that lie or fail are left alone. */
import type { ChunkSource } from './source.ts';

/** One failure may be chance (a restart, a full door); three in a row are not. */
const MAX_FAILURES = 3;

interface Peer {
  readonly source: ChunkSource;
  running: number;
  failures: number;
}

export class Peers {
  readonly #peers: Peer[];
  #reason: unknown = null;

  constructor(sources: readonly ChunkSource[]) {
    this.#peers = sources.map((source) => ({ source, running: 0, failures: 0 }));
  }

  /** Why the last one failed; null while none did. */
  get reason(): unknown {
    return this.#reason;
  }

  /** Undefined when there is nobody left to ask. */
  take(): ChunkSource | undefined {
    const [first, ...others] = this.#peers.filter(({ failures }) => failures < MAX_FAILURES);
    if (first === undefined) return undefined;
    // One that failed comes after those that did not, whatever they have to do.
    const cost = (peer: Peer) => peer.failures * 1000 + peer.running;
    const best = others.reduce((least, peer) => (cost(peer) < cost(least) ? peer : least), first);
    best.running++;
    // Of equals, the one that waited longest is the next.
    this.#peers.push(...this.#peers.splice(this.#peers.indexOf(best), 1));
    return best.source;
  }

  served(source: ChunkSource): void {
    this.#of(source, (peer) => {
      peer.running--;
      peer.failures = 0;
    });
  }

  failed(source: ChunkSource, reason: unknown): void {
    this.#reason = reason;
    this.#of(source, (peer) => {
      peer.running--;
      peer.failures++;
    });
  }

  /** It sent what it should not have: not asked again. */
  lied(source: ChunkSource, reason: unknown): void {
    this.#reason = reason;
    this.#of(source, (peer) => {
      peer.running--;
      peer.failures = MAX_FAILURES;
    });
  }

  #of(source: ChunkSource, change: (peer: Peer) => void): void {
    const peer = this.#peers.find((one) => one.source === source);
    if (peer) change(peer);
  }
}
