/**
 * The cloud's side of joining: a libp2p host of its own, on a port of its own, that lets anybody in and speaks one protocol. It shares
 * nothing with the members' host but the key; it listens only while somebody is invited.
 *
 * Not the members' host with a rule per protocol: libp2p's hook for such rules (`use`) adds the protocol's handler to its list for every
 * stream, so each message would be handled by all that came before, and the list never shrinks (libp2p 3.3).
 */
import { randomBytes } from 'node:crypto';
import type { Libp2p, Stream } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import { LabmeshError } from '../../state/errors.ts';
import type { Logger } from '../../state/logger.ts';
import { GossipError, reasonOf } from '../errors.ts';
import { doorLibp2p } from '../host/libp2p.ts';
import { INBOUND_PER_SECOND } from '../host/limits.ts';
import { cannotListen } from '../host/listening.ts';
import type { MeshIdentity } from '../identity.ts';
import type { Json } from '../rpc/messages.ts';
import {
  helloSchema,
  helloVersionSchema,
  JOIN_PROTOCOL,
  JOIN_VERSION,
  type JoinRequest,
  joinRequestSchema,
  OLDEST_JOIN_VERSION,
  proofSchema,
} from './messages.ts';
import { isProof, prove, type Transcript } from './proof.ts';
import { heard, Talk } from './stream.ts';

/** A room of PCs comes at once; each is done within a second. The next is told to try again. */
const MAX_GUESTS = 32;
/** For a whole join: a master may have to be elected meanwhile. */
const JOIN_TIMEOUT_MS = 20_000;
/**
 * Between the clocks of a new PC and of the cloud. Certificates begin a day before they are made, and announcements bear half an
 * hour; but logs and leases of a PC that is wrong by more are no help to anybody.
 */
const MAX_SKEW_MS = 5 * 60_000;

/** What the state knows of a token. */
export interface TokenRecord {
  /** `verifierOf(secret)`. */
  readonly verifier: string;
  readonly expiresAt: number;
  readonly isRevoked: boolean;
  readonly usesLeft: number;
  readonly maxUses: number;
}

/** The log's side of joining: what `node/` hands in. */
export interface JoinAuthority {
  readonly cloudId: string;
  token(tokenId: string): TokenRecord | undefined;
  /**
   * Puts the new node into the log under this token, which it uses up once, and says what the newcomer must know (members,
   * certificates). May be asked twice for one node when an answer was lost: then it gives the same answer.
   * @throws GossipError join.token_expired, join.token_used_up, join.token_revoked, join.name_taken, join.already_member: the log
   *   has the last word. Any other LabmeshError is told as `join.undecided`.
   */
  admit(tokenId: string, request: JoinRequest & { readonly peerId: string }): Promise<Json>;
}

export interface DoorOptions {
  readonly identity: MeshIdentity;
  readonly authority: JoinAuthority;
  /** Multiaddrs; port 0 takes a free one. */
  readonly listen: readonly string[];
  readonly logger: Logger;
  readonly clock: () => number;
  /** Default 32. */
  readonly maxGuests?: number;
  /** New connections a second from one address. Default 30. */
  readonly inboundPerSecond?: number;
}

export class JoinDoor {
  readonly counters = { admitted: 0, refused: 0, malformed: 0 };
  readonly #options: DoorOptions;
  #wire: Libp2p | undefined;
  #guests = 0;

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /** Begins to listen; does nothing while it listens already. @throws GossipError `mesh.listen` */
  async open(): Promise<void> {
    if (this.#wire !== undefined) return;
    const { identity, listen, maxGuests = MAX_GUESTS, inboundPerSecond = INBOUND_PER_SECOND } = this.#options;
    const wire = await doorLibp2p({
      privateKey: identity.privateKey,
      listen,
      maxConnections: maxGuests * 2, // those who wait to be refused in words
      inboundPerSecond,
    });
    try {
      await wire.handle(JOIN_PROTOCOL, (stream, connection) =>
        this.#receive(stream, connection.remotePeer.toString()),
      );
      wire.addEventListener('peer:disconnect', ({ detail }) => void this.#forget(detail.toString()));
      wire.addEventListener('connection:open', ({ detail }) => {
        const timer = setTimeout(() => detail.abort(new Error('stayed too long')), JOIN_TIMEOUT_MS + 5_000);
        detail.addEventListener('close', () => clearTimeout(timer), { once: true });
      });
      await wire.start();
    } catch (error) {
      await wire.stop();
      throw cannotListen(listen, error);
    }
    this.#wire = wire;
  }

  /** Ends listening and every conversation. */
  async close(): Promise<void> {
    const wire = this.#wire;
    this.#wire = undefined;
    await wire?.stop();
  }

  /** Multiaddrs without `/p2p`; empty while closed. */
  addresses(): string[] {
    return this.#wire?.getMultiaddrs().map((one) => one.decapsulate('/p2p').toString()) ?? [];
  }

  /** What libp2p holds of guests now. */
  async held(): Promise<{ connections: number; peers: number }> {
    const peers = (await this.#wire?.peerStore.all()) ?? [];
    return { connections: this.#wire?.getConnections().length ?? 0, peers: peers.length };
  }

  /** What strangers leave in libp2p's book of peers would stay for an hour each. */
  async #forget(peerId: string): Promise<void> {
    await this.#wire?.peerStore.delete(peerIdFromString(peerId)).catch(() => {}); // it may not be in there
  }

  async #receive(stream: Stream, peerId: string): Promise<void> {
    const { maxGuests = MAX_GUESTS, logger } = this.#options;
    const talk = new Talk(stream, AbortSignal.timeout(JOIN_TIMEOUT_MS));
    this.#guests++;
    try {
      if (this.#guests > maxGuests) throw new GossipError('join.busy', { max: maxGuests });
      await this.#converse(talk, peerId);
      this.counters.admitted++;
    } catch (error) {
      const isOurs = error instanceof LabmeshError;
      if (isOurs && error.code !== 'join.malformed') this.counters.refused++;
      else this.counters.malformed++;
      logger.info('a join was refused', { peerId, code: isOurs ? error.code : reasonOf(error) });
      const { code, data } = isOurs ? error : new GossipError('join.malformed', { reason: 'unreadable' });
      await talk.say({ t: 'refused', code, data }).catch(() => {}); // it may be gone
    } finally {
      this.#guests--;
      await talk.end();
    }
  }

  async #converse(talk: Talk, peerId: string): Promise<void> {
    const { authority, identity, clock } = this.#options;
    const hello = this.#greeted(await talk.raw());
    const record = authority.token(hello.tokenId);
    if (record === undefined) throw new GossipError('join.token_unknown', {});
    const transcript: Transcript = {
      cloudId: hello.cloudId,
      tokenId: hello.tokenId,
      clientPeer: peerId,
      serverPeer: identity.peerId,
      clientNonce: hello.nonce,
      serverNonce: randomBytes(16).toString('hex'),
    };
    await talk.say({ t: 'challenge', nonce: transcript.serverNonce });
    const { said, mac } = await talk.hear(proofSchema);
    if (!isProof(mac, record.verifier, 'client', transcript, said))
      throw new GossipError('join.wrong_secret', {});
    // From here on it is one that holds the token: it may know what became of it.
    const request = heard(joinRequestSchema, new TextEncoder().encode(said));
    checkToken(record, clock());
    const skewMs = request.now - clock();
    if (Math.abs(skewMs) > MAX_SKEW_MS)
      throw new GossipError('join.clock_skew', { skewMs, maxMs: MAX_SKEW_MS });
    const welcome = JSON.stringify(await this.#admit(hello.tokenId, { ...request, peerId }));
    await talk.say({
      t: 'welcome',
      said: welcome,
      mac: prove(record.verifier, 'server', transcript, welcome),
    });
  }

  #greeted(bytes: Uint8Array) {
    const { v } = heard(helloVersionSchema, bytes);
    if (v > JOIN_VERSION) throw new GossipError('join.version_too_new', { theirs: v, ours: JOIN_VERSION });
    if (v < OLDEST_JOIN_VERSION)
      throw new GossipError('join.version_too_old', { theirs: v, ours: JOIN_VERSION });
    const hello = heard(helloSchema, bytes);
    const { cloudId } = this.#options.authority;
    if (hello.cloudId !== cloudId)
      throw new GossipError('join.wrong_cloud', { wanted: hello.cloudId, found: cloudId });
    return hello;
  }

  async #admit(tokenId: string, request: JoinRequest & { peerId: string }): Promise<Json> {
    try {
      return await this.#options.authority.admit(tokenId, request);
    } catch (error) {
      if (error instanceof GossipError && error.code.startsWith('join.')) throw error;
      const code = error instanceof LabmeshError ? error.code : 'internal';
      throw new GossipError('join.undecided', { code }, { cause: error });
    }
  }
}

function checkToken({ isRevoked, expiresAt, usesLeft, maxUses }: TokenRecord, now: number): void {
  if (isRevoked) throw new GossipError('join.token_revoked', {});
  if (expiresAt <= now) throw new GossipError('join.token_expired', { expiredAt: expiresAt });
  // Zero is left to `admit`: whoever used it last may ask again because the answer was lost.
  if (usesLeft < 0) throw new GossipError('join.token_used_up', { maxUses });
}
