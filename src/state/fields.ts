/** Bounded fields that commands share. Bounds are generous for people and small for machines. */
import * as z from 'zod';

// Names are for people: any letters, but no control characters, line breaks or direction overrides that could forge a page or a log.
const NAME = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+$/u;

/** A name of 1 to 63 characters (63: the length of a DNS label, so that host names can follow names). */
export const nameField = z.string().trim().min(1).max(63).regex(NAME);

/** What a person calls a thing, or nothing. */
export const labelField = z
  .string()
  .trim()
  .max(63)
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]*$/u);

/** A sign-in name: what fits an e-mail's local part or an address of it. */
export const userNameField = z
  .string()
  .trim()
  .toLowerCase()
  .min(1)
  .max(64)
  .regex(/^[a-z0-9][a-z0-9._@+-]*$/);

export const roleField = z.enum(['student', 'teacher', 'admin']);
export const languageField = z.enum(['en', 'es']);
export const osField = z.enum(['linux', 'windows', 'other']);

/** An argon2id hash as made by the door; the password itself never enters the log. */
export const passwordHashField = z.string().max(256).startsWith('$argon2id$');

/** Libp2p's name of a key: 52 characters for Ed25519, less than 64 for every other kind. */
export const peerIdField = z.string().regex(/^[1-9A-Za-z]{1,64}$/);

/** Multiaddresses of a PC's mesh door: a PC has a handful of addresses. */
export const meshAddressesField = z.array(z.string().min(1).max(255).startsWith('/')).max(16);

export const versionField = z.string().min(1).max(64);

/** A feature level (N10). */
export const protocolField = z.int().min(1).max(1_000_000);

/** Codes with data, as nodes report causes. */
export const problemField = z.object({
  code: z.string().min(1).max(64),
  data: z.record(z.string().max(64), z.unknown()),
});

/** One OpenSSH public key on a line (16 kB holds the largest RSA key that ssh-keygen makes). */
export const sshKeyField = z
  .string()
  .trim()
  .max(16_384)
  .regex(/^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)|sk-[a-z0-9@.-]+) [A-Za-z0-9+/=]+( [^\n\r]*)?$/);
