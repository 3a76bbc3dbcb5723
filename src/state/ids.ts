/**
 * Identifiers. Entities are named by ULIDs (26 characters of Crockford's base 32: 48 bits of milliseconds, 80 of
 * randomness; see github.com/ulid/spec), so ids sort by creation. They are made at the door and travel inside commands:
 * reducers make none. Things that a command creates by itself (its operation, its audit entry) take the command's id.
 */
import * as z from 'zod';

const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** True for a well-formed ULID. Ids reach file paths, so everything from outside is checked with this. */
export function isUlid(text: string): boolean {
  return ULID.test(text);
}

/** A ULID at the door. */
export const idSchema = z.string().regex(ULID, 'id.malformed');

/** Id of the n-th side entity of one command (e.g. its second notification): sorts right after the command's own id. */
export function derivedId(commandId: string, n: number): string {
  return `${commandId}.${n}`;
}
