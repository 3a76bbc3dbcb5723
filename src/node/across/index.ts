/** Things of other PCs as if they were of this one: see DESIGN.md of `node/`. */
import type { NodeServices } from '../interface.ts';
import { guestsAcross } from './guests.ts';
import type { BulkLink } from './link.ts';
import type { LocalParts } from './local.ts';
import { importAcross, uploadsAcross } from './uploads.ts';

export type { AcrossErrors } from './errors.ts';
export type { BulkDoor, BulkLink } from './link.ts';
export { LinkMeter, type LinkMeterParts, serveSpeed } from './links.ts';
export type { LocalParts } from './local.ts';
export { serveAcross } from './serve.ts';
export { openUnixStream } from './unix-stream.ts';

export interface AcrossParts {
  /** What this PC alone gives; also what `serveAcross` gives to others. */
  readonly local: LocalParts;
  /** Null for a cloud of one PC. */
  readonly link: BulkLink | null;
  readonly waitForApplied: NodeServices['waitForApplied'];
}

/** The services of the whole cloud. They fail with `vm.node_silent`, `upload.node_silent` when the other PC does not answer. */
export function openAcross({
  local,
  link,
  waitForApplied,
}: AcrossParts): Pick<
  NodeServices,
  'openConsole' | 'serialLog' | 'screenshot' | 'usage' | 'uploads' | 'importImage'
> {
  return {
    ...guestsAcross(local, link),
    uploads: uploadsAcross(local, link),
    importImage: importAcross(local, link, waitForApplied),
  };
}
