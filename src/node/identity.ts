/** Who this node is, for good: made at the first start and kept in the data folder. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { idSchema } from '../state/index.ts';
import { NodeError } from './errors.ts';

const identitySchema = z.object({ format: z.literal(1), nodeId: idSchema, createdAt: z.number() });

/**
 * Reads the identity, or makes one from `newId`.
 * @throws NodeError `node.data_dir` when the folder cannot be made or read, `node.identity_damaged`
 */
export async function openIdentity(
  dataDir: string,
  newId: () => string,
  now: number,
): Promise<{ nodeId: string }> {
  const file = join(dataDir, 'node.json');
  try {
    // QEMU's own user must be able to pass through to its disks, but not to list what is here.
    await mkdir(dataDir, { recursive: true, mode: 0o711 });
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (text !== null) return parse(file, text);
    const identity = { format: 1, nodeId: newId(), createdAt: now };
    await writeFile(`${file}.new`, `${JSON.stringify(identity)}\n`, { mode: 0o600, flush: true });
    await rename(`${file}.new`, file);
    return { nodeId: identity.nodeId };
  } catch (error) {
    if (error instanceof NodeError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new NodeError('node.data_dir', { dir: dataDir, reason }, { cause: error });
  }
}

function parse(file: string, text: string): { nodeId: string } {
  try {
    return { nodeId: identitySchema.parse(JSON.parse(text)).nodeId };
  } catch (error) {
    throw new NodeError('node.identity_damaged', { file }, { cause: error });
  }
}

/** Changes with every start of the operating system: tells a restarted node from a restarted PC. */
export async function bootId(): Promise<string> {
  const text = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => 'unknown');
  return text.trim();
}
