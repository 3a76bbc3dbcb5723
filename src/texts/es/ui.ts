/** Todos los textos de las páginas. */
import type { ui as en } from '../en/ui.ts';
import { cloud } from './ui-cloud.ts';
import { copies } from './ui-copies.ts';
import { edits } from './ui-edit.ts';
import { frame } from './ui-frame.ts';
import { imports } from './ui-imports.ts';
import { labs } from './ui-labs.ts';
import { mesh } from './ui-mesh.ts';
import { plan } from './ui-plan.ts';
import { self } from './ui-self.ts';
import { things } from './ui-things.ts';
import { transfers } from './ui-transfers.ts';
import { savedWork } from './ui-work.ts';

export const ui: typeof en = {
  ...frame,
  ...labs,
  ...things,
  ...cloud,
  copies,
  edits,
  savedWork,
  imports,
  mesh,
  plan,
  transfers,
  ...self,
};
