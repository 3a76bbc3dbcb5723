import type { Logger } from '../state/index.ts';

/** Where a door listens; port 0 takes a free one. */
export interface Listen {
  readonly host: string;
  readonly port: number;
}

/** How a node is started; the command line's `up` and `join` fill this in. */
export interface NodeOptions {
  /** Everything the node keeps lies here. */
  readonly dataDir: string;
  /** What the PC is called; default: its host name. */
  readonly name: string | null;
  /** Host name or address under which others reach it. */
  readonly address: string;
  /** The token by which this PC joins a cloud; null: founds one, or goes on as what it is. */
  readonly token: string | null;
  /** Where other nodes reach this one. */
  readonly mesh: Listen;
  /** Where bulk bytes are passed on. */
  readonly bulk: Listen;
  /** Where newcomers knock, while somebody is invited. */
  readonly join: Listen;
  /** Look for members by multicast. */
  readonly mdns: boolean;
  /** libvirt's socket; null: the usual places. */
  readonly libvirtSocket: string | null;
  readonly accel: 'auto' | 'kvm' | 'tcg';
  /** False (`--no-host`): joins and serves pages, runs no VMs. */
  readonly host: boolean;
  readonly version: string;
  /** The command that becomes the process that serves images to QEMU; its arguments are added. */
  readonly serveImages: readonly string[];
  readonly logger: Logger;
}
