/** This node in the mesh: listens, keeps connections with its neighbours, opens streams to members. */
import type { Peer, Stream } from '@libp2p/interface';
import type { Logger } from '../../state/logger.ts';
import { GossipError, reasonOf } from '../errors.ts';
import type { MeshIdentity } from '../identity.ts';
import type { AddressBook } from '../membership/address-book.ts';
import type { MembershipView } from '../membership/view.ts';
import { Dialer } from './dialer.ts';
import { memberGater } from './gater.ts';
import { type MeshLibp2p, meshLibp2p } from './libp2p.ts';
import { DIAL_TIMEOUT_MS, INBOUND_PER_SECOND } from './limits.ts';
import { cannotListen } from './listening.ts';

export interface HostOptions {
  readonly nodeId: string;
  readonly identity: MeshIdentity;
  readonly view: MembershipView;
  readonly book: AddressBook;
  readonly logger: Logger;
  /** Multiaddrs to listen on, e.g. `/ip4/0.0.0.0/tcp/7946`; port 0 takes a free one. */
  readonly listen: readonly string[];
  /** gossipsub's topic; others are refused. */
  readonly topic: string;
  /** Looks for members by multicast. Default false: campus networks drop it, and it tells everybody who is here. */
  readonly mdns?: boolean;
  /** New connections a second from one address. Default 30. */
  readonly inboundPerSecond?: number;
  readonly clock: () => number;
  readonly random: () => number;
}

export interface HostCounters {
  /** Handshakes of those who are no members. */
  strangers: number;
}

/** How often this PC's own addresses are looked at: a changed one is known to the others within seconds (N14). */
const ADDRESSES_MS = 2_000;

type StreamHandler = (stream: Stream, from: string) => Promise<void>;
type PresenceListener = (nodeId: string, isConnected: boolean) => void;

export class MeshHost {
  readonly nodeId: string;
  readonly peerId: string;
  readonly counters: HostCounters = { strangers: 0 };
  readonly #options: HostOptions;
  readonly #wire: MeshLibp2p;
  readonly #dialer: Dialer;
  readonly #listeners = new Set<PresenceListener>();
  readonly #addressListeners = new Set<(addresses: string[]) => void>();
  #addressTimer: Timer | undefined;
  #lastAddresses = '';
  #unfollow: (() => void) | undefined;

  private constructor(options: HostOptions, wire: MeshLibp2p, counters: HostCounters) {
    this.nodeId = options.nodeId;
    this.peerId = options.identity.peerId;
    this.counters = counters;
    this.#options = options;
    this.#wire = wire;
    this.#dialer = new Dialer({ ...options, wire });
  }

  static async create(options: HostOptions): Promise<MeshHost> {
    const counters: HostCounters = { strangers: 0 };
    const gater = memberGater(options.view, () => counters.strangers++);
    const wire = await meshLibp2p({
      privateKey: options.identity.privateKey,
      listen: options.listen,
      topic: options.topic,
      gater,
      isMdnsOn: options.mdns ?? false,
      inboundPerSecond: options.inboundPerSecond ?? INBOUND_PER_SECOND,
    });
    return new MeshHost(options, wire, counters);
  }

  get pubsub() {
    return this.#wire.services.pubsub;
  }

  /** @throws GossipError `mesh.listen` when an address is taken or is not this PC's */
  async start(): Promise<void> {
    this.#wire.addEventListener('peer:connect', ({ detail }) => this.#presence(detail.toString(), true));
    this.#wire.addEventListener('peer:disconnect', ({ detail }) => this.#presence(detail.toString(), false));
    try {
      await this.#wire.start();
    } catch (error) {
      await this.stop();
      throw cannotListen(this.#options.listen, error);
    }
    if (this.#options.mdns)
      this.#wire.addEventListener('peer:update', ({ detail }) => this.#found(detail.peer));
    this.#wire.addEventListener('connection:open', ({ detail }) => this.#dialer.renewed(detail));
    this.#unfollow = this.#options.view.onChange(({ removed }) => {
      for (const { peerId } of removed) void this.#dialer.cutOff(peerId);
    });
    this.#dialer.start();
    this.#lastAddresses = this.addresses().join();
    this.#addressTimer = setInterval(() => this.#lookAtAddresses(), ADDRESSES_MS);
  }

  async stop(): Promise<void> {
    this.#unfollow?.();
    this.#dialer.stop();
    clearInterval(this.#addressTimer);
    this.#listeners.clear();
    this.#addressListeners.clear();
    await this.#wire.stop();
  }

  /** Where this node listens, as multiaddrs without `/p2p`: what it tells the log. Empty before `start`. */
  addresses(): string[] {
    return this.#wire.getMultiaddrs().map((one) => one.decapsulate('/p2p').toString());
  }

  /** Node ids with an open connection. */
  connected(): string[] {
    return this.#wire
      .getPeers()
      .map((peer) => this.#options.view.byPeer(peer.toString())?.nodeId)
      .filter((nodeId) => nodeId !== undefined);
  }

  /** What libp2p holds of others: open connections, and peers in its books. Both are bounded by members, not by who tries. */
  async held(): Promise<{ connections: number; peers: number }> {
    const peers = await this.#wire.peerStore.all();
    return { connections: this.#wire.getConnections().length, peers: peers.length };
  }

  /** Called when a member gets connected, and when its last connection ends. */
  onPresence(listener: PresenceListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Called after this PC's own addresses changed (another network, another lease), with all of them: to be told to the log. */
  onAddresses(listener: (addresses: string[]) => void): () => void {
    this.#addressListeners.add(listener);
    return () => this.#addressListeners.delete(listener);
  }

  /** Serves a protocol to members. The handler owns the stream; what it throws ends the stream and is logged. */
  async handle(protocol: string, handler: StreamHandler, maxStreams: number): Promise<void> {
    const serve = async (stream: Stream, peerId: string) => {
      const member = this.#options.view.byPeer(peerId);
      if (member === undefined) return stream.abort(new Error('members only'));
      try {
        await handler(stream, member.nodeId);
      } catch (error) {
        this.#options.logger.debug('a stream ended', {
          protocol,
          from: member.nodeId,
          reason: reasonOf(error),
        });
        stream.abort(error instanceof Error ? error : new Error(String(error)));
      }
    };
    await this.#wire.handle(
      protocol,
      (stream, connection) => serve(stream, connection.remotePeer.toString()),
      {
        maxInboundStreams: maxStreams,
        maxOutboundStreams: maxStreams * 2,
      },
    );
  }

  /**
   * Opens a stream to a member, dialling it where it is not connected.
   * @throws GossipError `mesh.not_member`, `mesh.unreachable`
   */
  async open(nodeId: string, protocol: string, signal: AbortSignal): Promise<Stream> {
    const member = this.#options.view.byNode(nodeId);
    if (member === undefined) throw new GossipError('mesh.not_member', { peer: nodeId });
    try {
      const connection = await this.#dialer.connect(member, signal);
      return await connection.newStream(protocol, { signal });
    } catch (error) {
      if (error instanceof GossipError) throw error;
      throw new GossipError('mesh.unreachable', { nodeId, reason: reasonOf(error) }, { cause: error });
    }
  }

  /** Dials a member now, whatever its backoff says: it has just announced itself, or the log a new address of it. */
  async reach(nodeId: string): Promise<void> {
    const member = this.#options.view.byNode(nodeId);
    if (member === undefined) throw new GossipError('mesh.not_member', { peer: nodeId });
    await this.#dialer.connect(member, AbortSignal.timeout(DIAL_TIMEOUT_MS));
  }

  /** Ends what has been open for a while to a member that answers nobody: its next connection, from either side, is a new one. */
  drop(nodeId: string): void {
    const member = this.#options.view.byNode(nodeId);
    if (member !== undefined) this.#dialer.dropSilent(member);
  }

  #lookAtAddresses(): void {
    const addresses = this.addresses();
    if (addresses.join() === this.#lastAddresses) return;
    const isOneGone = this.#lastAddresses.split(',').some((one) => !addresses.includes(one));
    this.#lastAddresses = addresses.join();
    this.#dialer.moved(isOneGone);
    if (addresses.length === 0) return; // between two networks: there is nothing to tell, and nobody to hear it
    for (const listener of this.#addressListeners) listener(addresses);
  }

  /** Multicast tells libp2p where somebody is, and libp2p tells nobody to go there. */
  #found({ id, addresses }: Peer): void {
    const member = this.#options.view.byPeer(id.toString());
    if (member === undefined) return;
    const found = addresses.map(({ multiaddr }) => multiaddr.toString());
    this.#dialer.found(member, found);
  }

  #presence(peerId: string, isConnected: boolean): void {
    const member = this.#options.view.byPeer(peerId);
    if (isConnected && member === undefined) return void this.#dialer.cutOff(peerId); // retired during its handshake
    if (member === undefined) return;
    this.#dialer.presenceChanged(member, isConnected);
    for (const listener of this.#listeners) listener(member.nodeId, isConnected);
  }
}
