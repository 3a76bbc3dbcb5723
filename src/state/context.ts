/** What a reducer works with: the state, its transaction, the command's author and time, and the shared checks. */
import type { Author } from './author.ts';
import { authorId } from './author.ts';
import type { Entities, Kind } from './change.ts';
import type { CloudState } from './cloud-state.ts';
import { nameKey } from './cloud-state.ts';
import type { Command } from './command.ts';
import type { AuditEntry, Ref, Role, User } from './entities/index.ts';
import { derivedId } from './ids.ts';
import { Refusal } from './refusals.ts';
import { setting } from './settings.ts';
import type { Table } from './table.ts';
import type { Transaction } from './transaction.ts';

export class Context {
  readonly state: CloudState;
  readonly author: Author;
  /** The command's id: names the operation and audit entry it makes. */
  readonly id: string;
  readonly #tx: Transaction;
  #notifications = 0;

  constructor(state: CloudState, tx: Transaction, command: Command) {
    this.state = state;
    this.#tx = tx;
    this.author = command.author;
    this.id = command.id;
  }

  /** The state's clock in ms: never behind what any earlier command saw. */
  get now(): number {
    return this.state.now;
  }

  put<K extends Kind>(kind: K, entity: Entities[K]): void {
    this.#tx.put(kind, entity);
  }

  remove<K extends Kind>(kind: K, id: string): void {
    this.#tx.remove(kind, id);
  }

  /** @throws Refusal `not_found` */
  need<K extends Kind>(kind: K, id: string): Entities[K] {
    const rows = this.state.tables[kind] as unknown as Table<Entities[K]>;
    const found = rows.get(id);
    if (!found) throw new Refusal('not_found', { kind, id });
    return found;
  }

  /** The person behind the command; null for nodes and for root on a PC. */
  person(): User | null {
    if (this.author.kind !== 'user') return null;
    const user = this.state.tables.user.get(this.author.id);
    if (!user) throw new Refusal('access.signed_out', {});
    return user;
  }

  /** The role in which the author acts: root on a PC is an admin; nodes have none. */
  role(): Role | null {
    if (this.author.kind === 'local') return 'admin';
    return this.person()?.role ?? null;
  }

  isAdmin(): boolean {
    return this.role() === 'admin';
  }

  /** @throws Refusal `access.denied` */
  needAdmin(): void {
    if (!this.isAdmin()) throw new Refusal('access.denied', { need: 'admin' });
  }

  /** Admins and teachers. @throws Refusal `access.denied` */
  needTeacher(): void {
    const role = this.role();
    if (role !== 'admin' && role !== 'teacher') throw new Refusal('access.denied', { need: 'teacher' });
  }

  /** The node whose agent speaks. @throws Refusal `access.denied` */
  needNode(): string {
    if (this.author.kind !== 'node') throw new Refusal('access.denied', { need: 'node' });
    return this.author.nodeId;
  }

  /** The master's own passes. @throws Refusal `access.denied` */
  needScheduler(): void {
    if (this.author.kind !== 'scheduler') throw new Refusal('access.denied', { need: 'scheduler' });
  }

  /**
   * Whose the things are that the author makes. Root on a PC acts without an account: what it makes is the first admin's.
   * @throws Refusal `not_found` while there is no admin
   */
  ownerId(): string {
    const id = this.person()?.id ?? this.state.tables.user.idsBy('role', 'admin')[0];
    if (id === undefined) throw new Refusal('not_found', { kind: 'user', id: 'admin' });
    return id;
  }

  /** Under which id the author's work is listed. */
  get authorId(): string {
    return authorId(this.author);
  }

  /** Notes in the audit log what was done or refused; the oldest entries beyond the bound go. */
  audit(entry: Omit<AuditEntry, 'id' | 'at'>): void {
    this.put('audit', { ...entry, id: this.id, at: this.now });
    const { audit } = this.state.tables;
    const excess = audit.size - setting(this.state, 'history.audit_entries');
    for (const old of audit.ids().slice(0, Math.max(0, excess))) this.remove('audit', old);
  }

  /** Tells a person; the oldest messages beyond the bound go. */
  notify(userId: string, code: string, data: Record<string, unknown>): void {
    if (!this.state.tables.user.get(userId)) return;
    this.#notifications += 1;
    const id = derivedId(this.id, this.#notifications);
    this.put('notification', { id, userId, code, data, at: this.now, readAt: null });
    const kept = setting(this.state, 'history.notifications_per_user');
    const ids = this.state.tables.notification.idsBy('user', userId);
    for (const old of ids.slice(0, Math.max(0, ids.length - kept))) this.remove('notification', old);
  }
}

/** Refuses a name that another entity of the kind has. */
export function needFreeName(
  context: Context,
  kind: 'user' | 'course' | 'image' | 'size' | 'node',
  name: string,
  exceptId?: string,
): void {
  const taken = context.state.tables[kind].one('name', nameKey(name));
  if (taken && taken.id !== exceptId) throw new Refusal('name.taken', { kind, name });
}

export function refTo(kind: Ref['kind'], entity: { id: string; name: string }): Ref {
  return { kind, id: entity.id, name: entity.name };
}
