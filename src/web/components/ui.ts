/** The texts of the pages by language. */
import type { Language } from '../../state/index.ts';
import { ui as en } from '../../texts/en/ui.ts';
import { ui as es } from '../../texts/es/ui.ts';

export type Ui = typeof en;

export function uiOf(lang: Language): Ui {
  return lang === 'es' ? es : en;
}
