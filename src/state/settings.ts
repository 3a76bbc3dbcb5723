/** The cloud's settings: few, typed, bounded, with defaults that fit a lab. Texts say what each does. */
import type { CloudState } from './cloud-state.ts';

interface NumberSetting {
  readonly type: 'integer' | 'number';
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly unit: string;
}
interface ChoiceSetting {
  readonly type: 'choice';
  readonly default: string;
  readonly choices: readonly string[];
}
interface FlagSetting {
  readonly type: 'flag';
  readonly default: boolean;
}
export type SettingDefinition = NumberSetting | ChoiceSetting | FlagSetting;

export const settingDefinitions = {
  /** Shortest and longest lease that may be asked for (S5, P4). */
  'lease.min_hours': { type: 'integer', default: 1, min: 1, max: 24, unit: 'hours' },
  'lease.max_hours': { type: 'integer', default: 5, min: 1, max: 168, unit: 'hours' },
  /** A VM whose console nobody opened, and whose guest did nothing, for so long after it came up is suspended (S5); 0: never. */
  'lease.connect_minutes': { type: 'integer', default: 15, min: 0, max: 1440, unit: 'minutes' },
  /** A VM that nobody used for so long is suspended (S5); 0: never. */
  'lease.idle_minutes': { type: 'integer', default: 0, min: 0, max: 1440, unit: 'minutes' },
  /** Whether a lease may be renewed while others wait for a place (S5). */
  'lease.renew_if_waiting': { type: 'flag', default: false },
  /** How long a request may wait for a place before it is given up (GF38). */
  'queue.max_wait': { type: 'integer', default: 24, min: 1, max: 720, unit: 'hours' },
  /** Requests that may wait at once: more than a school's pupils; bounds what a plan has to look at. */
  'queue.max_length': { type: 'integer', default: 2000, min: 1, max: 100_000, unit: 'requests' },
  /** What reservations leave of the cloud to those who come without one (S6). */
  'reservation.walkin_percent': { type: 'integer', default: 10, min: 0, max: 90, unit: 'percent' },
  /** So many of the largest PCs may be lost and reservations are still honoured (S6). */
  'reservation.node_reserve': { type: 'integer', default: 0, min: 0, max: 100, unit: 'PCs' },
  /** How long before a reservation its image is fetched to where it will be needed (S7). */
  'reservation.prefetch_minutes': { type: 'integer', default: 30, min: 0, max: 1440, unit: 'minutes' },
  /** How long a guest may take to shut down when asked before it is powered off. */
  'vm.stop_grace': { type: 'integer', default: 60, min: 5, max: 900, unit: 'seconds' },
  /** After this a start counts as failed (GF32). An emulated guest on a busy PC is slow to be created, never this slow. */
  'vm.start_timeout': { type: 'integer', default: 180, min: 10, max: 3600, unit: 'seconds' },
  /** VMs that a student or a teacher may own at once (S14). */
  'quota.student_vms': { type: 'integer', default: 3, min: 0, max: 1000, unit: 'VMs' },
  'quota.teacher_vms': { type: 'integer', default: 20, min: 0, max: 1000, unit: 'VMs' },
  /** VMs that they may want running at once, those that wait among them. */
  'quota.student_running': { type: 'integer', default: 2, min: 0, max: 1000, unit: 'VMs' },
  'quota.teacher_running': { type: 'integer', default: 20, min: 0, max: 1000, unit: 'VMs' },
  /** What those VMs may ask for in all; the defaults let the largest default size run as often as the counts above allow. */
  'quota.student_vcpus': { type: 'integer', default: 8, min: 0, max: 10_000, unit: 'vCPUs' },
  'quota.teacher_vcpus': { type: 'integer', default: 80, min: 0, max: 10_000, unit: 'vCPUs' },
  'quota.student_ram': { type: 'integer', default: 16, min: 0, max: 65_536, unit: 'GiB' },
  'quota.teacher_ram': { type: 'integer', default: 160, min: 0, max: 65_536, unit: 'GiB' },
  /** Disk of all VMs that they own. */
  'quota.student_disk': { type: 'integer', default: 200, min: 0, max: 1_048_576, unit: 'GiB' },
  'quota.teacher_disk': { type: 'integer', default: 2000, min: 0, max: 1_048_576, unit: 'GiB' },
  /** Largest disk an imported image may have: a header that claims more is refused. */
  'image.max_size': { type: 'integer', default: 512, min: 1, max: 65536, unit: 'GiB' },
  /** The right to change an image is its editor's alone for so long after the last use; then others may take it over (I7). */
  'edit.hours': { type: 'integer', default: 72, min: 1, max: 8760, unit: 'hours' },
  /** PCs on which a copy of each image is kept, so that the loss of one loses no image (I6). */
  'image.copies': { type: 'integer', default: 2, min: 1, max: 20, unit: 'PCs' },
  /** A copy on a PC that is off counts for so long; then another PC gets one. A PC that restarts is back sooner. */
  'image.replace_minutes': { type: 'integer', default: 10, min: 0, max: 10_080, unit: 'minutes' },
  /** Newest versions of an image that are kept to go back to; older ones that nothing uses are deleted (I10). */
  'image.keep_versions': { type: 'integer', default: 3, min: 1, max: 1000, unit: 'versions' },
  /** A PC with less of its disk free gives up copies of images that it does not need (I10); 0: never. */
  'image.min_free_percent': { type: 'integer', default: 10, min: 0, max: 90, unit: 'percent' },
  /** Copies are read through this often, so that what a disk forgets is found while others have it (I2); 0: never. */
  'image.scrub_days': { type: 'integer', default: 30, min: 0, max: 3650, unit: 'days' },
  /** What each PC may send and fetch of images, so that other work has room on the lines; 0: as much as it can. */
  'transfer.max_up': { type: 'integer', default: 0, min: 0, max: 10_000, unit: 'MB/s' },
  'transfer.max_down': { type: 'integer', default: 0, min: 0, max: 10_000, unit: 'MB/s' },
  /** Between these hours of each PC's clock those limits do not hold; the same hour twice: they always hold. */
  'transfer.free_from': { type: 'integer', default: 0, min: 0, max: 23, unit: 'o’clock' },
  'transfer.free_until': { type: 'integer', default: 0, min: 0, max: 23, unit: 'o’clock' },
  /** While somebody sits at a PC it sends and fetches images at this part of its limit, or of its line. */
  'transfer.user_active_percent': { type: 'integer', default: 50, min: 1, max: 100, unit: 'percent' },
  /** Whether images may be fetched from private and local addresses, as of a mirror on the campus. */
  'import.allow_private': { type: 'flag', default: false },
  /** How often the disk of a persistent VM is saved while it runs and was written to (V7); 0: only when it stops. */
  'work.every_minutes': { type: 'integer', default: 10, min: 0, max: 1440, unit: 'minutes' },
  /** PCs on which saved work is kept, so that the loss of one loses none of it (V7). */
  'work.copies': { type: 'integer', default: 2, min: 1, max: 20, unit: 'PCs' },
  /** Time a browser stays signed in. */
  'session.hours': { type: 'integer', default: 12, min: 1, max: 720, unit: 'hours' },
  /** How far vCPUs may be promised beyond physical cores: 0.2 is a fifth more (S8). */
  'scheduler.cpu_excess': { type: 'number', default: 0.2, min: 0, max: 4, unit: 'share' },
  /** A PC out of reach for so long counts as lost: a reboot takes less. */
  'node.lost_after': { type: 'integer', default: 120, min: 10, max: 86_400, unit: 'seconds' },
  /** A voter that the master has not heard for so long makes way for another PC (SPEC M5): a restart with updates takes a minute. */
  'election.voter_silence': { type: 'integer', default: 120, min: 10, max: 86_400, unit: 'seconds' },
  /** How long people may go on on a PC that is emptied, where the admin says nothing else. */
  'node.drain_deadline': { type: 'integer', default: 10, min: 0, max: 1440, unit: 'minutes' },
  /** Weights of the placement penalty (S8). */
  'scheduler.weight_cpu': { type: 'number', default: 0.2, min: 0, max: 10, unit: 'weight' },
  'scheduler.weight_ram': { type: 'number', default: 0.3, min: 0, max: 10, unit: 'weight' },
  'scheduler.weight_storage': { type: 'number', default: 0.2, min: 0, max: 10, unit: 'weight' },
  'scheduler.weight_temp': { type: 'number', default: 0.3, min: 0, max: 10, unit: 'weight' },
  /** How a PC is chosen: least suffering, fullest first, emptiest first (S9). */
  'scheduler.policy': { type: 'choice', default: 'penalty', choices: ['penalty', 'binpack', 'spread'] },
  /** Weights of what is added to any policy's score (S9); 0 leaves it out. */
  'scheduler.locality': { type: 'number', default: 0.1, min: 0, max: 10, unit: 'weight' },
  'scheduler.local_user': { type: 'number', default: 0.2, min: 0, max: 10, unit: 'weight' },
  'scheduler.accelerator': { type: 'number', default: 0.3, min: 0, max: 10, unit: 'weight' },
  'scheduler.course_spread': { type: 'number', default: 0, min: 0, max: 10, unit: 'weight' },
  'scheduler.stability': { type: 'number', default: 0.1, min: 0, max: 10, unit: 'weight' },
  /** Added for a PC that could still take the largest size, for smaller VMs, while few such places are left. */
  'scheduler.large_room': { type: 'number', default: 0.5, min: 0, max: 10, unit: 'weight' },
  /** Whether a better claim may suspend preemptible VMs (S2). */
  'scheduler.preemption': { type: 'flag', default: true },
  /** A VM that gave its place away and went on keeps the next one for at least so long. */
  'scheduler.preempt_pause': { type: 'integer', default: 30, min: 0, max: 1440, unit: 'minutes' },
  /** How long beforehand owners are told, when there is time. */
  'scheduler.preempt_notice': { type: 'integer', default: 30, min: 0, max: 3600, unit: 'seconds' },
  /** Starts that one PC does at once (S7): more of them take longer, each and all. */
  'scheduler.starts_per_node': { type: 'integer', default: 2, min: 1, max: 100, unit: 'starts' },
  /** Whether a small request may pass a large one that it does not delay. */
  'scheduler.backfill': { type: 'flag', default: true },
  /** Points of a request's claim (S4): what it is for … */
  'priority.exam': { type: 'number', default: 500, min: 0, max: 10_000, unit: 'points' },
  'priority.class': { type: 'number', default: 400, min: 0, max: 10_000, unit: 'points' },
  'priority.personal': { type: 'number', default: 300, min: 0, max: 10_000, unit: 'points' },
  'priority.interactive': { type: 'number', default: 200, min: 0, max: 10_000, unit: 'points' },
  'priority.batch': { type: 'number', default: 100, min: 0, max: 10_000, unit: 'points' },
  /** … who asks … */
  'priority.admin': { type: 'number', default: 30, min: 0, max: 10_000, unit: 'points' },
  'priority.teacher': { type: 'number', default: 20, min: 0, max: 10_000, unit: 'points' },
  'priority.student': { type: 'number', default: 0, min: 0, max: 10_000, unit: 'points' },
  /** … whether they share a PC (N11) … */
  'priority.sharing': { type: 'number', default: 25, min: 0, max: 10_000, unit: 'points' },
  /** … how little they used lately: all of it for nothing, less for more; use counts half after each half-life … */
  'priority.fair_share': { type: 'number', default: 40, min: 0, max: 10_000, unit: 'points' },
  'priority.fair_half_life': { type: 'integer', default: 24, min: 1, max: 8760, unit: 'hours' },
  /** … and points for every ten minutes of waiting, up to a most. */
  'priority.waiting': { type: 'number', default: 1, min: 0, max: 10_000, unit: 'points' },
  'priority.waiting_max': { type: 'number', default: 60, min: 0, max: 10_000, unit: 'points' },
  /** Whether sharing a PC counts at all, and how often it may be declined before one waits behind those who share (N11). */
  'sharing.policy': { type: 'flag', default: true },
  'sharing.declines': { type: 'integer', default: 2, min: 0, max: 100, unit: 'times' },
  /** Lines kept of what is over; older ones go first (R4). */
  'history.audit_entries': { type: 'integer', default: 20000, min: 100, max: 1_000_000, unit: 'entries' },
  'history.operations': { type: 'integer', default: 2000, min: 100, max: 100_000, unit: 'operations' },
  'history.notifications_per_user': { type: 'integer', default: 100, min: 10, max: 1000, unit: 'messages' },
} as const satisfies Record<string, SettingDefinition>;

export type SettingKey = keyof typeof settingDefinitions;
type SettingValue<K extends SettingKey> = (typeof settingDefinitions)[K]['type'] extends 'choice'
  ? string
  : (typeof settingDefinitions)[K]['type'] extends 'flag'
    ? boolean
    : number;

export function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(settingDefinitions, key);
}

/** A setting's value in force. */
export function setting<K extends SettingKey>(state: CloudState, key: K): SettingValue<K> {
  const value = state.tables.setting.get(key)?.value ?? settingDefinitions[key].default;
  return value as SettingValue<K>; // `setting.set` let only values of the definition's type in
}

/** What a setting takes, in few signs: `integer 1..24`, `true | false`, `a | b`. */
export function expectedBy(definition: SettingDefinition): string {
  if (definition.type === 'flag') return 'true | false';
  if (definition.type === 'choice') return definition.choices.join(' | ');
  return `${definition.type} ${definition.min}..${definition.max}`;
}

/** The value as it would be stored, or undefined when it is not one the definition allows. */
export function acceptSetting(
  definition: SettingDefinition,
  value: unknown,
): string | number | boolean | undefined {
  if (definition.type === 'flag') return typeof value === 'boolean' ? value : undefined;
  if (definition.type === 'choice') {
    return typeof value === 'string' && definition.choices.includes(value) ? value : undefined;
  }
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  if (definition.type === 'integer' && !Number.isInteger(value)) return undefined;
  return value >= definition.min && value <= definition.max ? value : undefined;
}
