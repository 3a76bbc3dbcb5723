import type { Logger } from '../state/index.ts';

/** How a node is started; the command line's `up` fills this in. */
export interface NodeOptions {
  /** Everything the node keeps lies here. */
  readonly dataDir: string;
  /** What the PC is called; default: its host name. */
  readonly name: string | null;
  /** Host name or address under which others reach it. */
  readonly address: string;
  /** libvirt's socket; null: the usual places. */
  readonly libvirtSocket: string | null;
  readonly accel: 'auto' | 'kvm' | 'tcg';
  /** False (`--no-host`): joins and serves pages, runs no VMs. */
  readonly host: boolean;
  readonly version: string;
  readonly logger: Logger;
}
