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

/** A PC of the cloud. What changes by the second (load, free memory) is not here: it is gossiped. */
export interface Node {
  readonly id: string;
  readonly name: string;
  readonly state: 'ready' | 'draining' | 'drained' | 'retired';
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
}
