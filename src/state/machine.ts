/**
 * The state machine that the log drives: the same entries give the same state on every node.
 * A command is carried out whole or not at all; one that was carried out before (same author, same key) gets its first outcome.
 */
import { authorId } from './author.ts';
import type { Change, Entities, Kind } from './change.ts';
import { CloudState, KINDS } from './cloud-state.ts';
import type { Applied, Command, Outcome } from './command.ts';
import { commandDefinitions, isCommandType } from './commands/index.ts';
import { completed } from './completed.ts';
import { Context } from './context.ts';
import type { Definition } from './definition.ts';
import type { Ref } from './entities/index.ts';
import { LabmeshError } from './errors.ts';
import { RecentOutcomes } from './recent-outcomes.ts';
import type { Table } from './table.ts';
import { Transaction } from './transaction.ts';

type SnapshotRecord =
  | { readonly kind: 'meta'; readonly now: number }
  | { readonly kind: 'recent'; readonly key: string; readonly outcome: Outcome }
  | { readonly kind: Kind; readonly entity: Entities[Kind] };

export class CloudMachine {
  readonly state = new CloudState();
  readonly #recent = new RecentOutcomes();
  readonly #listeners = new Set<(applied: Applied) => void>();
  readonly #restored = new Set<() => void>();

  /** Tells every applied entry, in order. Listeners must not throw and must not propose synchronously. */
  onApplied(listener: (applied: Applied) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Called after the whole state was replaced: a copy that was far behind has caught up at once. */
  onRestored(listener: () => void): () => void {
    this.#restored.add(listener);
    return () => this.#restored.delete(listener);
  }

  /** Carries out one log entry. Never throws: what cannot be carried out is a refusal. */
  apply(entry: { index: number; term: number; command: unknown }): Outcome {
    const command = entry.command as Command | null; // written by `propose` after the door's check
    if (command === null) {
      this.#tell({ index: entry.index, command, outcome: null, changes: [] });
      return { ok: true, targetId: null, operationId: null };
    }
    const key = `${authorId(command.author)} ${command.key}`;
    const former = this.#recent.get(key);
    if (former) {
      this.#tell({ index: entry.index, command, outcome: former, changes: [] });
      return former;
    }
    this.state.now = Math.max(this.state.now, command.at);
    const transaction = new Transaction(this.state);
    const outcome = this.#carryOut(command, transaction);
    this.#recent.put(key, outcome);
    this.#tell({ index: entry.index, command, outcome, changes: transaction.changes() });
    return outcome;
  }

  /** The whole state as plain records, in an order in which `restore` can take them. */
  *snapshot(): Iterable<SnapshotRecord> {
    yield { kind: 'meta', now: this.state.now };
    for (const kind of KINDS) {
      for (const entity of this.state.tables[kind].all()) yield { kind, entity };
    }
    for (const [key, outcome] of this.#recent.entries()) yield { kind: 'recent', key, outcome };
  }

  /** Replaces the whole state. */
  restore(records: Iterable<unknown>): void {
    this.state.clear();
    this.#recent.clear();
    for (const record of records as Iterable<SnapshotRecord>) {
      if (record.kind === 'meta') this.state.now = record.now;
      else if (record.kind === 'recent') this.#recent.put(record.key, record.outcome);
      else this.#table(record.kind).put(completed(record));
    }
    for (const listener of this.#restored) listener();
  }

  #table(kind: Kind): Table<Entities[Kind]> {
    return this.state.tables[kind] as unknown as Table<Entities[Kind]>;
  }

  #carryOut(command: Command, transaction: Transaction): Outcome {
    const context = new Context(this.state, transaction, command);
    try {
      // A type that this version does not know comes from a newer node: the same refusal everywhere.
      if (!isCommandType(command.type)) throw new LabmeshError('command.unknown', { type: command.type });
      const definition = commandDefinitions[command.type] as Definition<unknown>;
      const done = definition.reduce(context, command.payload);
      this.#audit(context, command, done.target ?? null, 'ok');
      return { ok: true, targetId: done.target?.id ?? null, operationId: done.operationId ?? null };
    } catch (error) {
      transaction.undo();
      const { code, data } = error instanceof LabmeshError ? error : faultOf(error, command.type);
      this.#audit(context, command, null, code);
      return { ok: false, code, data };
    }
  }

  /** Notes what people did; nodes and the scheduler speak too often and are seen in operations. */
  #audit(context: Context, command: Command, target: Ref | null, outcome: string): void {
    const { author } = command;
    if (author.kind === 'node' || author.kind === 'scheduler') return;
    const { user, node } = this.state.tables;
    const id = authorId(author);
    const name = (author.kind === 'user' ? user.get(id)?.name : node.get(id)?.name) ?? id;
    const from = author.kind === 'user' ? author.from : 'control';
    const who = { kind: author.kind, id, name };
    context.audit({ author: who, from, action: command.type, target, outcome });
  }

  #tell(applied: {
    index: number;
    command: Command | null;
    outcome: Outcome | null;
    changes: readonly Change[];
  }): void {
    for (const listener of this.#listeners) listener(applied);
  }
}

/** A reducer that throws anything else has a bug; the command is refused everywhere alike rather than the node stopped. */
function faultOf(error: unknown, type: string): { code: string; data: Record<string, unknown> } {
  const reason = error instanceof Error ? error.message : String(error);
  return { code: 'command.fault', data: { type, reason } };
}
