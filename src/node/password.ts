/** Password hashing: argon2id with the parameters that OWASP's Password Storage Cheat Sheet names first (19 MiB, 2 passes). */

const COST = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const;
/** Longer passwords are no stronger, only slower to hash. */
export const MAX_PASSWORD_LENGTH = 256;

/** A PHC string; about 30 ms of one core, in Bun's own threads. */
export async function hashPassword(password: string): Promise<string> {
  return await Bun.password.hash(password, COST);
}

export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  if (password.length > MAX_PASSWORD_LENGTH) return false;
  return await Bun.password.verify(password, hash, 'argon2id');
}
