/** The command line. See DESIGN.md. */
import { CommanderError } from 'commander';
import { InterruptedError } from './client.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit.ts';
import type { NodeHooks } from './hooks.ts';
import type { Io } from './io.ts';
import { buildProgram } from './program.ts';
import { reportError, wantsJson } from './report.ts';

export { CliError, type CliErrors } from './errors.ts';
export type { NodeHooks, Restored } from './hooks.ts';
export { type Io, languageOf, processIo } from './io.ts';
export { reportError, wantsJson } from './report.ts';
export type { ListenAddress, UpOptions } from './up-options.ts';
export { VERSION } from './version.ts';

/** What shells use for an end by Ctrl-C: 128 + SIGINT. */
const INTERRUPTED = 130;

/**
 * Carries out one command line.
 * @param argv the words after "labmesh"
 * @returns the exit code
 */
export async function runCli(argv: readonly string[], io: Io, hooks: NodeHooks): Promise<number> {
  let code: ExitCode = EXIT.done;
  const end = (ended: ExitCode) => {
    code = ended;
  };
  const root = buildProgram({ io, end }, hooks);
  try {
    if (argv.length === 0) root.outputHelp();
    else await root.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
    if (error instanceof InterruptedError) return INTERRUPTED;
    reportError(error, io, wantsJson(argv));
    return exitCodeOf(error);
  }
}
