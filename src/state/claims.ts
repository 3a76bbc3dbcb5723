/** What every request has to pass, and with which claim it then waits. */
import * as z from 'zod';
import { needUnreserved } from './calendar/admit.ts';
import { hostsSoon, needOf, whyNever, whyNowhere } from './capacity.ts';
import type { CloudState } from './cloud-state.ts';
import type { Context } from './context.ts';
import type { User, Vm } from './entities/index.ts';
import { needPower } from './nodes.ts';
import { needCourseQuota, needQuota } from './quota.ts';
import { Refusal } from './refusals.ts';
import { seated } from './seats.ts';
import { setting } from './settings.ts';
import { isReserved } from './vm-state.ts';
import { onlyNode } from './work.ts';

/** What a request says of its claim (S2, S4). */
export const claimFields = {
  /** Left out: it may be suspended for a better claim. Only teachers and admins may say no. */
  preemptible: z.boolean().optional(),
  /** Work that can wait, and that nobody has to watch. */
  batch: z.boolean().optional(),
};
interface Claim {
  readonly preemptible?: boolean | undefined;
  readonly batch?: boolean | undefined;
}

/**
 * The VM as it goes into the queue: with a seat of its course's reservation if there is one, else within the quotas.
 * @throws Refusal `queue.full`, `capacity.no_host`, `capacity.never`, `capacity.reserved`, `quota.…`, `cloud.not_on`, `access.denied`
 */
export function queued(context: Context, vm: Vm, owner: User, claim: Claim): Vm {
  const { state, now } = context;
  if (claim.preemptible === false) context.needTeacher();
  needPossible(state, vm);
  const limit = setting(state, 'queue.max_length');
  if (state.tables.vm.countBy('waiting', 'yes') >= limit) throw new Refusal('queue.full', { limit });
  const seat = seated(context, vm);
  if (seat) return seat;
  const isNew = isReserved(vm) || vm.epoch === 0;
  const mayKeep = !isNew && context.role() !== 'student';
  const batch = claim.batch ?? vm.kind === 'batch';
  const walkIn: Vm = {
    ...vm,
    kind: batch ? 'batch' : 'interactive',
    preemptible: claim.preemptible ?? (mayKeep ? vm.preemptible : true),
  };
  needQuota(state, owner, walkIn);
  needCourseQuota(state, walkIn);
  needUnreserved(state, walkIn, now);
  return walkIn;
}

/** Refuses what no PC could ever hold, and everything while no PC hosts (S12): what is only short of room now waits. */
function needPossible(state: CloudState, vm: Vm): void {
  needPower(state.cloud);
  const only = onlyNode(state, vm);
  const nodes = state.tables.node
    .all()
    .filter((node) => (only === null ? node.state !== 'retired' : node.id === only));
  if (!nodes.some(hostsSoon)) throw whyNowhere(state, needOf(vm), nodes);
  const never = whyNever(state, vm, nodes);
  if (never) throw never;
}
