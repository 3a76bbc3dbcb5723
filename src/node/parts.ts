import type { CloudMachine, Logger } from '../state/index.ts';
import type { Submit } from './door.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { NodeOptions } from './options.ts';
import type { SoftChanges } from './soft-changes.ts';

/** What the services of this node are handed: how it was started, who it is, the log's state, the door to it, and time. */
export interface NodeParts {
  readonly options: NodeOptions;
  readonly nodeId: string;
  readonly machine: CloudMachine;
  readonly submit: Submit;
  readonly soft: SoftChanges;
  /** Ends what was started, newest first. */
  readonly life: Lifecycle;
  readonly newId: () => string;
  /** ms since the epoch; never goes back. */
  readonly now: () => number;
  readonly logger: Logger;
}
