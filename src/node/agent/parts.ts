/** What the agent works with. */
import type { Hypervisor } from '../../hypervisor/index.ts';
import type { CloudMachine, Logger, Vm } from '../../state/index.ts';
import type { Submit } from '../door.ts';
import type { ImageStream } from './stream-watch.ts';

export interface VmAgentParts {
  readonly nodeId: string;
  readonly machine: CloudMachine;
  readonly submit: Submit;
  readonly hypervisor: Hypervisor;
  /** The raw file of an image version on this PC; null when it is not here. */
  readonly backingFile: (versionId: string) => string | null;
  /** Brings a version here; null when there is nothing to bring: it is here, or nobody else has it. Default: nobody has. */
  readonly fetchImage?: (versionId: string) => Promise<void> | null;
  /** What keeps the VMs' work. Default: nobody does. */
  readonly work?: {
    /** Before the VM is stopped, suspended, started or removed: nobody else works on its disk any more. */
    readonly letGo: (vmId: string) => Promise<void>;
    /** Makes its newest disk be here; null when it is. */
    readonly prepare: (vm: Vm, imageFile: string | null) => Promise<{ readonly ready: Promise<void> } | null>;
  };
  /** Images on their way here, to start on. Default: a start waits for the whole image. */
  readonly stream?: ImageStream;
  readonly pcRestartedAt: number | null;
  readonly now: () => number;
  readonly logger: Logger;
}
