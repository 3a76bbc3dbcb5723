/** What a PC can give to the cloud, as announced when it registers. */
export interface NodeCapacity {
  /** Physical cores that VMs may use. */
  readonly cores: number;
  /** Memory for VMs, after the PC's own reserve. */
  readonly ramMiB: number;
  /** Disk for images and operating-system disks. */
  readonly storageGiB: number;
  /** Disk for data disks and saved memory ("temporary" in the penalty formula). */
  readonly tempGiB: number;
}

/** Why a PC hosts nothing, in the words of `texts/`. */
export interface NodeProblem {
  readonly code: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What the master's failure detector makes of a node. */
export interface Reach {
  /** `lost`: out of reach for longer than the setting `node.lost_after`. */
  readonly state: 'up' | 'unreachable' | 'lost';
  readonly since: number;
}

/** What happens to the VMs of a node that is emptied. `move` suspends them until live moves exist. */
export type DrainHow = 'move' | 'suspend' | 'wait';

export interface Drain {
  readonly how: DrainHow;
  readonly startedAt: number;
  /** When those that were waited for are suspended. */
  readonly deadlineAt: number;
  /** User id, or the node's where root asked. */
  readonly askedBy: string;
}

/** A PC of the cloud. What changes by the second (load, free memory) is not here: it is gossiped. */
export interface Node {
  readonly id: string;
  readonly name: string;
  readonly state: 'joining' | 'ready' | 'draining' | 'drained' | 'retired';
  /** Host names or addresses at which others reach it. */
  readonly address: string;
  readonly version: string;
  readonly capacity: NodeCapacity;
  /** How guests run: hardware virtualization, software emulation, or not at all. */
  readonly accel: 'kvm' | 'tcg' | 'none';
  /** Set while the node hosts nothing: libvirt missing, broken, or switched off by `--no-host`. */
  readonly hostProblem: NodeProblem | null;
  /** Number of the node's guest subnet, unique in the cloud. */
  readonly subnet: number;
  readonly registeredAt: number;
  readonly changedAt: number;
  /** Libp2p's name of its key; empty for a node of a cloud made before the mesh. */
  readonly peerId: string;
  /** Multiaddresses of its mesh door, without `/p2p`. */
  readonly meshAddresses: readonly string[];
  /** Newest feature level that its build speaks (N10). */
  readonly protocol: number;
  /** The admin's wish: promoted is `always`, demoted is `never`. */
  readonly vote: 'auto' | 'always' | 'never';
  readonly reach: Reach;
  /** Set while it is draining or drained. */
  readonly drain: Drain | null;
  /** Who shares this PC (N11); null: it is the lab's. */
  readonly ownerId: string | null;
  /** Percentage of its capacity that VMs may use (G18). */
  readonly share: number;
}

/** What a node is before anybody changed it, and what nodes were that an earlier version wrote. */
export const newNode: Pick<
  Node,
  'peerId' | 'meshAddresses' | 'protocol' | 'vote' | 'reach' | 'drain' | 'ownerId' | 'share'
> = {
  peerId: '',
  meshAddresses: [],
  protocol: 1,
  vote: 'auto',
  reach: { state: 'up', since: 0 },
  drain: null,
  ownerId: null,
  share: 100,
};
