/** Names and ids on this PC, all derived: the same VM has the same domain, UUID and MAC wherever it runs. */
import { createHash } from 'node:crypto';
import { HypervisorError } from './errors.ts';

const domainPrefix = 'labmesh-';
/** Ids become folder names and parts of socket paths, whose length is limited (108 bytes). */
const vmIdPattern = /^[0-9A-Za-z][0-9A-Za-z_-]{0,63}$/;
/** QEMU's own range of locally administered addresses. */
const macPrefix = [0x52, 0x54, 0x00];

/** Refuses ids that could be a path or a name of something else. */
export function checkVmId(vmId: string): string {
  if (!vmIdPattern.test(vmId)) throw new HypervisorError('hypervisor.vm_id', { vmId: vmId.slice(0, 80) });
  return vmId;
}

export function domainName(vmId: string): string {
  return `${domainPrefix}${vmId}`;
}

/** A UUID of version 8 (RFC 9562: the layout is ours), from cloud and VM. */
export function domainUuid(cloudId: string, vmId: string): string {
  const bytes = digest(`vm\0${cloudId}\0${vmId}`).subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The VM behind a domain's name and UUID, or null when it is none of this cloud's. Needs no question to libvirt. */
export function vmIdOf(cloudId: string, domain: { name: string; uuid: string }): string | null {
  if (!domain.name.startsWith(domainPrefix)) return null;
  const vmId = domain.name.slice(domainPrefix.length);
  return domainUuid(cloudId, vmId) === domain.uuid ? vmId : null;
}

/** Stable per VM, so that a guest keeps its address and its interface name. */
export function macAddress(cloudId: string, vmId: string): string {
  const own = digest(`mac\0${cloudId}\0${vmId}`).subarray(0, 3);
  return [...macPrefix, ...own].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

export function networkName(cloudId: string): string {
  return `labmesh-${digest(`network\0${cloudId}`).toString('hex', 0, 4)}`;
}

/** At most 15 characters, a limit of Linux. */
export function bridgeName(cloudId: string): string {
  return `lm${digest(`network\0${cloudId}`).toString('hex', 0, 4)}`;
}

/** Whether a network interface of this PC is such a bridge, of whichever cloud. */
export function isGuestBridge(name: string): boolean {
  return /^lm[0-9a-f]{8}$/.test(name);
}

/** Short name for a folder elsewhere that belongs to this data folder. */
export function shortHash(text: string): string {
  return digest(text).toString('hex', 0, 6);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
