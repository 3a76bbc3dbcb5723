/** Writing so that a power cut leaves the old or the new, never a half. */
import { type FileHandle, open } from 'node:fs/promises';

/** Makes the names in a folder durable (a rename is only safe after this). */
export async function syncFolder(folder: string): Promise<void> {
  await withFile(folder, 'r', (handle) => handle.sync());
}

/** Writes a new file and waits until it is on disk. The name becomes durable with its folder. */
export async function writeDurable(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  await withFile(path, 'wx', async (handle) => {
    await handle.chmod(mode); // not left to the umask
    await handle.writeFile(bytes);
    await handle.sync();
  });
}

/** Opens, works, closes whatever happens. */
export async function withFile<T>(
  path: string,
  flags: string | number,
  work: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  const handle = await open(path, flags, 0o600);
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}
