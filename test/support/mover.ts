/**
 * The part of a node that moves one VM from the served image to the file, as a process of its own that can be killed. Says `moved` and ends when nothing
 * is left to do.   bun mover.ts SOCKET DATA VM IMAGE
 */
import { openHypervisor } from '../../src/hypervisor/index.ts';
import { StreamWatch } from '../../src/node/agent/stream-watch.ts';
import { silentLogger as logger } from '../../src/state/logger.ts';
import { until } from './until.ts';

const [socket = '', dataDir = '', vmId = '', image = ''] = process.argv.slice(2);
const stream = {
  flows: () => false,
  partialFile: () => null,
  prepare: () => {},
  servedAs: () => ({ socket: '', name: '' }),
  open: async () => {},
  keep: () => {},
  isStuck: () => false,
  awayHolders: () => [],
};
const hypervisor = openHypervisor({
  ...{ socket, cloudId: 'cloud-a', dataDir, subnet: 7, accel: 'tcg', logger },
  kvmPath: '/nowhere',
  inHostNetwork: (argv) => argv,
});
await hypervisor.start();
await until('ready', () => hypervisor.status().state === 'ready', 60_000);
const watch = new StreamWatch(stream, hypervisor, () => image, logger);
await until(
  'it is moved',
  async () => {
    const domain = (await hypervisor.domains()).find((one) => one.vmId === vmId);
    const isServed = await watch.tend({ id: vmId, versionId: 'any' }, domain);
    // As the agent does with one that a node had paused when it fell.
    if (domain?.state === 'paused') await hypervisor.resumePaused(vmId);
    return !isServed && domain?.state === 'running';
  },
  60_000,
);
console.log('moved');
process.exit(0);
