/** What the API answers, as far as the commands read it. More fields may be there; `--json` passes all of them on. */
import type { Cause } from '../texts/index.ts';

/** Why something failed: as the node worded it, or a bare code that this command words. */
export interface Fault extends Cause {
  readonly message?: string;
  readonly hint?: string;
}

export interface Ref {
  readonly id: string;
  readonly name: string;
}

export interface OperationProgress {
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  readonly unit: 'bytes' | 'steps';
  readonly rate: number | null;
  readonly etaMs: number | null;
}

export interface OperationRow {
  readonly id: string;
  readonly kind: string;
  readonly target: Ref & { readonly kind: string };
  readonly state: 'running' | 'done' | 'failed' | 'cancelled';
  readonly progress: OperationProgress | null;
  readonly error: Fault | null;
  readonly startedAt: number;
  readonly endedAt: number | null;
}

export interface SizeRow {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly ramMiB: number;
  readonly osDiskGiB: number;
  readonly dataDiskGiB: number;
}

export interface SettingRow {
  readonly key: string;
  readonly value: string | number | boolean;
  readonly default: string | number | boolean;
  readonly type: 'integer' | 'number' | 'choice' | 'flag';
  readonly min: number | null;
  readonly max: number | null;
  readonly unit: string | null;
  readonly choices: readonly string[] | null;
}

export interface CheckRow {
  readonly id: string;
  readonly status: 'ok' | 'warning' | 'fault';
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}
