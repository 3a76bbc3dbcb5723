/** What was started, to be ended in reverse order. */
export class Lifecycle {
  readonly #ends: (() => unknown)[] = [];

  atEnd(end: () => unknown): void {
    this.#ends.push(end);
  }

  /** Starts a service, which ends with the others. */
  run(service: { start(): void; stop(): unknown }): void {
    service.start();
    this.atEnd(() => service.stop());
  }

  /** Ends all, newest first; one that fails does not keep the others from ending. The first failure is thrown. */
  async end(): Promise<void> {
    const failures: unknown[] = [];
    for (const end of this.#ends.splice(0).reverse()) {
      try {
        await end();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
