/** A file from the web, in a folder of its own that the next start removes. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FOLDER_MODE } from './import.ts';
import type { DownloadedFile } from './interface.ts';
import type { Layout } from './layout.ts';
import type { ImageLimits } from './limits.ts';
import { type DownloadRequest, downloadUrl } from './url/index.ts';

/** @param id a ULID that names its folder. @throws as `ImageStore.download`; nothing is left of it then */
export async function downloadFile(
  layout: Layout,
  { reserveBytes, progressEveryMs }: ImageLimits,
  id: string,
  request: DownloadRequest,
): Promise<DownloadedFile> {
  const { folder } = layout.importing(id);
  const remove = () => rm(folder, { recursive: true, force: true });
  const file = join(folder, nameInUrl(request.url));
  await mkdir(folder, { mode: FOLDER_MODE });
  try {
    await downloadUrl(request, { file, folder, reserveBytes, progressEveryMs });
  } catch (error) {
    await remove();
    throw error;
  }
  return { path: file, remove };
}

/** What the file is called where it comes from, safe to be a name here: people find it in messages about the file. */
function nameInUrl(url: string): string {
  const last = URL.parse(url)?.pathname.split('/').at(-1) ?? '';
  return /^[\w][\w.-]{0,99}$/.test(last) ? last : 'download';
}
