/**
 * Something a node says, signed by it: it may travel through others' hands and come back later, so it carries its author and cannot be
 * altered. The purpose is signed too: what was said on one subject is no statement on another.
 *
 * Wire form: JSON `{ by, body, sig }`; `body` is the exact text that was signed (so nothing depends on how JSON is written again), `sig`
 * is Ed25519 over `labmesh:<purpose>:<cloudId>:<by>:` followed by it, base64.
 */
import { publicKeyFromRaw } from '@libp2p/crypto/keys';
import type { Ed25519PrivateKey } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';

export interface Envelope {
  /** Peer id of the author. */
  readonly by: string;
  readonly body: string;
  readonly sig: string;
}

export interface Sealing {
  readonly purpose: string;
  readonly cloudId: string;
}

const encoder = new TextEncoder();

const signed = ({ purpose, cloudId }: Sealing, by: string, body: string) =>
  encoder.encode(`labmesh:${purpose}:${cloudId}:${by}:${body}`);

/** Signs `body` (already JSON text). */
export async function seal(key: Ed25519PrivateKey, sealing: Sealing, body: string): Promise<Envelope> {
  const by = key.publicKey.toString();
  const sig = await key.sign(signed(sealing, by, body));
  return { by, body, sig: Buffer.from(sig).toString('base64') };
}

/** Whether `by` said this. Never throws: everything in it comes from outside. */
export async function isGenuine(sealing: Sealing, { by, body, sig }: Envelope): Promise<boolean> {
  try {
    const { publicKey } = peerIdFromString(by);
    if (publicKey?.type !== 'Ed25519') return false;
    const key = publicKeyFromRaw(publicKey.raw); // by value: libp2p's own copies may come from several versions of its packages
    return await key.verify(signed(sealing, by, body), Buffer.from(sig, 'base64'));
  } catch {
    return false;
  }
}
