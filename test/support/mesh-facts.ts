import type { Facts } from '../../src/gossip/index.ts';

/** A lab PC's announcement, told apart by its load. */
export const someFacts = (cpu: number): Facts => ({
  capacity: { cores: 8, ramBytes: 16 * 2 ** 30, diskBytes: 500 * 2 ** 30, accelerator: 'kvm' },
  load: { cpu, ramFreeBytes: 8 * 2 ** 30, diskFreeBytes: 200 * 2 ** 30, isLocalUserPresent: false },
  images: ['01JD0000000000000000000001'],
  roles: ['host'],
  version: '0.1.0',
  bulk: '127.0.0.1:7948',
});
