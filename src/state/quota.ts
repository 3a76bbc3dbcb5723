/** How much a person and a course may have (S14). */
import type { CloudState } from './cloud-state.ts';
import type { Quota, User, Vm } from './entities/index.ts';
import { Refusal } from './refusals.ts';
import { type SettingKey, setting } from './settings.ts';

/** What is taken of a quota, in the same units. */
export type QuotaUse = { readonly [K in keyof Quota]: number };

const KEYS = {
  student: {
    vms: 'quota.student_vms',
    running: 'quota.student_running',
    vcpus: 'quota.student_vcpus',
    ram: 'quota.student_ram',
    disk: 'quota.student_disk',
  },
  teacher: {
    vms: 'quota.teacher_vms',
    running: 'quota.teacher_running',
    vcpus: 'quota.teacher_vcpus',
    ram: 'quota.teacher_ram',
    disk: 'quota.teacher_disk',
  },
} as const satisfies Record<string, Record<string, SettingKey>>;

/** The limits in force for a person: their own, else their role's; null: none. Admins have none but their own. */
export function quotaOf(state: CloudState, { role, quota }: Pick<User, 'role' | 'quota'>): Quota {
  const keys = role === 'admin' ? null : KEYS[role];
  return {
    vms: quota?.vms ?? (keys && setting(state, keys.vms)),
    running: quota?.running ?? (keys && setting(state, keys.running)),
    vcpus: quota?.vcpus ?? (keys && setting(state, keys.vcpus)),
    ramMiB: quota?.ramMiB ?? (keys && setting(state, keys.ram) * 1024),
    diskGiB: quota?.diskGiB ?? (keys && setting(state, keys.disk)),
  };
}

/** What a person has taken of their quota. What a course reserved for them does not count: others decided it. */
export function quotaUse(state: CloudState, userId: string, exceptVmId?: string): QuotaUse {
  const use = { vms: 0, running: 0, vcpus: 0, ramMiB: 0, diskGiB: 0 };
  for (const vm of state.tables.vm.by('owner', userId)) {
    if (vm.id === exceptVmId || isOfCourse(state, vm)) continue;
    use.vms += 1;
    use.diskGiB += vm.osDiskGiB + vm.dataDiskGiB;
    if (vm.desired !== 'running') continue;
    use.running += 1;
    use.vcpus += vm.vcpus;
    use.ramMiB += vm.ramMiB;
  }
  return use;
}

function isOfCourse(state: CloudState, { reservationId }: Vm): boolean {
  return reservationId !== null && state.tables.reservation.get(reservationId)?.courseId != null;
}

/** Whether the owner may have this new VM, running or not. @throws Refusal `quota.vms`, `quota.disk` */
export function needQuotaToOwn(state: CloudState, owner: User, vm: Vm): void {
  const limits = quotaOf(state, owner);
  const have = quotaUse(state, owner.id, vm.id);
  const disk = vm.osDiskGiB + vm.dataDiskGiB;
  if (limits.vms !== null && have.vms + 1 > limits.vms)
    throw new Refusal('quota.vms', { limit: limits.vms, have: have.vms });
  if (limits.diskGiB !== null && have.diskGiB + disk > limits.diskGiB)
    throw new Refusal('quota.disk', { limit: limits.diskGiB, have: have.diskGiB, asked: disk });
}

/** Whether the owner may have this VM, and have it running. @throws Refusal `quota.…` */
export function needQuota(state: CloudState, owner: User, vm: Vm): void {
  // One that exists already is no more than before, whatever the limit is by now.
  if (!state.tables.vm.get(vm.id)) needQuotaToOwn(state, owner, vm);
  const limits = quotaOf(state, owner);
  const have = quotaUse(state, owner.id, vm.id);
  const isOver = (key: keyof Quota, asked: number) =>
    have[key] + asked > (limits[key] ?? Number.POSITIVE_INFINITY);
  const short = (key: keyof Quota, asked: number) => ({ limit: limits[key] ?? 0, have: have[key], asked });
  if (isOver('running', 1))
    throw new Refusal('quota.running', { limit: limits.running ?? 0, have: have.running });
  if (isOver('vcpus', vm.vcpus)) throw new Refusal('quota.vcpus', short('vcpus', vm.vcpus));
  if (isOver('ramMiB', vm.ramMiB)) throw new Refusal('quota.ram', short('ramMiB', vm.ramMiB));
}

/** Whether the course may have one more VM wanted running. @throws Refusal `quota.course` */
export function needCourseQuota(state: CloudState, vm: Vm): void {
  const course = state.tables.course.get(vm.courseId ?? '');
  if (!course || course.maxVms === null) return;
  const wanted = state.tables.vm
    .by('course', course.id)
    .filter((one) => one.desired === 'running' && one.id !== vm.id);
  if (wanted.length < course.maxVms) return;
  throw new Refusal('quota.course', { course: course.name, limit: course.maxVms, have: wanted.length });
}
