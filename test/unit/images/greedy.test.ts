/** Bad input is refused by name, and costs little memory however much it claims or sends: measured, each in a process of its own. */
import { expect, test } from 'bun:test';
import { join } from 'node:path';

/** What a process of ours needs for its buffers and garbage; what is sent or claimed is at least twice that. */
const MOST_MEGABYTES = 56;
/** Both ends of that line are in the process, and 256 go through it. */
const MOST_ON_THE_WEB = 112;

test.each<[string, string, number?]>([
  ['a frame that unpacks to 120 MiB', 'images.wrong_chunk'],
  ['a list of chunks that unpacks to 120 MiB', 'images.wrong_chunk'],
  ['a list of chunks of 512 MiB', 'images.wrong_chunk'],
  ['half a gigabyte behind its answer', 'images.wrong_chunk'],
  ['half a gigabyte for a chunk', 'images.cut_off'],
  ['a manifest that does not end', 'images.over_limit'],
  ['the longest manifest of a small version', 'images.manifest_invalid'],
  ['a piece of an upload that does not end', 'images.upload_piece_too_large'],
  ['a file on the web that does not end', 'images.url_too_large', MOST_ON_THE_WEB],
])(
  'X4 %s: %s, within bounded memory',
  async (name, code, most = MOST_MEGABYTES) => {
    const child = Bun.spawn([process.execPath, join(import.meta.dir, 'greedy.ts'), name], {
      stdout: 'pipe',
      stderr: 'inherit',
      timeout: 50_000,
    });
    const told = JSON.parse(await new Response(child.stdout).text());
    expect(told.code).toBe(code);
    expect(told.megabytes).toBeLessThan(most);
  },
  60_000,
);
