/** `vm log`: what the system in a VM writes to its serial port. */
import type { Command } from 'commander';
import { InterruptedError, REQUEST_MS } from '../client.ts';
import type { Session } from '../session.ts';
import { plain } from '../table.ts';
import { parseWhole } from '../values.ts';
import { addVerb, type Program } from '../verb.ts';

interface SerialLog {
  readonly text: string;
  /** Of the whole log: where the next part begins. */
  readonly totalBytes: number;
  /** Bytes between the part before and this one that were too many to send. */
  readonly skipped: number;
}

/** The end of a boot fits well into this. */
const DEFAULT_KB = 64;
const MAX_KB = 1024;
/** One request of --follow waits so long for more; far below what a proxy between would cut off. */
const WAIT_SECONDS = 10;

export function addVmLog(program: Program, vm: Command): void {
  addVerb<{ follow?: boolean; kb?: number }>(
    program,
    vm,
    'log <vm>',
    "show the end of a VM's serial log",
    [
      ['vm log web', ''],
      ['vm log web --follow', 'go on until Ctrl-C or --timeout'],
    ],
    async (session, [name = ''], flags) => {
      if (flags.follow && session.json)
        throw session.usage('--follow has no end, so it cannot be one JSON value.');
      const maxBytes = (flags.kb ?? DEFAULT_KB) * 1024;
      const first = await session.client.get<SerialLog>(['vms', name, 'log'], { maxBytes });
      session.answer(first, () => ending(plain(first.text), flags.follow === true));
      if (flags.follow) await follow(session, name, first.totalBytes);
      return undefined;
    },
  )
    .option('--follow', 'print what is added')
    .option('--kb <n>', `how much of its end (default: ${DEFAULT_KB})`, parseWhole(1, MAX_KB));
}

async function follow(session: Session, name: string, start: number): Promise<void> {
  const until = session.timeoutMs === null ? Number.POSITIVE_INFINITY : performance.now() + session.timeoutMs;
  let from = start;
  while (performance.now() < until && !session.io.interrupted.aborted) {
    try {
      const wait = Math.min(WAIT_SECONDS, (until - performance.now()) / 1000);
      const query = { from, wait, maxBytes: MAX_KB * 1024 };
      const part = await session.client.get<SerialLog>(['vms', name, 'log'], query, REQUEST_MS);
      from = part.totalBytes;
      if (part.skipped > 0) session.note(`(${part.skipped} bytes left out)`);
      session.io.out(plain(part.text));
    } catch (error) {
      if (error instanceof InterruptedError) return; // Ctrl-C is how one stops following
      throw error;
    }
  }
}

/** A prompt after the log begins on its own line. */
function ending(text: string, goesOn: boolean): string {
  return goesOn || text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
