/** What a domain carries of ours: by this a restarted node knows its own VMs and leaves others alone. */
import type { XmlNode, XmlReader } from './xml.ts';

const namespace = 'urn:labmesh:vm:1';

export interface VmMetadata {
  cloudId: string;
  vmId: string;
  epoch: number;
  /** Hash of the description, so that an unchanged one is not defined again. */
  fingerprint: string;
}

export function metadataNode(metadata: VmMetadata): XmlNode {
  return {
    'labmesh:vm': {
      '@xmlns:labmesh': namespace,
      '@cloud': metadata.cloudId,
      '@id': metadata.vmId,
      '@epoch': metadata.epoch,
      '@fingerprint': metadata.fingerprint,
    },
  };
}

/** Null when the domain carries none of ours, or one that makes no sense (then it is foreign, and left alone). */
export function readMetadata(domain: XmlReader): VmMetadata | null {
  const element = domain.child('metadata').child('labmesh:vm');
  if (element.attribute('xmlns:labmesh') !== namespace) return null;
  const cloudId = element.attribute('cloud');
  const vmId = element.attribute('id');
  const epoch = Number(element.attribute('epoch'));
  if (!cloudId || !vmId || !Number.isSafeInteger(epoch) || epoch < 0) return null;
  return { cloudId, vmId, epoch, fingerprint: element.attribute('fingerprint') ?? '' };
}
