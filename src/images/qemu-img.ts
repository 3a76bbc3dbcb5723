/**
 * Runs `qemu-img` on bytes that nobody vouches for. Files reach it as open descriptors (3 is read, 4 is written), so no path from outside
 * is ever parsed; the driver is named and the backing is switched off, so no header decides what is opened. When the node is root, it runs as
 * `nobody` without capabilities, under limits of memory, time and file size, and dies with the node.
 */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { ImagesError, systemCode } from './errors.ts';
import type { DiskFormat } from './formats/detect.ts';

/** `nobody` exists everywhere and owns nothing. */
export const SANDBOX_ID = 65534;
const SOURCE_FD = 3;
const TARGET_FD = 4;

const MAX_STDOUT = 1024 * 1024;
const MAX_STDERR = 16 * 1024;
// Leaves the PC's user and running VMs their share.
const NICENESS = '5';
// qemu-img opens its two files, an event loop and a few pipes.
const MAX_OPEN_FILES = '64';
const MAX_DETAIL = 300;

export interface ToolRun {
  readonly args: readonly string[];
  readonly sourceFd: number;
  readonly targetFd?: number;
  /** Everybody may read the source; else root's qemu-img keeps the one capability to read it. */
  readonly worldReadable: boolean;
  readonly timeoutMs: number;
  readonly memoryBytes: number;
  /** Largest file that it may write. */
  readonly outputBytes: number;
  readonly signal: AbortSignal;
  /** Gets stdout as it comes, instead of having it collected. What it throws ends the run and is thrown. */
  readonly onStdout?: (text: string) => void;
}

export interface ToolResult {
  readonly exit: number;
  readonly stdout: string;
  /** Last line of what it complained about, without paths of ours. */
  readonly complaint: string;
}

/** The image behind descriptor 3, opened with a named driver and nothing else. */
export function sourceSpec(disk: DiskFormat, part: { offset: number; size: number } | null): string {
  const descriptor = { driver: 'file', filename: `/dev/fd/${SOURCE_FD}`, locking: 'off' };
  const file =
    part === null ? descriptor : { driver: 'raw', offset: part.offset, size: part.size, file: descriptor };
  if (disk === 'raw') return spec(part === null ? { driver: 'raw', file } : file);
  return spec(disk === 'vdi' ? { driver: disk, file } : { driver: disk, backing: null, file });
}

/** The file behind descriptor 4. */
export const targetFile = `/dev/fd/${TARGET_FD}`;

/** Raw bytes behind descriptor 4. */
export const targetSpec = spec({ driver: 'raw', file: { driver: 'file', filename: targetFile } });

function spec(options: object): string {
  return `json:${JSON.stringify(options)}`;
}

/**
 * @throws ImagesError `images.cancelled`, `images.timed_out`, `images.over_limit`, `images.tool_missing`;
 *   an exit other than 0 is returned, because what it means depends on the question.
 */
export async function runQemuImg(run: ToolRun): Promise<ToolResult> {
  if (run.signal.aborted) throw cancelled(run.signal);
  const argv = sandboxed(run);
  const child = spawn(argv[0], argv.slice(1), {
    stdio: ['ignore', 'pipe', 'pipe', run.sourceFd, run.targetFd ?? 'ignore'],
    env: { LC_ALL: 'C', PATH: toolPath(), MALLOC_ARENA_MAX: '2' },
    cwd: '/',
  });
  let timedOut = false;
  const kill = () => child.kill('SIGKILL');
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, run.timeoutMs);
  run.signal.addEventListener('abort', kill, { once: true });
  try {
    let refused: { error: unknown } | null = null;
    const tell = run.onStdout;
    const guarded = (text: string) => {
      if (refused !== null) return;
      try {
        tell?.(text);
      } catch (error) {
        refused = { error };
        kill();
      }
    };
    const stdout = collect(child.stdout, MAX_STDOUT, tell === undefined ? undefined : guarded);
    const stderr = collect(child.stderr, MAX_STDERR);
    const { code, signal } = await new Promise<{ code: number | null; signal: string | null }>(
      (resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code, signal) => resolve({ code, signal }));
      },
    );
    throwRefused(refused);
    if (run.signal.aborted) throw cancelled(run.signal);
    if (timedOut || signal === 'SIGXCPU')
      throw new ImagesError('images.timed_out', { seconds: Math.round(run.timeoutMs / 1000) });
    if (signal === 'SIGXFSZ') throw new ImagesError('images.over_limit', { limit: 'output' });
    if (signal !== null)
      throw new ImagesError('images.tool_failed', { tool: 'qemu-img', detail: `ended by ${signal}` });
    return { exit: code ?? -1, stdout: stdout(), complaint: complaint(stderr()) };
  } catch (error) {
    if (systemCode(error) === 'ENOENT')
      throw new ImagesError('images.tool_missing', { tool: 'qemu-img' }, { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
    run.signal.removeEventListener('abort', kill);
  }
}

function throwRefused(refused: { error: unknown } | null): void {
  if (refused !== null) throw refused.error;
}

function sandboxed(run: ToolRun): [string, ...string[]] {
  const seconds = Math.ceil(run.timeoutMs / 1000);
  const limits = [
    `--as=${run.memoryBytes}`,
    `--cpu=${seconds}`,
    `--fsize=${run.outputBytes}`,
    `--nofile=${MAX_OPEN_FILES}`,
    '--core=0',
  ];
  const rights = ['--no-new-privs', '--pdeathsig=KILL'];
  if (process.getuid?.() === 0) {
    const kept = run.worldReadable ? '-all' : '-all,+dac_read_search';
    rights.push(`--reuid=${SANDBOX_ID}`, `--regid=${SANDBOX_ID}`, '--clear-groups');
    rights.push(`--inh-caps=${kept}`, `--ambient-caps=${kept}`, `--bounding-set=${kept}`);
  }
  return [
    'prlimit',
    ...limits,
    '--',
    'setpriv',
    ...rights,
    '--',
    'nice',
    '-n',
    NICENESS,
    'qemu-img',
    ...run.args,
  ];
}

function toolPath(): string {
  return process.env.PATH ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
}

function collect(stream: Readable | null, limit: number, tell?: (text: string) => void): () => string {
  let text = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (piece: string) => {
    if (tell !== undefined) tell(piece);
    else if (text.length < limit) text += piece;
  });
  return () => text;
}

function complaint(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const last = lines[lines.length - 1] ?? '';
  return last
    .replace(/^qemu-img: /, '')
    .replace(/'?json:\{.*\}'?/g, 'the image')
    .replace(/\/dev\/fd\/\d/g, 'the image')
    .slice(0, MAX_DETAIL);
}

/** The reason that the caller gave for stopping, if it is one of ours; else plainly "cancelled". */
export function cancelled(signal: AbortSignal): ImagesError {
  return signal.reason instanceof ImagesError ? signal.reason : new ImagesError('images.cancelled', {});
}
