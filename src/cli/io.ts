/** What a command sees of the outside world, handed in so that tests can be the terminal. */
import { createInterface } from 'node:readline';
import type { Lang } from '../texts/index.ts';

export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Standard output: the command's answer and nothing else. */
  out(text: string): void;
  /** Standard error: progress, remarks, refusals. */
  err(text: string): void;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  readonly inIsTerminal: boolean;
  /** Width of the terminal in columns. */
  readonly columns: number;
  /** All of standard input, at most `maxBytes`. */
  readInput(maxBytes: number): Promise<string>;
  /** Asks on the terminal; null when it was interrupted. */
  ask(question: string): Promise<string | null>;
  /** Asks on the terminal without showing what is typed; null when it was interrupted. */
  askHidden(question: string): Promise<string | null>;
  /** Aborts when the person presses Ctrl-C. */
  readonly interrupted: AbortSignal;
}

/** Width for outputs that are no terminal: wide enough that a table is never cut. */
const WIDE = 10_000;

export function processIo(): Io {
  const { stdin, stdout, stderr } = process;
  const interruption = new AbortController();
  process.once('SIGINT', () => {
    interruption.abort();
    // A second Ctrl-C must always end the command.
    process.once('SIGINT', () => process.exit(130));
  });
  return {
    env: process.env,
    cwd: process.cwd(),
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    outIsTerminal: stdout.isTTY === true,
    errIsTerminal: stderr.isTTY === true,
    inIsTerminal: stdin.isTTY === true,
    columns: stdout.isTTY ? stdout.columns || 80 : WIDE,
    readInput,
    ask: (question) => ask(question, interruption.signal),
    askHidden,
    interrupted: interruption.signal,
  };
}

async function readInput(maxBytes: number): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of process.stdin) {
    const bytes = Buffer.from(piece);
    size += bytes.length;
    pieces.push(bytes);
    if (size >= maxBytes) break;
  }
  return Buffer.concat(pieces).subarray(0, maxBytes).toString('utf8');
}

function ask(question: string, interrupted: AbortSignal): Promise<string | null> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    lines.once('close', () => resolve(null)); // Ctrl-C, Ctrl-D
    interrupted.addEventListener('abort', () => lines.close(), { once: true });
    lines.question(question, (answer) => {
      resolve(answer);
      lines.close();
    });
  });
}

function askHidden(question: string): Promise<string | null> {
  const { stdin, stderr } = process;
  stderr.write(question);
  // Raw mode: the terminal echoes nothing and sends each key; editing is ours.
  stdin.setRawMode(true);
  stdin.resume();
  stdin.setEncoding('utf8');
  return new Promise((resolve) => {
    let typed = '';
    const finish = (answer: string | null) => {
      stdin.off('data', onData);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
      resolve(answer);
    };
    const onData = (text: string) => {
      for (const key of text) {
        if (key === '\r' || key === '\n') return finish(typed);
        if (key === '\u0003' || key === '\u0004') return finish(null);
        if (key === '\u007f' || key === '\b') typed = [...typed].slice(0, -1).join('');
        else if (key === '\u0015') typed = '';
        else if (key >= ' ') typed += key;
      }
    };
    stdin.on('data', onData);
  });
}

/** The language of a terminal: LABMESH_LANG, else what the locale says (POSIX order), else English. */
export function languageOf(env: Io['env']): Lang {
  const locale = env.LABMESH_LANG || env.LC_ALL || env.LC_MESSAGES || env.LANG || '';
  return /^es([_.@-]|$)/i.test(locale) ? 'es' : 'en';
}
