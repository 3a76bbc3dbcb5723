/**
 * Where members were last reached, kept in a file: after a night switched off, PCs find one another although the log's addresses, and
 * the token's, may be a year old. Only addresses at which a member proved its key (by a handshake) are noted.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import type { Logger } from '../../state/logger.ts';
import { reasonOf } from '../errors.ts';
import { MAX_MEMBERS } from './view.ts';

/** A PC with two cards and two address families has four; twice that leaves room for the last move. */
export const MAX_ADDRESSES = 8;
/** A multiaddr of an IPv6 address and a port has under 60 characters; names may be longer. */
const MAX_ADDRESS_LENGTH = 300;
/** One write covers a morning in which fifty PCs come up within seconds. */
const SAVE_AFTER_MS = 1_000;

const bookSchema = z.object({
  format: z.literal(1),
  peers: z.record(z.string().max(200), z.array(z.string().max(MAX_ADDRESS_LENGTH)).max(MAX_ADDRESSES)),
});

export class AddressBook {
  readonly #file: string;
  readonly #logger: Logger;
  readonly #peers = new Map<string, readonly string[]>();
  #timer: Timer | undefined;
  #saving: Promise<void> = Promise.resolve();

  constructor(file: string, logger: Logger) {
    this.#file = file;
    this.#logger = logger;
  }

  /** Reads the file. A missing or damaged one is an empty book: the log's addresses remain. */
  async open(): Promise<void> {
    try {
      const { peers } = bookSchema.parse(JSON.parse(await readFile(this.#file, 'utf8')));
      for (const [peer, addresses] of Object.entries(peers).slice(0, MAX_MEMBERS))
        this.#peers.set(peer, addresses);
    } catch (error) {
      this.#logger.debug('no address book', { file: this.#file, reason: reasonOf(error) });
    }
  }

  addresses(peerId: string): readonly string[] {
    return this.#peers.get(peerId) ?? [];
  }

  /** Notes an address at which the peer was reached; the newest is tried first. */
  note(peerId: string, address: string): void {
    const known = this.addresses(peerId);
    if (known[0] === address || address.length > MAX_ADDRESS_LENGTH) return;
    if (known.length === 0 && this.#peers.size >= MAX_MEMBERS) return;
    this.#peers.set(peerId, [address, ...known.filter((one) => one !== address)].slice(0, MAX_ADDRESSES));
    this.#saveSoon();
  }

  forget(peerId: string): void {
    if (this.#peers.delete(peerId)) this.#saveSoon();
  }

  /** Writes what is not written yet. */
  async close(): Promise<void> {
    if (this.#timer !== undefined) this.#save();
    await this.#saving;
  }

  #saveSoon(): void {
    this.#timer ??= setTimeout(() => this.#save(), SAVE_AFTER_MS);
  }

  #save(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = JSON.stringify({ format: 1, peers: Object.fromEntries(this.#peers) });
    this.#saving = this.#saving.then(() => this.#write(text));
  }

  async #write(text: string): Promise<void> {
    try {
      await writeFile(`${this.#file}.new`, `${text}\n`, { mode: 0o600 });
      await rename(`${this.#file}.new`, this.#file);
    } catch (error) {
      this.#logger.warn('the address book was not saved', { file: this.#file, reason: reasonOf(error) });
    }
  }
}
