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
  /** How long a guest may take to shut down when asked before it is powered off. */
  'vm.stop_grace': { type: 'integer', default: 60, min: 5, max: 900, unit: 'seconds' },
  /** After this a start counts as failed (GF32). An emulated guest on a busy PC is slow to be created, never this slow. */
  'vm.start_timeout': { type: 'integer', default: 180, min: 10, max: 3600, unit: 'seconds' },
  /** VMs that a student or a teacher may own at once (S14). */
  'quota.student_vms': { type: 'integer', default: 3, min: 0, max: 1000, unit: 'VMs' },
  'quota.teacher_vms': { type: 'integer', default: 20, min: 0, max: 1000, unit: 'VMs' },
  /** Largest disk an imported image may have: a header that claims more is refused. */
  'image.max_size': { type: 'integer', default: 512, min: 1, max: 65536, unit: 'GiB' },
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
