/** "Everything before this chunk is final": lets hashing follow a conversion that is still writing. */
export class Watermark {
  private reached = 0;
  private failure: { reason: unknown } | null = null;
  private waiting: { chunk: number; resolve: () => void; reject: (reason: unknown) => void }[] = [];

  /** Chunks below `chunk` are final. */
  raise(chunk: number): void {
    if (chunk <= this.reached) return;
    this.reached = chunk;
    const ready = this.waiting.filter((one) => one.chunk < chunk);
    this.waiting = this.waiting.filter((one) => one.chunk >= chunk);
    for (const one of ready) one.resolve();
  }

  /** No more will come: everybody who waits, or will, gets the reason. */
  fail(reason: unknown): void {
    this.failure ??= { reason };
    for (const one of this.waiting) one.reject(reason);
    this.waiting = [];
  }

  /** Resolves when `chunk` is final. */
  async passed(chunk: number): Promise<void> {
    if (chunk < this.reached) return;
    if (this.failure !== null) throw this.failure.reason;
    await new Promise<void>((resolve, reject) => this.waiting.push({ chunk, resolve, reject }));
  }
}
