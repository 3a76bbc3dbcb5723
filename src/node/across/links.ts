/** N13 measures the ways to other PCs: how long an answer takes, and how many bytes come in a second. Soft facts. */
import type { Link } from '../interface.ts';
import type { BulkDoor, BulkLink } from './link.ts';

/** Enough to leave TCP's slow start on a lab's network; a tenth of a second of 100 Mbit/s. */
const SAMPLE_BYTES = 1024 * 1024;
/** What is asked for at most, whoever asks. */
const MAX_SAMPLE_BYTES = 4 * SAMPLE_BYTES;
/** One peer is measured no more often than this. */
const EVERY_MS = 5 * 60_000;
/** A slower way is as good as none. */
const PATIENCE_MS = 10_000;
/** As many as an announcement carries. */
const MAX_LINKS = 32;

/** Serves the bytes that others measure with, `GET /speed?bytes=`. */
export function serveSpeed(door: BulkDoor): void {
  door.serve('speed', (request) => {
    const asked = Number(new URL(request.url).searchParams.get('bytes'));
    if (!Number.isSafeInteger(asked) || asked < 1 || asked > MAX_SAMPLE_BYTES)
      return new Response(null, { status: 400 });
    return new Response(new Uint8Array(asked));
  });
}

export interface LinkMeterParts {
  /** Node ids of the members this one keeps connections with. */
  readonly neighbours: () => readonly string[];
  /** A small request over the mesh, answered at once. */
  readonly ping: (nodeId: string, timeoutMs: number) => Promise<unknown>;
  readonly link: BulkLink;
  /** Monotonic, ms. */
  readonly clock: () => number;
}

export class LinkMeter {
  readonly #parts: LinkMeterParts;
  readonly #measured = new Map<string, Link>();
  readonly #triedAt = new Map<string, number>();
  #isMeasuring = false;

  constructor(parts: LinkMeterParts) {
    this.#parts = parts;
  }

  /** The neighbours measured last, at most 32. */
  links(): readonly Link[] {
    const near = new Set(this.#parts.neighbours());
    return [...this.#measured.values()].filter(({ to }) => near.has(to)).slice(-MAX_LINKS);
  }

  /** Measures the neighbour that has waited longest, if one's time has come; one at a time. To be called every some seconds. */
  async measureNext(): Promise<void> {
    if (this.#isMeasuring) return;
    const now = this.#parts.clock();
    const near = this.#parts.neighbours();
    for (const id of this.#triedAt.keys()) if (!near.includes(id)) this.#forget(id);
    const since = (id: string) => now - (this.#triedAt.get(id) ?? Number.NEGATIVE_INFINITY);
    const [next] = near.filter((id) => since(id) >= EVERY_MS).toSorted((a, b) => since(b) - since(a));
    if (next === undefined) return;
    this.#isMeasuring = true;
    this.#triedAt.set(next, now);
    try {
      await this.#measure(next);
    } finally {
      this.#isMeasuring = false;
    }
  }

  async #measure(to: string): Promise<void> {
    const { ping, clock } = this.#parts;
    this.#measured.delete(to); // what was measured is out of date, and the newest comes last
    try {
      await ping(to, PATIENCE_MS); // dials, if need be
      const asked = clock();
      await ping(to, PATIENCE_MS);
      const rttMs = clock() - asked;
      this.#measured.set(to, { to, rttMs, bytesPerSecond: await this.#throughput(to) });
    } catch {
      // It does not answer: there is no way to speak of, which others tell as its health.
    }
  }

  async #throughput(to: string): Promise<number | null> {
    const { link, clock } = this.#parts;
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const response = await link.request(to, `/speed?bytes=${SAMPLE_BYTES}`, { signal });
      const began = clock(); // the handshake is no part of it
      let bytes = 0;
      for await (const part of response.body ?? []) bytes += part.byteLength;
      const seconds = Math.max(clock() - began, 1) / 1000; // less than 1 ms is not measured
      return bytes === SAMPLE_BYTES ? Math.round(bytes / seconds) : null;
    } catch {
      return null;
    }
  }

  #forget(id: string): void {
    this.#triedAt.delete(id);
    this.#measured.delete(id);
  }
}
