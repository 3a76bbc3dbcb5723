/** Meshes on loopback for tests: real sockets, port 0, no multicast. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AddressBook } from '../../src/gossip/membership/address-book.ts';
import type { Member, MembershipSource } from '../../src/gossip/membership/types.ts';

/** The log's list, as a test writes it. */
export class FakeMembership implements MembershipSource {
  #members: readonly Member[] = [];
  readonly #listeners = new Set<() => void>();

  members(): readonly Member[] {
    return this.#members;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  set(members: readonly Member[]): void {
    this.#members = members;
    for (const listener of [...this.#listeners]) listener();
  }
}

/** A ULID-shaped id that sorts by `n`. */
export const testNodeId = (n: number): string => `01JD${String(n).padStart(22, '0')}`;

export const CLOUD_ID = '01JC0000000000000000000000';
export const LOOPBACK = '/ip4/127.0.0.1/tcp/0';

export interface Cleanup {
  (work: () => unknown): void;
  run(): Promise<void>;
}

/** Collects what a test must undo; undone backwards. */
export function cleanup(): Cleanup {
  const works: (() => unknown)[] = [];
  const add = (work: () => unknown) => {
    works.push(work);
  };
  const run = async () => {
    for (const work of works.splice(0).reverse()) await work();
  };
  return Object.assign(add, { run });
}

export async function temporaryFolder(later: Cleanup): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'labmesh-mesh-'));
  later(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

export async function emptyBook(later: Cleanup, logger: ConstructorParameters<typeof AddressBook>[1]) {
  const book = new AddressBook(join(await temporaryFolder(later), 'peers.json'), logger);
  later(() => book.close());
  return book;
}
