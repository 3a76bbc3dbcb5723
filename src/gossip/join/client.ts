/** A PC's side of joining: tries the token's addresses in turn, until one answers. */
import { randomBytes } from 'node:crypto';
import type { Connection, Libp2p } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import * as z from 'zod';
import { GossipError, reasonOf } from '../errors.ts';
import { doorLibp2p } from '../host/libp2p.ts';
import type { MeshIdentity } from '../identity.ts';
import type { Json } from '../rpc/messages.ts';
import { fromBytes } from '../wire/json.ts';
import {
  challengeSchema,
  JOIN_PROTOCOL,
  JOIN_VERSION,
  type joinRequestSchema,
  refusedSchema,
  welcomeSchema,
} from './messages.ts';
import { isProof, prove, type Transcript } from './proof.ts';
import { refusalOf } from './refusals.ts';
import { heard, Talk } from './stream.ts';
import { type JoinToken, type TokenAddress, verifierOf } from './token.ts';

/** Per address: dialling, and the cloud's decision. */
const TIMEOUT_MS = 25_000;

/** What says something about one address only: the next one is tried. */
const ONE_NODES_TROUBLE: readonly string[] = [
  'join.busy',
  'join.undecided',
  'join.malformed',
  'join.impostor',
];

export interface JoinOptions {
  readonly token: JoinToken;
  /** The key by which the node will be known; see `openMeshIdentity`. */
  readonly identity: MeshIdentity;
  readonly request: Omit<z.input<typeof joinRequestSchema>, 'now'>;
  readonly clock: () => number;
  /** Default 25 s per address. */
  readonly timeoutMs?: number;
}

/**
 * Joins the cloud of a token.
 * @returns what the cloud's authority has to say to its new node
 * @throws GossipError each refusal of `join.*`; `join.impostor` when who answered does not know the secret; `join.no_answer`
 */
export async function joinCloud(options: JoinOptions): Promise<Json> {
  const wire = await doorLibp2p({
    privateKey: options.identity.privateKey,
    listen: [],
    maxConnections: 8,
    inboundPerSecond: 1,
  });
  await wire.start();
  try {
    return await firstAnswer(wire, options);
  } finally {
    await wire.stop();
  }
}

async function firstAnswer(wire: Libp2p, options: JoinOptions): Promise<Json> {
  const { addresses } = options.token;
  let last: unknown;
  for (const address of addresses) {
    const signal = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
    try {
      const connection = await wire.dial(multiaddr(textOf(address)), { signal });
      return await converse(connection, address, options, signal);
    } catch (error) {
      last = error;
      // A refusal is the cloud's word; another node would say the same.
      const isFinal = error instanceof GossipError && !ONE_NODES_TROUBLE.includes(error.code);
      if (isFinal) throw error;
    }
  }
  if (last instanceof GossipError) throw last;
  throw new GossipError(
    'join.no_answer',
    {
      addresses: addresses.map(({ ip, port }) => `${ip.includes(':') ? `[${ip}]` : ip}:${port}`),
      reason: reasonOf(last),
    },
    { cause: last },
  );
}

async function converse(
  connection: Connection,
  address: TokenAddress,
  { token, identity, request, clock }: JoinOptions,
  signal: AbortSignal,
): Promise<Json> {
  const talk = new Talk(await connection.newStream(JOIN_PROTOCOL, { signal }), signal);
  const { cloudId, tokenId } = token;
  const clientNonce = randomBytes(16).toString('hex');
  await talk.say({ t: 'hello', v: JOIN_VERSION, cloudId, tokenId, nonce: clientNonce });
  const { nonce } = orRefused(challengeSchema, await talk.raw());
  const transcript: Transcript = {
    cloudId,
    tokenId,
    clientNonce,
    serverNonce: nonce,
    clientPeer: identity.peerId,
    serverPeer: connection.remotePeer.toString(),
  };
  const verifier = verifierOf(token.secret);
  const said = JSON.stringify({ ...request, now: clock() });
  await talk.say({ t: 'proof', said, mac: prove(verifier, 'client', transcript, said) });
  const welcome = orRefused(welcomeSchema, await talk.raw());
  if (!isProof(welcome.mac, verifier, 'server', transcript, welcome.said))
    throw new GossipError('join.impostor', { address: address.ip });
  await talk.end();
  return heard(z.json(), new TextEncoder().encode(welcome.said));
}

function orRefused<T>(schema: z.ZodType<T>, bytes: Uint8Array): T {
  const message = fromBytes(z.union([refusedSchema, z.json()]), bytes);
  const refused = refusedSchema.safeParse(message);
  if (refused.success) throw refusalOf(refused.data.code, refused.data.data);
  return heard(schema, bytes);
}

function textOf({ ip, port }: TokenAddress): string {
  return `/${ip.includes(':') ? 'ip6' : 'ip4'}/${ip}/tcp/${port}`;
}
