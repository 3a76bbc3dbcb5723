/** One-time tickets for consoles, in memory of this process. */

import { newSecret } from '../auth/secrets.ts';
import type { Visitor } from '../env.ts';
import { WebError } from '../errors.ts';

/** Long enough for a slow PC to open the WebSocket, too short to be passed on. */
const VALID_MS = 30_000;
/** A class that opens thumbnails of everybody; older unused ones go first. */
const MAX_TICKETS = 1000;

interface Ticket {
  readonly holder: string;
  readonly vmId: string;
  readonly viewOnly: boolean;
  readonly expiresAt: number;
}

export interface IssuedTicket {
  readonly ticket: string;
  readonly path: string;
  readonly expiresAt: number;
  readonly viewOnly: boolean;
}

export class Tickets {
  readonly #tickets = new Map<string, Ticket>();

  /** A ticket for one connection of this visitor to this VM's screen. */
  issue(visitor: Visitor, vmId: string, viewOnly: boolean, now: number): IssuedTicket {
    for (const [key, one] of this.#tickets) if (one.expiresAt <= now) this.#tickets.delete(key);
    const oldest = this.#tickets.keys().next();
    if (this.#tickets.size >= MAX_TICKETS && !oldest.done) this.#tickets.delete(oldest.value);
    const ticket = newSecret();
    const expiresAt = now + VALID_MS;
    this.#tickets.set(ticket, { holder: holderOf(visitor), vmId, viewOnly, expiresAt });
    return { ticket, path: `/console/ws?ticket=${ticket}`, expiresAt, viewOnly };
  }

  /** Takes a ticket; whoever shows it, it is used up. @throws WebError `web.ticket` */
  redeem(ticket: string, visitor: Visitor, now: number): { vmId: string; viewOnly: boolean } {
    const found = this.#tickets.get(ticket);
    this.#tickets.delete(ticket);
    if (!found || found.expiresAt <= now || found.holder !== holderOf(visitor))
      throw new WebError('web.ticket', {});
    return { vmId: found.vmId, viewOnly: found.viewOnly };
  }

  get size(): number {
    return this.#tickets.size;
  }
}

/** The session rather than the person: a ticket read off one screen is worth nothing at another. */
function holderOf(visitor: Visitor): string {
  return visitor.kind === 'person' ? visitor.session.id : visitor.kind;
}
