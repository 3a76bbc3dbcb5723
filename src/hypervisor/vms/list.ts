/** Every domain of this libvirt, and whose it is. */
import { isLibvirtError } from '../errors.ts';
import type { DomainInfo } from '../types.ts';
import { errorNumber, listDomains, statsTypes } from '../wire/constants.ts';
import { getAllStats, getState, getXml, listAllDomains } from '../wire/procedures.ts';
import type { DomainRef } from '../wire/refs.ts';
import { readMetadata, type VmMetadata } from '../xml/metadata.ts';
import { parseXml } from '../xml/xml.ts';
import { stateName, type VmContext } from './context.ts';

/** Metadata by UUID. Valid until the domain is defined or undefined, which events tell, or the connection changes. */
export type MetadataCache = Map<string, VmMetadata | null>;

export async function listVms(context: VmContext, cache: MetadataCache): Promise<DomainInfo[]> {
  const { rpc } = context.host();
  const [all, saved, stats] = await Promise.all([
    listAllDomains(rpc, listDomains.all),
    listAllDomains(rpc, listDomains.managedSave),
    getAllStats(rpc, listDomains.all, statsTypes.state),
  ]);
  const withSave = new Set(saved.map((domain) => domain.uuid));
  const states = new Map(
    stats.map(({ domain, params }) => {
      const state = Number(params.get('state.state'));
      return [domain.uuid, { state, reason: Number(params.get('state.reason')) }] as const;
    }),
  );
  const infos = all.map(async (domain): Promise<DomainInfo | null> => {
    try {
      const metadata = await metadataOf(context, cache, domain);
      const state = stateName(states.get(domain.uuid) ?? (await getState(rpc, domain)));
      return {
        ...domain,
        ...ownership(context.cloudId, metadata),
        state,
        hasSave: withSave.has(domain.uuid),
      };
    } catch (error) {
      // It was removed while we asked.
      if (isLibvirtError(error, errorNumber.noDomain)) return null;
      throw error;
    }
  });
  return (await Promise.all(infos)).filter((info) => info !== null);
}

function ownership(
  cloudId: string,
  metadata: VmMetadata | null,
): Pick<DomainInfo, 'owner' | 'vmId' | 'epoch'> {
  if (metadata === null) return { owner: 'foreign' };
  const { vmId, epoch } = metadata;
  return { owner: metadata.cloudId === cloudId ? 'ours' : 'other-cloud', vmId, epoch };
}

async function metadataOf(
  context: VmContext,
  cache: MetadataCache,
  domain: DomainRef,
): Promise<VmMetadata | null> {
  const known = cache.get(domain.uuid);
  if (known !== undefined) return known;
  const metadata = readMetadata(parseXml(await getXml(context.host().rpc, domain)).child('domain'));
  cache.set(domain.uuid, metadata);
  return metadata;
}
