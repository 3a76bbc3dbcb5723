/** The handles of libvirt's protocol: what names a domain or a network in calls and answers. */
import type { XdrReader, XdrWriter } from './xdr.ts';

/** remote_nonnull_domain. libvirtd finds the domain by its UUID; name and id are for messages only. */
export interface DomainRef {
  name: string;
  /** As in XML: `8-4-4-4-12` hex digits, lower case. */
  uuid: string;
}

/** remote_nonnull_network. */
export interface NetworkRef {
  name: string;
  uuid: string;
}

/** The id of a domain that is not running; libvirtd does not look at it. */
const noId = -1;

export function writeDomain(writer: XdrWriter, domain: DomainRef): XdrWriter {
  return writer.string(domain.name).fixed(uuidToBytes(domain.uuid)).int(noId);
}

export function readDomain(reader: XdrReader): DomainRef {
  const name = reader.string();
  const uuid = uuidFromBytes(reader.uuid());
  reader.int();
  return { name, uuid };
}

export function writeNetwork(writer: XdrWriter, network: NetworkRef): XdrWriter {
  return writer.string(network.name).fixed(uuidToBytes(network.uuid));
}

export function readNetwork(reader: XdrReader): NetworkRef {
  return { name: reader.string(), uuid: uuidFromBytes(reader.uuid()) };
}

function uuidFromBytes(bytes: Uint8Array): string {
  return bytes.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

export function uuidToBytes(uuid: string): Uint8Array {
  return Uint8Array.fromHex(uuid.replaceAll('-', ''));
}
