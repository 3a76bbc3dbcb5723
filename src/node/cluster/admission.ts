/**
 * Newcomers: the door at which they knock, open while a token is valid, and the master's decision. Any node's door will do: it checks
 * the proof and asks the master, which writes the newcomer into the log.
 */
import * as z from 'zod';
import {
  formatToken,
  GossipError,
  type JoinAuthority,
  JoinDoor,
  type JoinRequest,
  type Json,
  type Mesh,
  newSecret,
  type TokenAddress,
  verifierOf,
} from '../../gossip/index.ts';
import { type Author, type CloudMachine, LabmeshError, type Logger } from '../../state/index.ts';
import type { Submit } from '../door.ts';
import type { CreatedToken, TokenRequest } from '../interface.ts';
import type { Welcome } from './welcome.ts';

/** The state may turn a token's time over while nothing else happens. */
const LOOK_EVERY_MS = 30_000;
/**
 * The door stays open for so long after the last use of the last token: the welcome has yet to be said, whoever did not hear it asks
 * again, and who comes too late is told why instead of finding nobody.
 */
const LINGER_MS = 60_000;
/** Beyond this a door is not expected to be asked, and the line stays short enough to copy. */
const MAX_ADDRESSES = 3;

export interface AdmissionParts {
  readonly nodeId: string;
  readonly cloudId: string;
  readonly mesh: Mesh;
  readonly machine: CloudMachine;
  readonly submit: Submit;
  readonly newId: () => string;
  readonly now: () => number;
  readonly logger: Logger;
  readonly listen: { readonly host: string; readonly port: number };
  /** IP addresses at which others reach this PC. */
  readonly reachedAt: () => readonly string[];
}

export class Admission {
  readonly #parts: AdmissionParts;
  readonly #door: JoinDoor;
  readonly #unlisten: () => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #turning: Promise<void> = Promise.resolve();
  /** By the monotonic clock; long ago while nobody ever was. */
  #invitedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
    const { mesh, machine, logger, now, listen } = parts;
    const family = listen.host.includes(':') ? 'ip6' : 'ip4';
    this.#door = new JoinDoor({
      identity: mesh.identity,
      authority: this.#authority(),
      listen: [`/${family}/${listen.host}/tcp/${listen.port}`],
      logger,
      clock: now,
    });
    this.#unlisten = machine.onApplied(({ changes }) => {
      if (changes.some((change) => change.kind === 'token')) this.#turn();
    });
    this.#timer = setInterval(() => this.#turn(), LOOK_EVERY_MS);
    this.#turn();
  }

  async stop(): Promise<void> {
    this.#unlisten();
    clearInterval(this.#timer);
    await this.#turning;
    await this.#door.close();
  }

  /** @throws LabmeshError as `token.create` refuses, `mesh.listen` when this PC's door cannot open */
  async createToken(request: TokenRequest, author: Author): Promise<CreatedToken> {
    const { submit, newId, cloudId, machine } = this.#parts;
    const { ttlMs, uses, label, share } = request;
    const secret = newSecret();
    const id = newId();
    await this.#door.open();
    await submit('token.create', { id, verifier: verifierOf(secret), label, ttlMs, uses, share }, author);
    const made = machine.state.tables.token.get(id);
    const token = formatToken({ cloudId, tokenId: id, secret, addresses: this.#addresses() });
    return { id, token, expiresAt: made?.expiresAt ?? 0, uses: made?.maxUses ?? uses };
  }

  /** This door's port at each address of this PC. */
  #addresses(): TokenAddress[] {
    const ports = this.#door.addresses().map((one) => Number(one.split('/tcp/')[1]));
    const [port] = ports.filter((one) => one > 0);
    if (port === undefined) throw new LabmeshError('mesh.stopped', {});
    return this.#parts
      .reachedAt()
      .slice(0, MAX_ADDRESSES)
      .map((ip) => ({ ip, port }));
  }

  /** Opens the door while somebody is invited, closes it afterwards. One turn after the other. */
  #turn(): void {
    this.#turning = this.#turning.then(async () => {
      const { machine, now, logger } = this.#parts;
      const isInvited = machine.state.tables.token
        .all()
        .some((one) => one.revokedAt === null && one.expiresAt > now() && one.usedBy.length < one.maxUses);
      try {
        if (isInvited) this.#invitedAt = performance.now();
        if (isInvited) await this.#door.open();
        else if (performance.now() - this.#invitedAt > LINGER_MS) await this.#door.close();
      } catch (error) {
        logger.warn('the door for newcomers did not open', { error: String(error) });
      }
    });
  }

  #authority(): JoinAuthority {
    const { cloudId, machine } = this.#parts;
    return {
      cloudId,
      token: (id) => {
        const token = machine.state.tables.token.get(id);
        if (token === undefined) return undefined;
        const { verifier, expiresAt, maxUses, usedBy, revokedAt } = token;
        // The last use may be this newcomer's own, whose answer was lost: the log tells.
        const usesLeft = Math.max(1, maxUses - usedBy.length);
        return { verifier, expiresAt, isRevoked: revokedAt !== null, usesLeft, maxUses };
      },
      admit: (tokenId, request) => this.#admit(tokenId, request),
    };
  }

  async #admit(tokenId: string, request: JoinRequest & { readonly peerId: string }): Promise<Json> {
    const { submit, machine, nodeId: own, cloudId } = this.#parts;
    const { nodeId, name, peerId, addresses, version, protocol } = request;
    const author: Author = { kind: 'scheduler', nodeId: own };
    const payload = { tokenId, nodeId, name, peerId, addresses, version, protocol };
    await submit('node.admit', payload, author).catch((error: unknown) => {
      throw asJoinRefusal(error, name);
    });
    const members = machine.state.tables.node
      .all()
      .filter((one) => one.state !== 'retired' && one.peerId !== '')
      .map((one) => ({ nodeId: one.id, peerId: one.peerId, addresses: [...one.meshAddresses] }));
    const welcome: Welcome = { cloudId, cloudName: machine.state.cloud?.name ?? '', members };
    return z.json().parse(welcome);
  }
}

/** The log's refusal in the words of joining. */
function asJoinRefusal(error: unknown, name: string): unknown {
  if (!(error instanceof LabmeshError)) return error;
  if (error.code === 'name.taken') return new GossipError('join.name_taken', { name });
  if (error.code === 'join.token_used_up')
    return new GossipError('join.token_used_up', { maxUses: Number(error.data.maxUses) });
  if (error.code === 'join.token_revoked') return new GossipError('join.token_revoked', {});
  if (error.code === 'join.token_unknown') return new GossipError('join.token_unknown', {});
  if (error.code === 'join.token_expired')
    return new GossipError('join.token_expired', { expiredAt: Number(error.data.expiredAt) });
  if (error.code === 'node.too_old')
    return new GossipError('join.version_too_old', {
      theirs: Number(error.data.protocol),
      ours: Number(error.data.level),
    });
  if (error.code === 'join.already_member')
    return new GossipError('join.already_member', { nodeId: String(error.data.nodeId) });
  return error;
}
