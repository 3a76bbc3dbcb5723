/** Images on their way, as far as one may see them. */
import type { NodeServices, NodeTransfer } from '../node/interface.ts';

/** By PC, then version, so that lists stand still. Versions that the log does not know are left out. */
export function transfersOf(node: NodeServices, sees: (imageId: string) => boolean): NodeTransfer[] {
  const { version } = node.state.tables;
  return node
    .transfers()
    .filter(({ versionId }) => {
      const imageId = version.get(versionId)?.imageId;
      return imageId !== undefined && sees(imageId);
    })
    .toSorted((a, b) => key(a).localeCompare(key(b), 'en'));
}

const key = ({ nodeId, versionId }: NodeTransfer): string => `${nodeId} ${versionId}`;
