/** Passwords: argon2id (RFC 9106), a few at a time. */
import { WebError } from '../errors.ts';

/**
 * 19 MiB and two passes: the first choice of OWASP's password storage cheat sheet. It costs some 25 ms of one core, so that a
 * class of thirty is in within a second on a PC that also runs VMs, and a guess costs as much.
 */
const COST = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const;

/** NIST SP 800-63B: at least 8 characters, no rules about kinds of characters. */
export const MIN_PASSWORD = 8;
/** A sentence fits; megabytes to hash do not. */
export const MAX_PASSWORD = 256;

/** Two hashes at once leave the other cores to the VMs; each holds 19 MiB. */
const AT_ONCE = 2;
/** A class or two that signs in at the bell: the last of a hundred waits a second or two. */
const MAX_WAITING = 100;

let running = 0;
const waiting: (() => void)[] = [];

/** @throws WebError `web.password_short`, `web.password_long`, `web.password_name` */
export function needGoodPassword(password: string, userName: string): void {
  const length = [...password].length;
  if (length < MIN_PASSWORD) throw new WebError('web.password_short', { min: MIN_PASSWORD });
  if (length > MAX_PASSWORD) throw new WebError('web.password_long', { max: MAX_PASSWORD });
  if (password.toLowerCase() === userName.toLowerCase()) throw new WebError('web.password_name', {});
}

/** The hash to keep, in PHC format. @throws WebError `web.busy` */
export function hashPassword(password: string): Promise<string> {
  return inTurn(() => Bun.password.hash(password.normalize('NFC'), COST));
}

/**
 * True when the password belongs to the hash. Without a hash (no such account) it works as long and says false, so that
 * the time does not tell which names exist.
 * @throws WebError `web.busy`
 */
export async function verifyPassword(password: string, hash: string | null): Promise<boolean> {
  if ([...password].length > MAX_PASSWORD) return false;
  const typed = password.normalize('NFC');
  const right = await inTurn(async () => Bun.password.verify(typed, hash ?? (await nobody())));
  return right && hash !== null;
}

/** The hash of a password that nobody has. */
let nobodysHash: Promise<string> | null = null;
function nobody(): Promise<string> {
  nobodysHash ??= Bun.password.hash(crypto.randomUUID(), COST);
  return nobodysHash;
}

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) {
    if (waiting.length >= MAX_WAITING)
      throw new WebError('web.busy', { what: 'password', limit: MAX_WAITING });
    await new Promise<void>((go) => waiting.push(go));
  } else running += 1;
  try {
    return await work();
  } finally {
    // The place passes on to the next, or is given back.
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}
