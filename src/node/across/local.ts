/** What this node itself can show and take; the rest of the folder decides when to ask another. */
import type { CloudState } from '../../state/index.ts';
import type { NodeServices } from '../interface.ts';

/** The services as this PC alone gives them. Upload ids are bare here. */
export interface LocalParts
  extends Pick<
    NodeServices,
    'openConsole' | 'serialLog' | 'screenshot' | 'usage' | 'uploads' | 'importImage'
  > {
  readonly nodeId: string;
  readonly state: CloudState;
}
