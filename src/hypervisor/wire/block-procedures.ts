/** libvirt's procedures for layers of disks, typed. One function per procedure, no policy. */
import { deadline } from './deadlines.ts';
import { type DomainRef, readDomain, writeDomain } from './refs.ts';
import type { Rpc } from './rpc.ts';
import { XdrWriter } from './xdr.ts';

/** Puts layers over disks, as the XML of the snapshot says. */
export async function createSnapshot(rpc: Rpc, domain: DomainRef, xml: string, flags: number): Promise<void> {
  const args = writeDomain(new XdrWriter(), domain).string(xml).uint(flags);
  const reader = await rpc.call('domainSnapshotCreateXml', args, deadline.snapshot);
  reader.string();
  readDomain(reader);
  reader.end();
}

/** Begins to write the upper layers of a disk (`vda`) into a lower one. */
export async function blockCommit(
  rpc: Rpc,
  domain: DomainRef,
  disk: string,
  base: string,
  flags: number,
): Promise<void> {
  const args = writeDomain(new XdrWriter(), domain)
    .string(disk)
    .optionalString(base)
    .optionalString(null)
    .uhyper(0n)
    .uint(flags);
  (await rpc.call('domainBlockCommit', args, deadline.query)).end();
}

/** Begins to copy a disk (`vda`) of a running domain to what `xml`, a `disk` element, describes. */
export async function blockCopy(
  rpc: Rpc,
  domain: DomainRef,
  disk: string,
  xml: string,
  flags: number,
): Promise<void> {
  const noParameters = 0;
  const args = writeDomain(new XdrWriter(), domain).string(disk).string(xml).uint(noParameters).uint(flags);
  (await rpc.call('domainBlockCopy', args, deadline.query)).end();
}

/** How far a job on a disk is; null: there is none. */
export async function blockJobInfo(
  rpc: Rpc,
  domain: DomainRef,
  disk: string,
): Promise<{ cur: number; end: number } | null> {
  const args = writeDomain(new XdrWriter(), domain).string(disk).uint(0);
  const reader = await rpc.call('domainGetBlockJobInfo', args, deadline.query);
  const found = reader.int() === 1;
  reader.int();
  reader.uhyper();
  const cur = Number(reader.uhyper());
  const end = Number(reader.uhyper());
  reader.end();
  return found ? { cur, end } : null;
}

/** Ends a job; with `pivot` the guest goes on with what the job made. */
export async function blockJobAbort(rpc: Rpc, domain: DomainRef, disk: string, flags: number): Promise<void> {
  const args = writeDomain(new XdrWriter(), domain).string(disk).uint(flags);
  (await rpc.call('domainBlockJobAbort', args, deadline.query)).end();
}
