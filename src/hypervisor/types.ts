/** What the hypervisor gives to and takes from the node. Plain data. */
import type { HypervisorErrorCode } from './errors.ts';

export type OsFamily = 'linux' | 'windows' | 'other';
/** What `--accel` asks for. */
export type AccelChoice = 'auto' | 'kvm' | 'tcg';
export type Accelerator = 'kvm' | 'tcg';

/** An export of an NBD server on this PC. */
export interface NbdBacking {
  /** Path of the server's Unix socket, which QEMU's user can open. */
  socket: string;
  /** Letters and digits. */
  name: string;
}

/** A VM as the node wants it on this PC. */
export interface VmSpec {
  /** Names folders, sockets and the domain: letters, digits, `-` and `_`, at most 64. */
  vmId: string;
  /** Of the placement; a definition with a lower one than this PC knows is refused (R2). */
  epoch: number;
  /** For people; any text. */
  name: string;
  /** For the guest; an RFC 1123 label. */
  hostname: string;
  vcpus: number;
  ramMiB: number;
  /**
   * A raw file that is never written to (null: the disk starts empty, to install on), and the size of the disk the guest
   * sees (at least the file's).
   */
  osDisk: {
    backingFile: string | null;
    virtualBytes: number;
    /** Read the file through this server, which waits for what is not in it yet. Default: read it as it is. */
    nbd?: NbdBacking | null;
  };
  /** An empty second disk; 0 for none. */
  dataDiskBytes: number;
  os: OsFamily;
  /** An ISO to install from: the VM boots from it while its disk is empty. */
  isoFile?: string;
  seed: { user: string; password?: string; sshKeys: string[] };
}

/** A VM's disk as it lies on this PC. */
export interface LocalDisk {
  /** The layer that holds what the guest wrote. */
  file: string;
  /** Since which epoch the disks are here, as it was marked; 0: never marked. */
  since: number;
  /** What the guest wrote last is in a layer above it, as saved memory refers to both. */
  layered: boolean;
}

export type DomainState =
  | 'running'
  | 'paused'
  | 'paused-io-error'
  | 'shutting-down'
  | 'off'
  | 'crashed'
  | 'other';

export interface DomainInfo {
  uuid: string;
  name: string;
  /** By the domain's metadata: of this cloud, of another cloud of ours, or nothing of ours. */
  owner: 'ours' | 'other-cloud' | 'foreign';
  vmId?: string;
  epoch?: number;
  state: DomainState;
  /** Its memory is saved: a start goes on where it was. */
  hasSave: boolean;
}

export type DomainEventKind =
  | 'defined'
  | 'undefined'
  | 'started'
  | 'paused'
  | 'resumed'
  | 'shutting-down'
  | 'stopped'
  | 'crashed'
  | 'rebooted'
  | 'io-error';

/**
 * Something happened to a VM of ours. `detail` says more: for `stopped` it is `shutdown` (the guest or a person),
 * `destroyed`, `saved` or `migrated`; for `io-error` it is `enospc` when this PC's disk is full.
 */
export interface DomainEvent {
  vmId: string;
  event: DomainEventKind;
  detail: string;
}

/** Cumulative since the domain started; rates are the caller's business. Zero while it is off. */
export interface VmStats {
  cpuNs: number;
  /** What QEMU holds of this PC's memory. */
  ramKiB: number;
  /** What the guest says it uses (balloon), null when it does not say. */
  guestRamKiB: number | null;
  diskReadBytes: number;
  diskWriteBytes: number;
  netReceivedBytes: number;
  netSentBytes: number;
}

export interface AccelTiming {
  result: 'ok' | 'timeout' | 'failed' | 'missing';
  /** Time of the self-test, null when it did not end. */
  ms: number | null;
  /** QEMU's words when it failed. */
  reason?: string;
}

/** Why this PC runs VMs the way it does. */
export interface AccelReport {
  chosen: Accelerator;
  /** `setting`: `--accel` said so. `probe`: the self-test of `at`. */
  by: 'setting' | 'probe';
  /** `-cpu host` aborts QEMU on some nested KVMs; without one feature it starts. */
  cpu: 'host' | 'host-no-arch-capabilities' | 'maximum';
  kvm?: AccelTiming;
  tcg?: AccelTiming;
  /** When it was measured, ms since 1970. */
  at?: number;
}

/** Something to mend that does not keep the node from hosting. Sentences are in `texts/`, by `code`. */
export interface HostProblem {
  code: HypervisorErrorCode;
  data: Readonly<Record<string, unknown>>;
}

export type HostStatus =
  | { state: 'connecting'; sinceMs: number }
  | {
      state: 'unavailable';
      code: HypervisorErrorCode;
      data: Readonly<Record<string, unknown>>;
      sinceMs: number;
    }
  | {
      state: 'ready';
      sinceMs: number;
      /** `9.0.0` */
      libvirtVersion: string;
      /** `7.2.22` */
      qemuVersion: string;
      hostname: string;
      accel: AccelReport;
      problems: HostProblem[];
    };
