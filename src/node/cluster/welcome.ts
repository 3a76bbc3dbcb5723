/** What a newcomer is told when it joins, and keeps in `cloud.json` until the log itself is here. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { NodeError } from '../errors.ts';

const FILE = 'cloud.json';

const memberSchema = z.object({
  nodeId: z.string().max(64),
  peerId: z.string().max(200),
  addresses: z.array(z.string().max(300)).max(16),
});

const welcomeSchema = z.object({
  cloudId: z.string().max(64),
  cloudName: z.string().max(200),
  members: z.array(memberSchema).max(1_000),
});

export type Welcome = z.infer<typeof welcomeSchema>;

/** @throws ZodError when the other side said something else */
export function readWelcome(value: unknown): Welcome {
  return welcomeSchema.parse(value);
}

/** The cloud that this folder joined; null for a founder's. @throws NodeError `node.identity_damaged` */
export async function joinedCloud(dataDir: string): Promise<Welcome | null> {
  const file = join(dataDir, FILE);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  try {
    return welcomeSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new NodeError('node.identity_damaged', { file }, { cause: error });
  }
}

export async function keepWelcome(dataDir: string, welcome: Welcome): Promise<void> {
  const file = join(dataDir, FILE);
  await writeFile(`${file}.new`, `${JSON.stringify(welcome)}\n`, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
}
