/**
 * Memory that costs the same for whoever is measured. A virtual machine's host may take free pages back within seconds; the next touch of each then
 * waits for the host, at 2 to 3 s a GiB ten times what a PC's own memory costs. So while something is measured the machine keeps its pages,
 * touched once. Source: the kernel's `mm/free_page_reporting.rst`; an order that no page has ends the reports.
 */
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const ORDER_FILE = '/sys/module/page_reporting/parameters/page_reporting_order';
/** Above the largest order of the kernel's free lists, which is 10. */
const NO_ORDER = '11';
const PIECE = Buffer.alloc(2 ** 20, 1);

/**
 * Keeps the pages until the process ends, and touches so many bytes in `folder`. Where nobody takes pages back, nothing is done.
 * @throws what writing the kernel's setting fails with: whoever is not root cannot measure here what a PC would do
 */
export function steadyMemory(folder: string, bytes: number): void {
  if (!existsSync(ORDER_FILE)) return;
  const before = readFileSync(ORDER_FILE, 'utf8').trim();
  writeFileSync(ORDER_FILE, NO_ORDER);
  process.once('exit', () => writeFileSync(ORDER_FILE, before));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  touch(join(folder, 'touched'), bytes);
}

function touch(path: string, bytes: number): void {
  const file = openSync(path, 'wx');
  try {
    for (let done = 0; done < bytes; done += PIECE.length) writeSync(file, PIECE);
  } finally {
    closeSync(file);
    rmSync(path);
  }
}
