/** The cloud itself: one entity, made by the first node. */
export interface Cloud {
  readonly id: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** The certificate authority of the cloud's nodes in PEM, or several, newest first; null until the first mesh node has made it. */
  readonly authority: string | null;
  /** Feature gate: the lowest `protocol` among the nodes that are not retired. Only ever rises. */
  readonly level: number;
  readonly power: Power;
  /** When the cloud was last recovered from one copy (N9); null: never. */
  readonly recoveredAt: number | null;
}

/** Whether the cloud runs VMs (N15). */
export interface Power {
  readonly state: 'on' | 'stopping' | 'off';
  /** While stopping: when the VMs that still run are suspended. */
  readonly deadlineAt: number | null;
  /** User id, or the node's where root asked; empty before anybody did. */
  readonly by: string;
}

/** What a cloud is before anybody changed it. */
export const newCloud: Omit<Cloud, 'id' | 'name' | 'createdAt'> = {
  authority: null,
  level: 1,
  power: { state: 'on', deadlineAt: null, by: '' },
  recoveredAt: null,
};

/** One changed setting; a setting at its default has no entity. */
export interface Setting {
  /** The setting's key, see `settings.ts`. */
  readonly id: string;
  readonly value: string | number | boolean;
  readonly changedAt: number;
  readonly changedBy: string;
}
