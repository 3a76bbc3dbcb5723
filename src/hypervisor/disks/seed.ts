/** The NoCloud seed (V13): what cloud-init reads at the guest's first start. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HypervisorError } from '../errors.ts';
import type { VmSpec } from '../types.ts';
import { isoImage } from './iso.ts';

/** The label by which cloud-init finds the seed. */
const label = 'cidata';

/** The two files of a seed. JSON is valid YAML, so nothing is quoted by hand. */
export function seedFiles(spec: VmSpec): { name: string; text: string }[] {
  const { user, password, sshKeys } = spec.seed;
  const account = {
    name: user,
    shell: '/bin/bash',
    sudo: 'ALL=(ALL) NOPASSWD:ALL',
    lock_passwd: password === undefined,
    ssh_authorized_keys: sshKeys,
  };
  const userData = {
    hostname: spec.hostname,
    manage_etc_hosts: true,
    users: [account],
    ssh_pwauth: password !== undefined,
    ...(password === undefined
      ? {}
      : { chpasswd: { expire: false, users: [{ name: user, password, type: 'text' }] } }),
  };
  const metaData = { 'instance-id': spec.vmId, 'local-hostname': spec.hostname };
  return [
    { name: 'meta-data', text: `${JSON.stringify(metaData)}\n` },
    { name: 'user-data', text: `#cloud-config\n${JSON.stringify(userData)}\n` },
  ];
}

/** Writes the seed, readable by its owner alone: it holds a password. libvirt hands it to QEMU at the start. */
export async function writeSeed(file: string, spec: VmSpec): Promise<void> {
  const files = seedFiles(spec).map(({ name, text }) => ({ name, bytes: new TextEncoder().encode(text) }));
  const partial = `${file}.part`;
  await rm(partial, { force: true });
  try {
    await writeFile(partial, isoImage(label, files), { mode: 0o600 });
    await rename(partial, file);
  } catch (cause) {
    await rm(partial, { force: true });
    const full = cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC';
    throw full ? new HypervisorError('hypervisor.disk_full', { path: dirname(file) }, { cause }) : cause;
  }
}
