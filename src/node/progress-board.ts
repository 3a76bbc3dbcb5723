/** How far this PC's work is: in memory only, gone when the work is. */
import type { Progress } from './interface.ts';

/** People see a bar move smoothly at five steps a second; more only costs events. */
const TELL_EVERY_MS = 200;

export class ProgressBoard {
  readonly #progress = new Map<string, Progress>();
  readonly #told = new Map<string, number>();
  readonly #now: () => number;
  readonly #tell: (operationId: string) => void;

  constructor(now: () => number, tell: (operationId: string) => void) {
    this.#now = now;
    this.#tell = tell;
  }

  get(operationId: string): Progress | null {
    return this.#progress.get(operationId) ?? null;
  }

  set(operationId: string, progress: Progress): void {
    this.#progress.set(operationId, progress);
    const now = this.#now();
    if (now - (this.#told.get(operationId) ?? 0) < TELL_EVERY_MS) return;
    this.#told.set(operationId, now);
    this.#tell(operationId);
  }

  clear(operationId: string): void {
    this.#progress.delete(operationId);
    this.#told.delete(operationId);
    this.#tell(operationId);
  }
}
