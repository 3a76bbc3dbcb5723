/** All writes of one command: seen by the command's own later reads, kept or undone together. */
import type { Change, Entities, Kind } from './change.ts';
import type { CloudState } from './cloud-state.ts';
import type { Table } from './table.ts';

export class Transaction {
  readonly #state: CloudState;
  readonly #changes: Change[] = [];

  constructor(state: CloudState) {
    this.#state = state;
  }

  put<K extends Kind>(kind: K, entity: Entities[K]): void {
    const before = this.#table(kind).put(entity) ?? null;
    this.#note(kind, entity.id, before, entity);
  }

  remove<K extends Kind>(kind: K, id: string): void {
    const before = this.#table(kind).delete(id);
    if (before) this.#note(kind, id, before, null);
  }

  /** What was changed, in order. */
  changes(): readonly Change[] {
    return this.#changes;
  }

  /** Takes everything back, newest first. */
  undo(): void {
    for (const change of this.#changes.splice(0).reverse()) {
      const rows = this.#table(change.kind);
      if (change.before) rows.put(change.before);
      else rows.delete(change.id);
    }
  }

  #note<K extends Kind>(kind: K, id: string, before: Entities[K] | null, after: Entities[K] | null): void {
    // A mapped union cannot be built generically: kind, before and after come from the same K above.
    this.#changes.push({ kind, id, before, after } as Change);
  }

  #table<K extends Kind>(kind: K): Table<Entities[K]> {
    return this.#state.tables[kind] as unknown as Table<Entities[K]>;
  }
}
