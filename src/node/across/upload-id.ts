/** An upload's id says which node holds it: `<nodeId>.<id>`. One without a node was begun before there were others. */
import { isUlid } from '../../state/index.ts';

export function uploadIdAt(nodeId: string, id: string): string {
  return `${nodeId}.${id}`;
}

/** Null for what is no upload's id. */
export function splitUploadId(uploadId: string, here: string): { nodeId: string; id: string } | null {
  const [first = '', second, ...more] = uploadId.split('.', 3);
  const [nodeId, id] = second === undefined ? [here, first] : [first, second];
  return more.length === 0 && isUlid(nodeId) && isUlid(id) ? { nodeId, id } : null;
}
