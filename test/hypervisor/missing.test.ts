/** A PC without libvirt, or without QEMU. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { unreadyHost } from '../support/hypervisor.ts';
import { type Pc, startPc } from '../support/pc.ts';
import { until } from '../support/until.ts';

let pc: Pc;
beforeAll(async () => {
  pc = await startPc('bare', { libvirtd: false, withoutQemu: true });
});
afterAll(() => pc?.stop());

test('says that libvirt is missing, then that QEMU is', async () => {
  const host = unreadyHost(pc);
  try {
    await host.start();
    await until('unavailable', () => host.status().state === 'unavailable');
    expect(host.status()).toMatchObject({ code: 'hypervisor.libvirt_missing', data: { socket: pc.socket } });
    await expect(host.domains()).rejects.toMatchObject({ code: 'hypervisor.libvirt_missing' });
    await pc.startLibvirtd();
    await until('QEMU missed', () => {
      const status = host.status();
      return status.state === 'unavailable' && status.code === 'hypervisor.qemu_missing';
    });
  } finally {
    await host.stop();
  }
}, 60_000);
