import type { Hypervisor } from '../../hypervisor/index.ts';
import type { ImageStore } from '../../images/index.ts';
import type { CloudMachine, Logger } from '../../state/index.ts';
import type { Submit } from '../door.ts';

/** What the agent for saved work needs of the node. */
export interface WorkAgentParts {
  readonly nodeId: string;
  readonly dataDir: string;
  readonly machine: CloudMachine;
  readonly submit: Submit;
  readonly hypervisor: Pick<
    Hypervisor,
    | 'status'
    | 'domains'
    | 'localDisk'
    | 'markDisk'
    | 'diskFolder'
    | 'freezeDisk'
    | 'thawDisk'
    | 'removeVm'
    | 'forceOffVm'
    | 'shutdownVm'
    | 'statsAll'
  >;
  readonly store: ImageStore;
  /** Brings a version here; null when it is here, or nobody has it. */
  readonly fetch: (versionId: string) => Promise<void> | null;
  readonly newId: () => string;
  readonly now: () => number;
  readonly logger: Logger;
}
