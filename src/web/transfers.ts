/** Images on their way, as far as one may see them. */
import type { NodeServices, NodeTransfer } from '../node/interface.ts';

/**
 * By PC, then version, so that lists stand still. Left out: versions that the log does not know, and those that the PC has by now, of which its last
 * word is still under way.
 */
export function transfersOf(node: NodeServices, sees: (imageId: string) => boolean): NodeTransfer[] {
  const { version } = node.state.tables;
  return node
    .transfers()
    .filter(({ nodeId, versionId }) => {
      const found = version.get(versionId);
      return found !== undefined && !found.nodeIds.includes(nodeId) && sees(found.imageId);
    })
    .toSorted((a, b) => key(a).localeCompare(key(b), 'en'));
}

const key = ({ nodeId, versionId }: NodeTransfer): string => `${nodeId} ${versionId}`;
