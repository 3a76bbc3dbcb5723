/** A text as one word of a command line, for commands that are shown to be copied: as it is where no shell reads more into it. */
export function shellWord(text: string): string {
  return /^[\w.@:+/-]+$/.test(text) ? text : quoted(text);
}

/** In single quotes, as every shell takes a text literally. */
export function quoted(text: string): string {
  return `'${text.replace(/'/g, `'\\''`)}'`;
}
