/** Every text of the pages; the other languages have the same shape, or they do not compile. */
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

export const ui = {
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
