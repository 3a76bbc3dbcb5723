/** libvirt's procedures for the host and for domains, typed. One function per procedure, no policy. */
import {
  addressSource,
  type eventId,
  listMax,
  type ProcedureName,
  statsNoWait,
  statsTypes,
  undefineEverything,
  xmlInactive,
} from './constants.ts';
import { deadline } from './deadlines.ts';
import { type DomainRef, readDomain, uuidToBytes, writeDomain } from './refs.ts';
import type { Rpc } from './rpc.ts';
import { readTypedParams, type TypedParams } from './typed-params.ts';
import { type XdrReader, XdrWriter } from './xdr.ts';

export interface StateAnswer {
  /** virDomainState. */
  state: number;
  /** Meaning depends on the state (`virDomainPausedReason`, …). */
  reason: number;
}

export interface GuestInterface {
  name: string;
  mac: string | null;
  addresses: { type: number; address: string; prefix: number }[];
}

/** Reads one answer to its end. */
async function ask<T>(
  rpc: Rpc,
  name: ProcedureName,
  args: XdrWriter,
  ms: number,
  read: (reader: XdrReader) => T,
): Promise<T> {
  const reader = await rpc.call(name, args, ms);
  const value = read(reader);
  reader.end();
  return value;
}

const nothing = () => undefined;
const flagsOnly = (domain: DomainRef, flags = 0) => writeDomain(new XdrWriter(), domain).uint(flags);

export function authList(rpc: Rpc): Promise<number[]> {
  return ask(rpc, 'authList', new XdrWriter(), deadline.query, (r) =>
    r.array(listMax.authTypes, () => r.int()),
  );
}

/** Asks polkit to let this process in; only for users other than root. */
export async function authPolkit(rpc: Rpc): Promise<void> {
  await ask(rpc, 'authPolkit', new XdrWriter(), deadline.query, (r) => r.int());
}

export function connectOpen(rpc: Rpc, uri: string): Promise<void> {
  return ask(rpc, 'connectOpen', new XdrWriter().optionalString(uri).uint(0), deadline.query, nothing);
}

export function connectSupportsFeature(rpc: Rpc, feature: number): Promise<boolean> {
  return ask(
    rpc,
    'connectSupportsFeature',
    new XdrWriter().int(feature),
    deadline.query,
    (r) => r.int() === 1,
  );
}

/** QEMU's version as major * 1,000,000 + minor * 1,000 + release. */
export function connectGetVersion(rpc: Rpc): Promise<number> {
  return ask(rpc, 'connectGetVersion', new XdrWriter(), deadline.capabilities, (r) => Number(r.uhyper()));
}

/** libvirtd's version, same form. */
export function connectGetLibVersion(rpc: Rpc): Promise<number> {
  return ask(rpc, 'connectGetLibVersion', new XdrWriter(), deadline.query, (r) => Number(r.uhyper()));
}

export function connectGetHostname(rpc: Rpc): Promise<string> {
  return ask(rpc, 'connectGetHostname', new XdrWriter(), deadline.query, (r) => r.string());
}

export function connectGetCapabilities(rpc: Rpc): Promise<string> {
  return ask(rpc, 'connectGetCapabilities', new XdrWriter(), deadline.capabilities, (r) => r.string());
}

/** Domains that `flags` (virConnectListAllDomainsFlags) select; 0 for all. */
export function listAllDomains(rpc: Rpc, flags: number): Promise<DomainRef[]> {
  return ask(rpc, 'connectListAllDomains', new XdrWriter().int(1).uint(flags), deadline.query, (r) => {
    const domains = r.array(listMax.domains, () => readDomain(r));
    r.uint();
    return domains;
  });
}

export function lookupByUuid(rpc: Rpc, uuid: string): Promise<DomainRef> {
  return ask(rpc, 'domainLookupByUuid', new XdrWriter().fixed(uuidToBytes(uuid)), deadline.query, readDomain);
}

export function defineXml(rpc: Rpc, xml: string, flags = 0): Promise<DomainRef> {
  return ask(
    rpc,
    'domainDefineXmlFlags',
    new XdrWriter().string(xml).uint(flags),
    deadline.capabilities,
    readDomain,
  );
}

export function createDomain(rpc: Rpc, domain: DomainRef, flags = 0): Promise<DomainRef> {
  return ask(rpc, 'domainCreateWithFlags', flagsOnly(domain, flags), deadline.start, readDomain);
}

export function shutdownDomain(rpc: Rpc, domain: DomainRef, flags: number): Promise<void> {
  return ask(rpc, 'domainShutdownFlags', flagsOnly(domain, flags), deadline.query, nothing);
}

export function destroyDomain(rpc: Rpc, domain: DomainRef): Promise<void> {
  return ask(rpc, 'domainDestroyFlags', flagsOnly(domain), deadline.destroy, nothing);
}

export function rebootDomain(rpc: Rpc, domain: DomainRef, flags = 0): Promise<void> {
  return ask(rpc, 'domainReboot', flagsOnly(domain, flags), deadline.query, nothing);
}

export function resetDomain(rpc: Rpc, domain: DomainRef): Promise<void> {
  return ask(rpc, 'domainReset', flagsOnly(domain), deadline.query, nothing);
}

/** Stops the guest's CPUs; its memory stays where it is. */
export function pauseDomain(rpc: Rpc, domain: DomainRef): Promise<void> {
  return ask(rpc, 'domainSuspend', writeDomain(new XdrWriter(), domain), deadline.query, nothing);
}

export function resumeDomain(rpc: Rpc, domain: DomainRef): Promise<void> {
  return ask(rpc, 'domainResume', writeDomain(new XdrWriter(), domain), deadline.query, nothing);
}

/** Writes the guest's memory to a file of libvirt's and ends QEMU; the next start goes on from there. */
export function managedSave(rpc: Rpc, domain: DomainRef, flags = 0): Promise<void> {
  return ask(rpc, 'domainManagedSave', flagsOnly(domain, flags), deadline.save, nothing);
}

export function hasManagedSave(rpc: Rpc, domain: DomainRef): Promise<boolean> {
  return ask(rpc, 'domainHasManagedSaveImage', flagsOnly(domain), deadline.query, (r) => r.int() === 1);
}

/** Drops the saved memory; the next start boots. */
export function removeManagedSave(rpc: Rpc, domain: DomainRef): Promise<void> {
  return ask(rpc, 'domainManagedSaveRemove', flagsOnly(domain), deadline.query, nothing);
}

export function undefineDomain(rpc: Rpc, domain: DomainRef): Promise<void> {
  return ask(rpc, 'domainUndefineFlags', flagsOnly(domain, undefineEverything), deadline.query, nothing);
}

export function getState(rpc: Rpc, domain: DomainRef): Promise<StateAnswer> {
  return ask(rpc, 'domainGetState', flagsOnly(domain), deadline.query, (r) => ({
    state: r.int(),
    reason: r.int(),
  }));
}

/** The configuration of the next start; `flags` 0 gives the running one. */
export function getXml(rpc: Rpc, domain: DomainRef, flags = xmlInactive): Promise<string> {
  return ask(rpc, 'domainGetXmlDesc', flagsOnly(domain, flags), deadline.query, (r) => r.string());
}

const everyStatistic =
  statsTypes.state | statsTypes.cpu | statsTypes.balloon | statsTypes.interface | statsTypes.block;

/** Statistics of the domains that `select` (list flags) names, never waiting for a busy one. */
export function getAllStats(rpc: Rpc, select: number, types: number = everyStatistic) {
  const args = new XdrWriter()
    .uint(0)
    .uint(types)
    .uint((select | statsNoWait) >>> 0);
  return ask(rpc, 'connectGetAllDomainStats', args, deadline.query, (r) =>
    r.array(listMax.statsRecords, (): { domain: DomainRef; params: TypedParams } => ({
      domain: readDomain(r),
      params: readTypedParams(r, listMax.statsParameters),
    })),
  );
}

/** Sizes of a disk in bytes; `path` is a target (`vda`) or a file. */
export function getBlockInfo(rpc: Rpc, domain: DomainRef, path: string) {
  const args = writeDomain(new XdrWriter(), domain).string(path).uint(0);
  return ask(rpc, 'domainGetBlockInfo', args, deadline.query, (r) => ({
    allocation: Number(r.uhyper()),
    capacity: Number(r.uhyper()),
    physical: Number(r.uhyper()),
  }));
}

/** The first screen as QEMU gives it: PPM from older ones, PNG from newer. */
export async function screenshot(
  rpc: Rpc,
  domain: DomainRef,
): Promise<{ mime: string | null; bytes: Uint8Array }> {
  const args = writeDomain(new XdrWriter(), domain).uint(0).uint(0);
  const { answer, bytes } = await rpc.callWithStream('domainScreenshot', args, deadline.query);
  return { mime: answer.optionalString(), bytes };
}

export function interfaceAddresses(rpc: Rpc, domain: DomainRef, source: keyof typeof addressSource) {
  const args = writeDomain(new XdrWriter(), domain).uint(addressSource[source]).uint(0);
  return ask(rpc, 'domainInterfaceAddresses', args, deadline.guest, (r) =>
    r.array(
      listMax.interfaces,
      (): GuestInterface => ({
        name: r.string(),
        mac: r.optionalString(),
        addresses: r.array(listMax.addresses, () => ({
          type: r.int(),
          address: r.string(),
          prefix: r.uint(),
        })),
      }),
    ),
  );
}

/** Asks for one kind of event of all domains. */
export async function registerEvent(rpc: Rpc, event: (typeof eventId)[keyof typeof eventId]): Promise<void> {
  await ask(
    rpc,
    'connectDomainEventCallbackRegisterAny',
    new XdrWriter().int(event).uint(0),
    deadline.query,
    (r) => r.int(),
  );
}
