import { LabmeshError } from '../state/errors.ts';

/** Code to data. The sentences are in `texts/`. Codes that end up in `HostStatus.problems` are here too. */
export interface HypervisorErrors {
  /** Nothing listens on libvirt's socket. */
  'hypervisor.libvirt_missing': { socket: string };
  /** The socket is there, but this user may not use it. */
  'hypervisor.libvirt_denied': { socket: string };
  /** The connection ended while or before a call was under way. */
  'hypervisor.libvirt_gone': Record<string, never>;
  /** libvirt keeps the connection open but answers nothing. */
  'hypervisor.libvirt_silent': { afterMs: number };
  /** What came over the socket is not libvirt's protocol. */
  'hypervisor.protocol': { reason: string };
  /** One call took longer than it may. libvirt may still carry it out. */
  'hypervisor.deadline': { procedure: string; afterMs: number };
  /** More calls are under way than one node can need. */
  'hypervisor.busy': { calls: number };
  /** libvirt refused or failed. `domain` and `number` as in virterror.h, `reason` in libvirt's words. */
  'hypervisor.libvirt_failed': { procedure: string; domain: number; number: number; reason: string };
  /** libvirt is there and has no QEMU for x86_64. */
  'hypervisor.qemu_missing': Record<string, never>;
  /** `stop` was called. */
  'hypervisor.stopped': Record<string, never>;
  'hypervisor.vm_unknown': { vmId: string };
  'hypervisor.vm_id': { vmId: string };
  'hypervisor.vm_not_running': { vmId: string; state: string };
  /** A start or definition for an older placement than the one this PC already knows (R2). */
  'hypervisor.epoch_stale': { vmId: string; known: number; asked: number };
  'hypervisor.spec': { field: string; reason: string };
  'hypervisor.image_missing': { path: string };
  /** QEMU's user cannot get through the folder `at` to `path`. */
  'hypervisor.path_closed': { path: string; at: string; mode: string };
  'hypervisor.disk_too_small': { asked: number; image: number };
  'hypervisor.disk_full': { path: string };
  /** Another job works on the disk: it is being moved, or saved. */
  'hypervisor.disk_busy': { vmId: string };
  /** A job on a disk ended before it was done. */
  'hypervisor.block_job_ended': { vmId: string };
  'hypervisor.tool_missing': { tool: string };
  'hypervisor.tool_failed': { tool: string; exitCode: number; reason: string };
  'hypervisor.tool_deadline': { tool: string; afterMs: number };
  'hypervisor.socket_path_long': { path: string; limit: number };
  /** Problems: the node hosts VMs all the same. */
  'hypervisor.kvm_closed': { path: string; mode: string };
  'hypervisor.kvm_slow': { kvmMs: number | null; tcgMs: number };
  'hypervisor.kvm_missing': Record<string, never>;
  'hypervisor.kvm_fails': { reason: string };
  'hypervisor.probe_failed': { reason: string };
  'hypervisor.guests_reach_host': { reason: string };
}

export type HypervisorErrorCode = keyof HypervisorErrors;

/** Every error this folder throws. */
export class HypervisorError<Code extends HypervisorErrorCode = HypervisorErrorCode> extends LabmeshError {
  declare readonly code: Code;
  declare readonly data: Readonly<HypervisorErrors[Code] & Record<string, unknown>>;

  constructor(code: Code, data: HypervisorErrors[Code], options?: { cause?: unknown }) {
    super(code, data, options);
  }
}

/** Whether `error` is libvirt's answer, with this number (virterror.h) if one is given. */
export function isLibvirtError(error: unknown, number?: number): boolean {
  if (!(error instanceof HypervisorError) || error.code !== 'hypervisor.libvirt_failed') return false;
  return number === undefined || ('number' in error.data && error.data.number === number);
}
