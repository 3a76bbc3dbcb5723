/** Reads certificates and keys; null instead of a throw for what is none. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

const ONE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
/** An authority and those that it replaces: more than a handful is no rotation but a mistake. */
const MAX_CERTIFICATES = 8;

/** Every certificate of a file, in its order; null when one is damaged, there is none, or there are too many. */
export function certificatesOf(pem: string): X509Certificate[] | null {
  const texts = pem.match(ONE);
  if (texts === null || texts.length > MAX_CERTIFICATES) return null;
  try {
    return texts.map((text) => new X509Certificate(text));
  } catch {
    return null;
  }
}

export function certificateOf(pem: string): X509Certificate | null {
  const all = certificatesOf(pem);
  return all?.length === 1 ? (all[0] ?? null) : null;
}

export function keyOf(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}
