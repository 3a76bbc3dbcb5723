/** The texts of the pages by language. */
import { ui as en } from './en/ui.ts';
import { ui as es } from './es/ui.ts';
import type { Lang } from './sentence.ts';

/** Every text of the pages, as one language has it; the others have the same shape. */
export type Ui = typeof en;

export function uiOf(lang: Lang): Ui {
  return lang === 'es' ? es : en;
}
