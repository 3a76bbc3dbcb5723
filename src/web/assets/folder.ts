import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** A file under static/: its path in the page's URLs, its place on disk, its content. */
export interface FileOfFolder {
  readonly path: string;
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** Every file under a folder, by path; hidden ones are not for the page. */
export function filesOf(folder: string): readonly FileOfFolder[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => ({ path: `/static/${relative(folder, file)}`, file, bytes: readFileSync(file) }));
}
