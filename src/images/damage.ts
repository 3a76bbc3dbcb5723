/** Chunks on this disk that are not what they were. */
import { PresentBitmap } from './bitmap.ts';
import { withFile } from './durable.ts';
import type { VersionPaths } from './layout.ts';
import { chunkCount, chunkHash, chunkLength, type Manifest } from './manifest.ts';

/**
 * Takes damaged chunks out of what is here, durably: from then on nothing counts on them, and a fetch brings them again. Those that are to
 * be zeros are made so at once, as nobody sends zeros.
 */
export async function strikeOut(
  paths: VersionPaths,
  manifest: Manifest,
  damaged: readonly number[],
): Promise<void> {
  const zeros = damaged.filter((chunk) => chunkHash(manifest, chunk) === null);
  if (zeros.length > 0) await withFile(paths.disk, 'r+', (disk) => clean(disk, manifest, zeros));
  await withFile(paths.present, 'r+', async (file) => {
    const present = PresentBitmap.read(await file.readFile(), chunkCount(manifest));
    if (present === null) return; // the next start says so
    for (const chunk of damaged) if (chunkHash(manifest, chunk) !== null) present.clear(chunk);
    await file.write(present.bytes, 0, present.bytes.length, 0);
    await file.datasync();
  });
}

type Handle = Parameters<Parameters<typeof withFile>[2]>[0];

async function clean(disk: Handle, manifest: Manifest, chunks: readonly number[]): Promise<void> {
  for (const chunk of chunks) {
    const zeros = new Uint8Array(chunkLength(manifest, chunk));
    await disk.write(zeros, 0, zeros.length, chunk * manifest.chunkBytes);
  }
  await disk.datasync();
}
