/** N13 on this node's mesh: what measures the ways to its neighbours, and answers theirs. */
import { LinkMeter, serveSpeed } from '../across/index.ts';
import type { Cluster } from './cluster.ts';

const PING = 'ping';

export function openMeter({ mesh, bulk }: Pick<Cluster, 'mesh' | 'bulk'>): LinkMeter {
  serveSpeed(bulk);
  mesh.rpc.method(PING, () => null);
  return new LinkMeter({
    neighbours: () => mesh.host.connected(),
    ping: (nodeId, timeoutMs) => mesh.rpc.request(nodeId, PING, null, { timeoutMs }),
    link: bulk,
    clock: () => performance.now(),
  });
}
