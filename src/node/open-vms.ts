/** The VMs of this PC: the agents that run them, save their work and publish their disks. */
import type { Hypervisor } from '../hypervisor/index.ts';
import { VmAgent } from './agent/vm-agent.ts';
import { pcRestartedAt } from './boot.ts';
import type { Imaging } from './imaging/open-imaging.ts';
import { Publisher } from './imaging/publisher.ts';
import type { NodeParts } from './parts.ts';
import { WorkAgent } from './work/index.ts';
import { PendingVersions } from './work/pending.ts';

export interface VmsParts extends NodeParts {
  readonly imaging: Pick<Imaging, 'store' | 'board' | 'fetcher' | 'streaming'>;
  readonly hypervisor: Hypervisor;
}

export async function openVms(parts: VmsParts): Promise<void> {
  const { options, nodeId, machine, submit, hypervisor, life, newId, now, logger } = parts;
  const { store, board, fetcher, streaming } = parts.imaging;
  const { dataDir } = options;
  const fetchImage = (versionId: string) => fetcher.fetch(versionId);
  const common = { nodeId, machine, submit, hypervisor, now, logger };

  const workAgent = new WorkAgent({ ...common, dataDir, store, fetch: fetchImage, newId });
  const vmAgent = new VmAgent({
    ...common,
    fetchImage,
    backingFile: (versionId) => (store.isWhole(versionId) ? store.localPath(versionId) : null),
    stream: streaming.stream,
    work: {
      letGo: (vmId) => workAgent.letGo(vmId),
      prepare: (vm, imageFile) => workAgent.prepare(vm, imageFile),
    },
    pcRestartedAt: await pcRestartedAt(dataDir, now()),
  });
  await streaming.start(options.host, (versionId) => vmAgent.imageChanged(versionId));
  life.atEnd(() => streaming.stop());
  life.run(vmAgent);
  life.run(workAgent);
  const pending = new PendingVersions(dataDir, 'publishing');
  life.run(new Publisher({ ...common, store, pending, fetchImage, board }));
}
