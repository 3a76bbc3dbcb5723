/** How long calls to libvirt may take, in milliseconds, and why. */
export const deadline = {
  /** Questions libvirt answers from memory, or with one round trip to QEMU; a busy PC gets ample time. */
  query: 15_000,
  /** QEMU starts in 0.1 s; libvirt's re-probing of QEMU (see `hypervisor.kvm_closed`) takes up to 70 s on top. */
  start: 180_000,
  /** SIGTERM, then SIGKILL: libvirt itself gives up after 30 s. */
  destroy: 60_000,
  /** Writes the guest's memory: 16 GiB at 50 MB/s, a slow disk of a lab PC. */
  save: 360_000,
  /** Every guest's writes are flushed and its files frozen first: as long as a busy guest on a slow disk takes. */
  snapshot: 60_000,
  /** Capabilities make libvirt probe QEMU afresh after an update: 8 s here, more on a slow PC. */
  capabilities: 90_000,
  /** A guest without agent, or a hung one, must not hold up a page. */
  guest: 6_000,
} as const;
