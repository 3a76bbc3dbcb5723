/** The real demo guest as a VM of a test PC. Slow: seconds under emulation. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VmSpec } from '../../src/hypervisor/index.ts';
import { type Host, vmSpec } from './hypervisor.ts';
import type { Pc } from './pc.ts';
import { until } from './until.ts';

/** A kernel and busybox need 64 MiB; room for the initramfs while it unpacks. */
const ramMiB = 128;
const diskBytes = 128 * 1024 * 1024;

/** The demo image as a raw file in the PC's folder, made once: for a PC without virtio with a kernel that drives its disk. */
export async function demoSpec(pc: Pc, vmId: string, more: Partial<VmSpec> = {}): Promise<VmSpec> {
  const raw = join(pc.dir, 'demo.raw');
  if (!existsSync(raw)) {
    const kernel = (more.os ?? 'linux') === 'linux' ? [] : ['--sata'];
    const image = output(process.execPath, join(import.meta.dir, '../../scripts/demo-image.mjs'), ...kernel);
    output('qemu-img', 'convert', '-f', 'qcow2', '-O', 'raw', image, raw);
    Bun.spawnSync(['chmod', '0644', raw]);
  }
  return vmSpec(pc, vmId, 'ticker', {
    hostname: vmId,
    ramMiB,
    osDisk: { backingFile: raw, virtualBytes: diskBytes },
    ...more,
  });
}

/** All that the guest wrote on its serial port, over all its starts. */
export function serial(host: Host, vmId: string): string {
  return existsSync(host.serialLogPath(vmId)) ? readFileSync(host.serialLogPath(vmId), 'utf8') : '';
}

/** Waits for the guest's own word that its shell takes keys, for the nth time; returns that line. */
export async function ready(host: Host, vmId: string, nth = 1): Promise<string> {
  return await until(
    `${vmId} ready, time ${nth}`,
    () => [...serial(host, vmId).matchAll(/^.*labmesh-demo (ready .*)$/gm)][nth - 1]?.[1],
    60_000,
  );
}

function output(...argv: string[]): string {
  const { success, stdout, stderr } = Bun.spawnSync(argv);
  if (!success) throw new Error(stderr.toString());
  return stdout.toString().trim();
}
