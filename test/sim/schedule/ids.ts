/** Ids for simulated clouds: well-formed ULIDs that sort by their number. */

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Where the ids of each kind begin: a million of a kind is more than any run makes. */
const FIRST = {
  cloud: 1,
  pc: 1_000_000,
  user: 2_000_000,
  course: 3_000_000,
  image: 4_000_000,
  version: 5_000_000,
  size: 6_000_000,
  vm: 7_000_000,
  reservation: 8_000_000,
  command: 9_000_000,
} as const;

/** The n-th id of a kind, from 0. */
export function idOf(kind: keyof typeof FIRST, n: number): string {
  let tail = '';
  for (let rest = FIRST[kind] + n; tail.length < 10; rest = Math.floor(rest / 32))
    tail = (ALPHABET[rest % 32] ?? '0') + tail;
  // Where a ULID's random part begins: what is cut off at an id's end tells no two apart.
  return `01${'0'.repeat(8)}${tail}${'0'.repeat(6)}`;
}
