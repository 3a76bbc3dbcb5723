/** Long work on versions: one piece at a time for each, all of it ended with the store. */
import { ImagesError } from './errors.ts';

export class UnderWay {
  readonly #stopping = new AbortController();
  /** Versions that a piece of work has for itself. */
  readonly #busy = new Set<string>();
  readonly #running = new Set<Promise<unknown>>();

  /** Work that has a version for itself; it ends early when the caller or the store stops. @throws ImagesError `images.busy` */
  async alone<T>(
    versionId: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (this.#busy.has(versionId)) throw new ImagesError('images.busy', { versionId });
    this.#busy.add(versionId);
    try {
      return await this.beside(signal, work);
    } finally {
      this.#busy.delete(versionId);
    }
  }

  /** The same beside whatever else happens to the version. */
  async beside<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const stopping = this.#stopping.signal;
    const running = work(signal === undefined ? stopping : AbortSignal.any([signal, stopping]));
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** Cancels what runs and waits for its end. */
  async stop(): Promise<void> {
    this.#stopping.abort(new ImagesError('images.cancelled', {}));
    await Promise.allSettled(this.#running);
  }
}
