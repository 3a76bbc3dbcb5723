import type { Applied } from './applier.ts';
import { ElectionError } from './errors.ts';
import type { ElectionSettings } from './settings.ts';
import { Waiter } from './waiters.ts';

export interface Proposal<Outcome> {
  readonly body: string;
  readonly waiter: Waiter<Applied<Outcome>>;
}

/** Proposals that wait for their turn, within bounds. */
export class Proposals<Outcome> {
  readonly #settings: ElectionSettings;
  #queue: Proposal<Outcome>[] = [];
  #bytes = 0;

  constructor(settings: ElectionSettings) {
    this.#settings = settings;
  }

  get size(): number {
    return this.#queue.length;
  }

  /** @throws ElectionError log.not_json, log.too_large, log.overloaded */
  add(command: unknown, timeoutMs: number, pending: number): Promise<Applied<Outcome>> {
    const { maxCommandBytes, maxQueuedEntries, maxQueuedBytes } = this.#settings;
    const body = toJson(command);
    const bytes = Buffer.byteLength(body);
    if (bytes > maxCommandBytes)
      throw new ElectionError('log.too_large', { bytes, maxBytes: maxCommandBytes });
    const queued = this.#queue.length + pending;
    if (queued >= maxQueuedEntries || this.#bytes + bytes > maxQueuedBytes) {
      throw new ElectionError('log.overloaded', { queued, maxQueued: maxQueuedEntries });
    }
    const proposal = { body, waiter: new Waiter<Applied<Outcome>>(timeoutMs, () => this.#forget(proposal)) };
    this.#queue.push(proposal);
    this.#bytes += body.length;
    return proposal.waiter.promise;
  }

  /** As many as one write takes. */
  take(): Proposal<Outcome>[] {
    const { maxBatchEntries, maxBatchBytes } = this.#settings;
    let count = 0;
    let bytes = 0;
    for (const { body } of this.#queue) {
      if (count > 0 && (count >= maxBatchEntries || bytes + body.length > maxBatchBytes)) break;
      count += 1;
      bytes += body.length;
    }
    this.#bytes -= bytes;
    return this.#queue.splice(0, count);
  }

  refuse(error: Error): void {
    const waiting = this.#queue;
    this.#queue = [];
    this.#bytes = 0;
    for (const { waiter } of waiting) waiter.reject(error);
  }

  #forget(proposal: Proposal<Outcome>): void {
    const at = this.#queue.indexOf(proposal);
    if (at < 0) return;
    this.#queue.splice(at, 1);
    this.#bytes -= proposal.body.length;
  }
}

function toJson(command: unknown): string {
  try {
    const body: string | undefined = JSON.stringify(command);
    if (body !== undefined) return body;
  } catch (error) {
    throw new ElectionError('log.not_json', {
      reason: error instanceof Error ? error.message : String(error),
    });
  }
  throw new ElectionError('log.not_json', { reason: typeof command });
}
