/** A disk as images are: parts without data, parts that pack well, parts that do not. The same at each run. */

const MIB = 2 ** 20;
/** Of each ten MiB: 4 of zeros, 3 like text, 3 of noise. */
const KINDS = [
  'zeros',
  'text',
  'noise',
  'zeros',
  'text',
  'noise',
  'zeros',
  'text',
  'noise',
  'zeros',
] as const;
const WORDS = 4096;

export function swarmDisk(bytes: number): Buffer {
  const disk = Buffer.alloc(bytes);
  const next = xorshift(20_260_101);
  const words = Array.from({ length: WORDS }, () => word(next));
  for (let at = 0; at < bytes; at += MIB) {
    const kind = KINDS[(at / MIB) % KINDS.length];
    const part = disk.subarray(at, at + MIB);
    if (kind === 'noise') for (let i = 0; i + 4 <= part.length; i += 4) part.writeUInt32LE(next(), i);
    if (kind === 'text') fillWithText(part, words, next);
  }
  return disk;
}

/** Short words are more frequent, as in a language. */
function fillWithText(part: Buffer, words: readonly string[], next: () => number): void {
  for (let at = 0; at < part.length; ) {
    const rank = Math.floor(WORDS ** ((next() % 4096) / 4096)) - 1;
    at += part.write(`${words[rank]} `, at, 'latin1') || part.length;
  }
}

function word(next: () => number): string {
  const letters = Array.from({ length: 3 + (next() % 8) }, () => String.fromCharCode(97 + (next() % 26)));
  return letters.join('');
}

/** Marsaglia's xorshift32. */
function xorshift(seed: number): () => number {
  let x = seed;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}
