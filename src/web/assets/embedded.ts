import type { Encoding } from './describe.ts';

/** A file inside the binary: `file` and those of `encoded` are paths that only the binary itself can read. */
export interface EmbeddedFile {
  readonly path: string;
  readonly type: string;
  readonly etag: string;
  readonly file: string;
  readonly encoded: { readonly [encoding in Encoding]?: string };
}

/** The build replaces this module by one that lists static/; from sources there is no such list, the folder is read. */
export const embedded: readonly EmbeddedFile[] | null = null;
