/** `labmesh cloud restore`: an empty data folder becomes the only node of the cloud that a backup holds. */
import { join } from 'node:path';
import type { Restored } from './cli/index.ts';
import { readBackup, restoreBackup } from './election/index.ts';
import { jsonLogger, openIdentity } from './node/index.ts';

/** @throws LabmeshError `backup.*`, `log.*`, `node.data_dir` */
export async function restoreNode(file: string, data: string): Promise<Restored> {
  // Read to its end first: a folder is not touched for a file that is no backup.
  const header = await readBackup(file, () => {});
  // The node that made the backup goes on as itself, so that its VMs and images are its own again.
  const { nodeId } = await openIdentity(data, () => header.nodeId, Date.now());
  const restored = await restoreBackup({ file, dir: join(data, 'log'), nodeId, logger: jsonLogger('warn') });
  return { takenAt: restored.atMs, records: restored.records };
}
