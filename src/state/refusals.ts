/** Everything the cloud can refuse, with the data that its sentence needs. Codes are stable: scripts rely on them. */
import type { Resource } from './capacity.ts';
import type { EditErrors } from './edit-errors.ts';
import { LabmeshError } from './errors.ts';
import type { ReplicaErrors } from './replica-errors.ts';

export interface StateErrors extends ReplicaErrors, EditErrors {
  'access.denied': { need: string };
  'access.signed_out': Record<string, never>;
  'cloud.exists': { name: string };
  'payload.invalid': { field: string; problem: string };
  not_found: { kind: string; id: string };
  'name.taken': { kind: string; name: string };
  'node.not_ready': { node: string; state: string };
  'node.wrong_state': { node: string; state: string; action: string };
  'node.retired': { node: string };
  'node.last': { node: string };
  'node.busy': { node: string; vms: string[]; count: number };
  'node.has_disks': { node: string; vms: string[]; count: number };
  'node.only_copy': { node: string; images: string[]; count: number };
  'node.share_in_use': { node: string; share: number; vms: number };
  'node.too_old': { node: string; protocol: number; level: number };
  'cloud.level_too_low': { need: number; level: number; nodes: string[] };
  'cloud.full': { nodes: number };
  'cloud.authority_set': { name: string };
  'cloud.wrong_power': { state: string; action: string };
  'cloud.not_on': { state: string };
  'join.token_unknown': Record<string, never>;
  'join.token_revoked': Record<string, never>;
  'join.token_expired': { expiredAt: number };
  'join.token_used_up': { maxUses: number };
  'join.already_member': { nodeId: string };
  'join.too_many_tokens': { limit: number };
  'vm.held': { by: string; vm?: string; vmId?: string };
  'user.last_admin': { name: string };
  'user.has_vms': { name: string; count: number };
  'course.full': { name: string; places: number; enrolled: number; asked: number };
  'course.has_vms': { name: string; count: number };
  'course.not_student': { name: string };
  'course.not_teacher': { name: string };
  'course.already_linked': { course: string; image: string };
  'course.not_linked': { course: string; image: string };
  'course.not_enrolled': { course: string; user: string };
  'image.not_ready': { name: string; state: string };
  'image.in_use': { name: string; vms: number };
  'image.linked': { name: string; courses: string[] };
  'image.not_importing': { name: string };
  'image.forbidden': { name: string };
  'size.too_small': { size: string; sizeGiB: number; imageGiB: number };
  'vm.wrong_state': { name: string; state: string; action: string };
  'vm.stale_epoch': { vm: string; epoch: number; current: number };
  'vm.no_lease': { name: string };
  'vm.not_waiting': { name: string; state: string };
  'vm.not_preemptible': { name: string };
  'vm.preempted_lately': { name: string; until: number };
  'vm.lies_elsewhere': { name: string; node: string };
  'vm.not_due': { name: string; action: string };
  'vm.not_persistent': { name: string };
  'vm.node_not_lost': { name: string; node: string };
  'vm.nothing_saved': { name: string };
  'vm.work_out_of_reach': { name: string; at: number };
  'vm.too_many_recovered': { name: string; limit: number };
  'lease.hours': { hours: number; min: number; max: number };
  'lease.others_wait': { name: string; waiting: number };
  'lease.reserved': { name: string; endsAt: number };
  'quota.vms': { limit: number; have: number };
  'quota.running': { limit: number; have: number };
  'quota.vcpus': QuotaShort;
  'quota.ram': QuotaShort;
  'quota.disk': QuotaShort;
  'quota.course': { course: string; limit: number; have: number };
  'queue.full': { limit: number };
  'queue.too_long': { hours: number; vm?: string; vmId?: string };
  'request.cancelled': { by: string; vm?: string };
  'capacity.never': { resource: Resource; asked: number; largest: number; node: string };
  'capacity.reserved': NoRoom;
  'reservation.past': { at: number; now: number; zone: string };
  'reservation.malformed': { field: string; value: string };
  'reservation.hours': { hours: number; min: number; max: number };
  'reservation.count': { count: number; min: number; max: number };
  'reservation.too_far': { days: number };
  'reservation.too_many': { limit: number };
  'reservation.no_room': NoRoom;
  'reservation.no_places': { course: string };
  'reservation.dst_gap': { local: string; zone: string; next: string };
  'reservation.not_due': { label: string; at: number };
  'reservation.wrong_state': { label: string; state: string };
  'image.reserved': { name: string; count: number };
  'sharing.off': Record<string, never>;
  'sharing.shares': { node: string };
  'capacity.vcpus': CapacityShort;
  'capacity.ram': CapacityShort;
  'capacity.storage': CapacityShort;
  'capacity.temp': CapacityShort;
  'capacity.no_host': { nodes: number; reasons: string[] };
  'setting.unknown': { key: string };
  'setting.invalid': { key: string; value: unknown; expected: string };
  'operation.timed_out': { seconds: number };
  'operation.superseded': { by: string };
  'operation.not_running': { state: string };
  'image.import_lost': { node: string };
  'vm.crashed': Record<string, unknown>;
  'vm.power_lost': Record<string, unknown>;
  'vm.guest_off': Record<string, unknown>;
  'vm.lease_ended': Record<string, unknown>;
}

/** A person's limit, what is taken of it and what was asked besides. RAM in MiB, disk in GiB. */
export interface QuotaShort {
  limit: number;
  have: number;
  asked: number;
}

/** Reservations leave no room: the resource, how many of the VMs would fit, and when all would (ms; null: not foreseeable). */
export interface NoRoom {
  resource: Resource;
  free: number;
  nextStart: number | null;
  /** IANA name, in which times are told; left out: that of the PC that tells. */
  zone?: string;
}

/** What is short, how much is asked, and the most that one node could give now. */
export interface CapacityShort {
  asked: number;
  free: number;
  /** Free on every node would it run nothing: larger than this never fits. */
  largest: number;
}

/** A command that the cloud refuses. */
export class Refusal<C extends keyof StateErrors = keyof StateErrors> extends LabmeshError {
  constructor(code: C, data: StateErrors[C]) {
    super(code, data);
  }
}
