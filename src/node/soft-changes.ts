/** Tells what changed outside the log: progress, load, usage. Nothing here is kept. */
export type SoftChange = { readonly kind: 'operation' | 'vm' | 'node' | 'image'; readonly id: string };

export class SoftChanges {
  readonly #listeners = new Set<(change: SoftChange) => void>();

  on(listener: (change: SoftChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(kind: SoftChange['kind'], id: string): void {
    for (const listener of this.#listeners) listener({ kind, id });
  }
}
