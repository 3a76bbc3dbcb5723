/** What the API answers about people and courses. */
import type { Ref } from './answers.ts';

export interface UserRow {
  readonly id: string;
  readonly name: string;
  readonly fullName: string;
  readonly role: string;
  readonly courses: readonly Ref[];
  readonly vms: number;
  /** Limits of their own; null: those of the role. */
  readonly quota: QuotaRow | null;
}

/** Null: the limit of the role. */
export interface QuotaRow {
  readonly vms: number | null;
  readonly running: number | null;
  readonly vcpus: number | null;
  readonly ramMiB: number | null;
  readonly diskGiB: number | null;
}

export interface CourseRow {
  readonly id: string;
  readonly name: string;
  readonly places: number;
  readonly enrolled: number;
  readonly teachers: readonly Ref[];
  readonly images: readonly Ref[];
  /** Null for those who may not see them. */
  readonly students: readonly Ref[] | null;
  /** VMs that may run or wait at once; null: no limit. */
  readonly maxVms: number | null;
}
