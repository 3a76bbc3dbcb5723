/** Keeps this node connected with its neighbours, by the addresses of the log and those where they were last reached. */
import type { Connection } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import { multiaddr } from '@multiformats/multiaddr';
import type { Logger } from '../../state/logger.ts';
import { GossipError, reasonOf } from '../errors.ts';
import type { AddressBook } from '../membership/address-book.ts';
import { neighboursOf } from '../membership/neighbours.ts';
import type { Member } from '../membership/types.ts';
import type { MembershipView } from '../membership/view.ts';
import { Backoff } from './backoff.ts';
import type { MeshLibp2p } from './libp2p.ts';
import { DIAL_TIMEOUT_MS, UPGRADE_TIMEOUT_MS } from './limits.ts';

/** How often the neighbours are looked over: half of the shortest backoff. */
const ROUND_MS = 250;

/** Addresses that are tried of those that multicast tells of one member. */
const MAX_FOUND = 8;

/** Two that dialled one another at the same time keep both connections; a dial and its handshake on either side end within this. */
const SAME_DIAL_MS = DIAL_TIMEOUT_MS + UPGRADE_TIMEOUT_MS;

/** So long a connection has to carry its first answer, also from a PC that is busy: ended sooner, it would only be dialled again. */
const YOUNG_MS = 5_000;

export interface DialerOptions {
  readonly nodeId: string;
  readonly wire: MeshLibp2p;
  readonly view: MembershipView;
  readonly book: AddressBook;
  readonly logger: Logger;
  readonly clock: () => number;
  readonly random: () => number;
}

export class Dialer {
  readonly #options: DialerOptions;
  readonly #backoff: Backoff;
  readonly #dialling = new Map<string, Promise<Connection>>();
  /** By peer id; of members alone. */
  readonly #found = new Map<string, readonly string[]>();
  #timer: Timer | undefined;

  constructor(options: DialerOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.random);
  }

  start(): void {
    this.#timer = setInterval(() => this.#round(), ROUND_MS);
    this.#round();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /**
   * The open connection, or a new one. Several callers share one dial.
   * A fresh failure does not keep it from trying: after a cut this is how the two sides meet again.
   * @throws GossipError `mesh.unreachable`
   */
  async connect(member: Member, signal: AbortSignal): Promise<Connection> {
    const open = this.#openTo(member.peerId);
    if (open !== undefined) return open;
    const dial = this.#dialling.get(member.nodeId) ?? this.#dial(member);
    return Promise.race([dial, aborted(signal)]);
  }

  /** Multicast says that a member is at these addresses: it is tried there, too. Who answers proves its key; a lie costs dials. */
  found({ nodeId, peerId }: Member, addresses: readonly string[]): void {
    this.#found.set(peerId, addresses.slice(0, MAX_FOUND));
    this.#backoff.clear(nodeId);
  }

  presenceChanged(member: Member, isConnected: boolean): void {
    if (!isConnected) return;
    this.#backoff.clear(member.nodeId);
    const outbound = this.#options.wire
      .getConnections(peerIdFromString(member.peerId))
      .find((one) => one.direction === 'outbound');
    if (outbound !== undefined)
      this.#options.book.note(member.peerId, outbound.remoteAddr.decapsulate('/p2p').toString());
  }

  /** Ends the connections with a member; it is dialled again like one that was never reached. */
  drop({ peerId }: Member, why: string): void {
    for (const connection of this.#options.wire.getConnections(peerIdFromString(peerId)))
      connection.abort(new Error(why));
  }

  /** The same with one that answers nobody: the silence was that of older connections, not of one that it has opened since. */
  dropSilent({ peerId }: Member): void {
    for (const connection of this.#options.wire.getConnections(peerIdFromString(peerId)))
      if (connection.timeline.open + YOUNG_MS < Date.now()) connection.abort(new Error('silent'));
  }

  /**
   * This PC's own addresses changed: whoever could not be reached may be now. Connections from an address that is gone carry nothing
   * any more, and the kernel would wait a quarter of an hour to say so.
   */
  moved(isOneGone: boolean): void {
    const { view } = this.#options;
    for (const member of view.members()) {
      this.#backoff.clear(member.nodeId);
      if (isOneGone) this.drop(member, 'this PC has another address');
    }
    this.#round();
  }

  /** Nobody dials where a connection is open: whoever opens one anew has lost those from before (it slept, moved, or was switched off). */
  renewed({ remotePeer, timeline }: Connection): void {
    for (const old of this.#options.wire.getConnections(remotePeer))
      if (old.timeline.open < timeline.open - SAME_DIAL_MS) old.abort(new Error('the other side came anew'));
  }

  /** Ends every connection with a peer that is no member any more, and forgets where it was. */
  async cutOff(peerId: string): Promise<void> {
    const { wire, book } = this.#options;
    const peer = peerIdFromString(peerId);
    book.forget(peerId);
    this.#found.delete(peerId);
    for (const connection of wire.getConnections(peer)) connection.abort(new Error('no member any more'));
    await wire.peerStore.delete(peer).catch(() => {}); // it may never have been in there
  }

  #openTo(peerId: string): Connection | undefined {
    return this.#options.wire
      .getConnections(peerIdFromString(peerId))
      .find((connection) => connection.status === 'open');
  }

  #round(): void {
    const { nodeId, view, clock } = this.#options;
    const members = view.members();
    const wanted = neighboursOf(
      nodeId,
      members.map((one) => one.nodeId),
      (one) => !this.#backoff.isFailing(one),
    );
    const failing = members.map((one) => one.nodeId).filter((one) => this.#backoff.isFailing(one));
    for (const id of [...wanted, ...failing]) {
      const member = view.byNode(id);
      if (member === undefined || this.#dialling.has(id) || !this.#backoff.mayTry(id, clock())) continue;
      if (this.#openTo(member.peerId) === undefined) this.#dial(member).catch(() => {}); // noted in the backoff
    }
  }

  #dial(member: Member): Promise<Connection> {
    const dial = this.#dialNow(member).finally(() => this.#dialling.delete(member.nodeId));
    this.#dialling.set(member.nodeId, dial);
    return dial;
  }

  async #dialNow(member: Member): Promise<Connection> {
    const { wire, book, clock } = this.#options;
    const found = this.#found.get(member.peerId) ?? [];
    const texts = new Set([...found, ...member.addresses, ...book.addresses(member.peerId)]);
    const addresses = [...texts].flatMap((text) => withPeer(text, member.peerId));
    try {
      if (addresses.length === 0) throw new Error('no address is known');
      return await wire.dial(addresses, { signal: AbortSignal.timeout(DIAL_TIMEOUT_MS) });
    } catch (error) {
      this.#backoff.failed(member.nodeId, clock());
      throw new GossipError(
        'mesh.unreachable',
        { nodeId: member.nodeId, reason: reasonOf(error) },
        { cause: error },
      );
    }
  }
}

/** The multiaddr that only this peer can answer; none if the text is not one (the log may have been written by a newer version). */
function withPeer(text: string, peerId: string) {
  try {
    return [multiaddr(text).encapsulate(`/p2p/${peerId}`)];
  } catch {
    return [];
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
