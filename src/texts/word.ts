/** The word for a key, or the key itself where a newer node uses one that this version does not know. */
export function word(words: Readonly<Record<string, string>>, key: string): string {
  return Object.hasOwn(words, key) ? (words[key] ?? key) : key;
}
