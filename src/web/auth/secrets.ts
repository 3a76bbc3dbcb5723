/** Secrets that name a session, and the tokens that follow from them. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 bits: nobody guesses one, so that a plain hash is enough to keep it by. */
const SECRET_BYTES = 32;
/** 43 characters of base64url hold 32 bytes. */
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** A fresh secret, as it stands in a cookie or after `Bearer`. */
export function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** True for something that could be a secret of ours; everything else is not worth hashing. */
export function isSecret(text: string): boolean {
  return SECRET.test(text);
}

/** Under which hash the log keeps a secret: SHA-256, hex. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/**
 * The CSRF token of a session: a page can show it, other sites cannot know it. It follows from the secret in the cookie, so it needs no
 * memory, is the same on every node, and ends with the session.
 */
export function csrfToken(secret: string): string {
  return createHmac('sha256', secret).update('csrf').digest('base64url');
}

/** Compares without telling by its time how much is right. */
export function sameToken(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Without the letters and digits that people mix up (l, o, 0, 1): 31 signs, 5 bits each but for a hair. */
const SIGNS = 'abcdefghijkmnpqrstuvwxyz23456789';

/** A password that one reads off paper: 16 signs in groups of four, 80 bits. */
export function newPassword(): string {
  const signs = [...randomBytes(16)].map((byte) => SIGNS[byte % SIGNS.length]).join('');
  return signs.match(/.{4}/g)?.join('-') ?? signs;
}
