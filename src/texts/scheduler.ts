/** Codes of the scheduler's reasons and terms, with what their sentences need. They refuse nothing: they explain. */

/** Of a PC: what is asked for, what is taken and what there is. RAM in MiB, disks in GiB. */
interface Share {
  need: number;
  used: number;
  total: number;
}

export interface SchedulerReasons {
  'deploy.too_few': { target: number; copies: number };
  'scheduler.pinned': { node: string };
  'scheduler.lies_elsewhere': { node: string };
  /** `reason`: the code of why the PC hosts nothing. */
  'scheduler.hosts_nothing': { node: string; reason: string };
  'scheduler.preemption_off': Record<string, never>;
  'scheduler.gave_way_itself': Record<string, never>;
  'scheduler.nobody_weaker': Record<string, never>;
  'priority.kind': { kind: string };
  'priority.role': { role: string };
  'priority.sharing': Record<string, never>;
  /** vCPU-hours that still count: the person's, and the mean of all. */
  'priority.fair_share': { used: number; mean: number };
  'priority.waiting': { minutes: number; max: number };
  'priority.overdue': { hours: number };
  'priority.declined': Record<string, never>;
  'score.vcpus': Share;
  'score.ram': Share;
  'score.storage': Share;
  'score.temp': Share;
  'score.vms': { vms: number };
  'score.locality': Record<string, unknown>;
  'score.course_spread': { vms: number };
  'score.large_room': Record<string, never>;
  'score.local_user': Record<string, never>;
  'score.accelerator': Record<string, unknown>;
  'score.stability': { hours: number };
}
