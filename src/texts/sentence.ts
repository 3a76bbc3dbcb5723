/** What a person reads about a code: what happened and why, and what to do. */
export interface Sentence {
  readonly message: string;
  readonly hint: string;
}

/** A cause as nodes and the log report it. */
export interface Cause {
  readonly code: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Turns a cause inside another one's data into its sentence, in the same language. */
export type Say = (cause: Cause) => Sentence;

/** One sentence for every code of `Codes`; a missing one does not compile. */
export type Catalogue<Codes> = {
  readonly [Code in keyof Codes]: (data: Codes[Code], say: Say) => Sentence;
};

/** Languages of labmesh; each has every text. */
export type Lang = 'en' | 'es';
export const LANGS: readonly Lang[] = ['en', 'es'];
