/** Runs a system tool: an argument list, a deadline, bounded output. Never a shell. */
import { HypervisorError } from '../errors.ts';

/** qemu-img says what is wrong in one line. */
const outputMax = 64 * 1024;
const reasonMax = 500;

export interface ToolResult {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/** Runs it and reports how it ended, whatever that was. Throws `tool_missing` and `tool_deadline`. */
export async function tryTool(argv: string[], deadlineMs: number): Promise<ToolResult> {
  const tool = argv[0] ?? '';
  let child: Bun.Subprocess<'ignore', 'pipe', 'pipe'>;
  try {
    child = Bun.spawn(argv, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: deadlineMs,
      killSignal: 'SIGKILL',
      maxBuffer: outputMax,
      env: { PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    });
  } catch (cause) {
    throw new HypervisorError('hypervisor.tool_missing', { tool }, { cause });
  }
  const startedAt = performance.now();
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (child.signalCode !== null && performance.now() - startedAt >= deadlineMs) {
    throw new HypervisorError('hypervisor.tool_deadline', { tool, afterMs: deadlineMs });
  }
  return { stdout, stderr, exitCode };
}

/** Runs it and throws `tool_failed` unless it ends well. */
export async function runTool(argv: string[], deadlineMs: number): Promise<string> {
  const { stdout, stderr, exitCode } = await tryTool(argv, deadlineMs);
  if (exitCode === 0) return stdout;
  const reason = stderr.trim().slice(0, reasonMax);
  throw new HypervisorError('hypervisor.tool_failed', { tool: argv[0] ?? '', exitCode, reason });
}
