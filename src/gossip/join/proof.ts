/**
 * Proofs that both sides know the token's secret, bound to this one conversation: the keys that the Noise handshake proved on both
 * sides, a fresh number of each, and what is said. Nothing of it is worth anything in another conversation, so a replay or a man in
 * the middle (who has another key) gains nothing.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export interface Transcript {
  readonly cloudId: string;
  readonly tokenId: string;
  readonly clientPeer: string;
  readonly serverPeer: string;
  readonly clientNonce: string;
  readonly serverNonce: string;
}

type Side = 'client' | 'server';

/** @param said the exact text that this side says with its proof */
export function prove(verifier: string, side: Side, transcript: Transcript, said: string): string {
  const { cloudId, tokenId, clientPeer, serverPeer, clientNonce, serverNonce } = transcript;
  const digest = createHash('sha256').update(said).digest('hex');
  // As JSON, no value can run into the next.
  const text = JSON.stringify([
    'labmesh join 1',
    side,
    cloudId,
    tokenId,
    clientPeer,
    serverPeer,
    clientNonce,
    serverNonce,
    digest,
  ]);
  return createHmac('sha256', Buffer.from(verifier, 'hex')).update(text).digest('hex');
}

export function isProof(
  mac: string,
  verifier: string,
  side: Side,
  transcript: Transcript,
  said: string,
): boolean {
  const right = Buffer.from(prove(verifier, side, transcript, said), 'hex');
  const given = Buffer.from(mac, 'hex');
  return given.length === right.length && timingSafeEqual(given, right);
}
