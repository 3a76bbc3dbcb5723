/** A hypervisor on a test PC, and a small VM for it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DomainEvent,
  type Hypervisor,
  type HypervisorOptions,
  openHypervisor,
  type VmSpec,
} from '../../src/hypervisor/index.ts';
import { silentLogger } from '../../src/state/logger.ts';
import { makeGuestImage } from './guests.ts';
import type { Pc } from './pc.ts';
import { until } from './until.ts';

export interface Host extends Hypervisor {
  /** Every event since it was opened. */
  readonly events: DomainEvent[];
}

/** Opens one on the PC's libvirtd, under emulation unless said otherwise, and waits until it is ready. */
export async function openHost(pc: Pc, options: Partial<HypervisorOptions> = {}): Promise<Host> {
  const host = unreadyHost(pc, options);
  await host.start();
  await until('hypervisor ready', () => host.status().state === 'ready', 60_000);
  return host;
}

export function unreadyHost(pc: Pc, options: Partial<HypervisorOptions> = {}): Host {
  const dataDir = options.dataDir ?? join(pc.dir, 'data');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const hypervisor = openHypervisor({
    socket: pc.socket,
    cloudId: 'cloud-a',
    dataDir,
    subnet: 7,
    accel: 'tcg',
    logger: silentLogger,
    inHostNetwork: pc.argv,
    kvmPath: join(pc.dir, 'kvm'),
    ...options,
  });
  const events: DomainEvent[] = [];
  hypervisor.onDomainEvent((event) => events.push(event));
  return { ...hypervisor, events };
}

export function vmSpec(
  pc: Pc,
  vmId: string,
  guest: Parameters<typeof makeGuestImage>[1] = 'ticker',
  more: Partial<VmSpec> = {},
): VmSpec {
  const image = makeGuestImage(join(pc.dir, `${guest}.raw`), guest);
  return {
    vmId,
    epoch: 1,
    name: vmId,
    hostname: 'guest',
    vcpus: 1,
    ramMiB: 32,
    osDisk: { backingFile: image, virtualBytes: 64 * 1024 * 1024 },
    dataDiskBytes: 0,
    os: 'linux',
    seed: { user: 'student', password: 'secret', sshKeys: [] },
    ...more,
  };
}

export async function stateOf(host: Hypervisor, vmId: string): Promise<string | undefined> {
  return (await host.domains()).find((domain) => domain.vmId === vmId)?.state;
}
