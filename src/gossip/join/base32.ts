/** Crockford's base 32 (crockford.com/base32.html), as ULIDs use it: digits and letters that nobody confuses. */

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Five bits a character, the last filled with zeros. */
export function toBase32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[(value >> (bits - 5)) & 31];
    value &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + ALPHABET[(value << (5 - bits)) & 31];
}

/** Upper case in; O is read as 0, I and L as 1. Null when a character is none of the alphabet. */
export function fromBase32(text: string): Buffer | null {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const letter of text.replaceAll('O', '0').replace(/[IL]/g, '1')) {
    const five = ALPHABET.indexOf(letter);
    if (five === -1) return null;
    value = (value << 5) | five;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((value >> bits) & 255);
    value &= (1 << bits) - 1;
  }
  return Buffer.from(bytes);
}

/** The 16 bytes of a ULID (26 characters: 130 bits, of which the first two are zero). */
export function fromUlid(ulid: string): Buffer {
  let number = 0n;
  for (const letter of ulid) number = number * 32n + BigInt(ALPHABET.indexOf(letter));
  return Buffer.from(number.toString(16).padStart(32, '0'), 'hex');
}

export function toUlid(bytes: Uint8Array): string {
  let number = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  let text = '';
  for (let n = 0; n < 26; n++, number /= 32n) text = ALPHABET[Number(number % 32n)] + text;
  return text;
}
