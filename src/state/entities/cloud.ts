/** The cloud itself: one entity, made by the first node. */
export interface Cloud {
  readonly id: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** One changed setting; a setting at its default has no entity. */
export interface Setting {
  /** The setting's key, see `settings.ts`. */
  readonly id: string;
  readonly value: string | number | boolean;
  readonly changedAt: number;
  readonly changedBy: string;
}
