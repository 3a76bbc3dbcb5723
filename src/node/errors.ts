import { LabmeshError } from '../state/errors.ts';

/** What this PC's node itself can fail at, with the data its sentences need. */
export interface NodeErrors {
  'node.data_dir': { dir: string; reason: string };
  'node.identity_damaged': { file: string };
  /** The folder is a node's of another cloud. */
  'node.other_cloud': { dir: string };
  /** Joined, but the log did not come. */
  'node.no_copy': { seconds: number };
  /** This PC is no member any more. `by` is empty where nobody knows it any more; `at` in ms since the epoch. */
  'node.retired_here': { node: string; by: string; at: number };
  'node.stopping': Record<string, never>;
  'node.host_off': Record<string, never>;
  'node.host_starting': Record<string, never>;
  'vm.no_console': { name: string };
  'vm.image_not_here': { image: string };
  'vm.vanished': Record<string, never>;
  'vm.host_stopped': Record<string, never>;
  'vm.disk_full': { freeGiB: number };
  /** It runs while its image still comes. */
  'vm.image_coming': Record<string, never>;
  /** It waits for bytes that do not come; the names of PCs that have them and do not answer. */
  'vm.image_waits': { nodes: readonly string[] };
  /** It is paused, as its image is not served. */
  'vm.image_away': Record<string, never>;
  'vm.save_lost': Record<string, never>;
  'orphan.not_ours': { name: string };
  'orphan.unknown': { uuid: string };
  'import.not_local': Record<string, never>;
  /** A file of DATA/tls cannot be read or written. */
  'authority.files': { path: string; reason: string };
  'authority.damaged': { path: string; reason: string };
  /** This node does not hold the authority's key. */
  'authority.no_key': Record<string, never>;
  'authority.expired': { expiredAt: number };
  /** A request for a certificate that is not granted. */
  'authority.request': { nodeId: string; reason: string };
  /** A certificate or key that does not belong here. */
  'authority.certificate': { reason: string };
}

export class NodeError<C extends keyof NodeErrors = keyof NodeErrors> extends LabmeshError {
  constructor(code: C, data: NodeErrors[C], options?: { cause?: unknown }) {
    super(code, data, options);
  }
}

/** What `labmesh doctor` finds, with the figures its sentences need. */
export interface DoctorCodes {
  'doctor.libvirt': { libvirtVersion: string; qemuVersion: string };
  'doctor.accel_kvm': { forced: boolean; kvmMs: number | null; tcgMs: number | null };
  'doctor.accel_tcg': { forced: boolean; kvmMs: number | null; tcgMs: number | null };
  'doctor.accel_unknown': Record<string, never>;
  'doctor.not_measured': Record<string, never>;
  'doctor.disk': { freeGiB: number; totalGiB: number };
  'doctor.disk_low': { freeGiB: number; totalGiB: number };
  'doctor.disk_full': { freeGiB: number; totalGiB: number };
  'doctor.data': { dir: string };
  'doctor.data_readonly': { dir: string };
  'doctor.clock': Record<string, never>;
  'doctor.clock_behind': { seconds: number };
  'doctor.no_master': { voters: number; alive: number; mayFail: number };
  'doctor.one_voter': { voters: number; alive: number; mayFail: number };
  'doctor.quorum': { voters: number; alive: number; mayFail: number };
  'doctor.images': Record<string, never>;
  'doctor.images_damaged': { versions: readonly string[] };
  'doctor.images_missing': { versions: readonly string[] };
  'doctor.images_stray': { versions: readonly string[] };
  'doctor.orphans_none': Record<string, never>;
  'doctor.orphans': { count: number };
}

export type { AcrossErrors } from './across/errors.ts';
