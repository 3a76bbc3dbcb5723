/** Every sentence people read. */
import type { Language } from '../state/index.ts';

/** Message and hint of a code, in a language. Stub: the catalogue comes. */
export function describe(
  code: string,
  data: Readonly<Record<string, unknown>>,
  _lang: Language,
): { message: string; hint: string } {
  return { message: `${code} ${JSON.stringify(data)}`, hint: '' };
}
