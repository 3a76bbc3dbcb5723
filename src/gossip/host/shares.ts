/** A share of a bounded number of connections for each address: one hostile PC cannot take all of them and shut the others out. */
import type { MultiaddrConnection } from '@libp2p/interface';

export class AddressShares {
  readonly #max: number;
  readonly #held = new Map<string, Set<MultiaddrConnection>>();

  /** @param max of one address at once */
  constructor(max: number) {
    this.#max = max;
  }

  /** Addresses that hold something now. */
  get size(): number {
    return this.#held.size;
  }

  /** Counts a connection until it closes or is released. @returns false when its address has its share already */
  take(connection: MultiaddrConnection): boolean {
    const address = addressOf(connection);
    const held = this.#held.get(address) ?? new Set();
    if (held.size >= this.#max) return false;
    this.#held.set(address, held.add(connection));
    connection.addEventListener('close', () => this.release(connection), { once: true });
    return true;
  }

  release(connection: MultiaddrConnection): void {
    const address = addressOf(connection);
    const held = this.#held.get(address);
    held?.delete(connection);
    if (held?.size === 0) this.#held.delete(address);
  }
}

/** Without the port: `/ip4/10.0.0.7`. */
function addressOf({ remoteAddr }: MultiaddrConnection): string {
  return remoteAddr.toString().split('/').slice(0, 3).join('/');
}
