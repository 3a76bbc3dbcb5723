/** `labmesh up`: to be wired with the node's services. */
import type { UpOptions } from './cli/index.ts';

export async function runNode(options: UpOptions): Promise<number> {
  throw new Error(`not wired yet: ${options.data}`);
}
