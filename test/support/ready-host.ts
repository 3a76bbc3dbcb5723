import type { HostStatus } from '../../src/hypervisor/index.ts';

/** A PC whose libvirt answers. */
export const READY_HOST: HostStatus = {
  state: 'ready',
  sinceMs: 0,
  libvirtVersion: '9.0.0',
  qemuVersion: '7.2.0',
  hostname: 'pc-1',
  accel: { chosen: 'tcg', by: 'setting', cpu: 'maximum' },
  problems: [],
};
