import type { Cause } from './sentence.ts';

/**
 * Codes that are no refusals: messages to people, ends of operations, and faults that any folder may meet.
 * Their data is written by the reducers of `state/` and by `web/`.
 */
export interface NoticeCodes {
  'image.imported': { image: string };
  'image.import_failed': { image: string; cause: Cause };
  'image.published': { image: string; number: number };
  /** What was changed is still there. */
  'image.publish_failed': { image: string; vm: string; vmId: string; cause: Cause };
  /** A disk forgot bits of an image (I2). */
  'image.damaged': { image: string; node: string; chunks: number };
  'image.damaged_last': { image: string; node: string; chunks: number };
  'image.repaired': { image: string; node: string; chunks: number };
  'image.edit_taken': { image: string; by: string };
  /** A VM broke; as the end of an operation it carries no data. */
  'vm.failed': { vm?: string; vmId?: string; cause?: Cause | null };
  /** The VM came to rest in this state before the operation had reached its goal. */
  'vm.stopped': Record<string, unknown>;
  'vm.suspended': Record<string, unknown>;
  'vm.deleted': Record<string, unknown>;
  'vm.running': Record<string, unknown>;
  /** Without `vm` when it is the cause beside a VM's state. */
  'vm.lease_ended': { vm?: string; vmId?: string };
  'vm.lease_warning': { vm: string; vmId: string; minutes: number; endsAt: number };
  'vm.reclaimed': { vm: string; vmId: string; why: string; minutes: number };
  /** The work of a VM cannot be saved (V7). */
  'vm.save_failed': { vm: string; vmId: string; cause: Cause };
  /** What was saved of a VM is on too few PCs, and stays so. */
  'vm.work_alone': { copies: number; wanted: number };
  /** A lost PC is back, and what it had of the VM was kept (V9). */
  'vm.recovered': { vm: string; vmId: string; node: string };
  'vm.preempt_soon': { vm: string; vmId: string; seconds: number };
  'reservation.begun': { label: string; vm: string; vmId: string };
  'reservation.cancelled': { label: string; by: string };
  /** It could not begin at its hour. */
  'reservation.failed': { label: string; at: number; zone: string; cause: Cause };
  'reservation.at_risk': { label: string; at: number; zone: string; cause: Cause };
  'reservation.safe': { label: string };
  /** Without `kind` and `target` when it is an operation's own error. */
  'operation.timed_out': { seconds?: number; kind?: string; target?: string };
  'command.unknown': { type: string };
  'command.fault': { type: string; reason: string };
  internal: { reference?: string };
}
