/** Parts of a serial log, and waiting for more. */
import type { NodeServices } from '../../node/interface.ts';

/** Reading the end of a file: twice a second looks live and costs nothing. */
const POLL_MS = 500;

interface Part {
  readonly text: string;
  readonly totalBytes: number;
  readonly skipped: number;
}

/** The newest part of a log, or what follows `from`; with `wait`, waits that many seconds for something to follow. */
export async function serialPart(
  node: NodeServices,
  vmId: string,
  { maxBytes, from, wait }: { maxBytes: number; from?: number | undefined; wait: number },
  signal: AbortSignal,
): Promise<Part> {
  const deadline = performance.now() + wait * 1000;
  for (;;) {
    const { text, totalBytes } = await node.serialLog(vmId, maxBytes);
    // A log that is shorter than what was read before was begun anew: the reader gets it from its beginning.
    const known = from === undefined || from > totalBytes ? 0 : from;
    const raw = Buffer.from(text);
    const start = totalBytes - raw.length;
    const fresh = raw.subarray(Math.max(0, known - start));
    const done = from === undefined || fresh.length > 0 || performance.now() >= deadline || signal.aborted;
    if (done)
      return {
        text: fresh.toString(),
        totalBytes,
        skipped: from === undefined ? 0 : Math.max(0, start - known),
      };
    await Bun.sleep(POLL_MS);
  }
}
