/** How a command says that it failed: a sentence on standard error, with --json also the error as JSON on standard output. */
import { LabmeshError } from '../state/errors.ts';
import { describe, isKnownCode } from '../texts/index.ts';
import { RefusedError } from './exit.ts';
import { type Io, languageOf } from './io.ts';
import { paintFor } from './paint.ts';
import { plain } from './table.ts';

export function reportError(error: unknown, io: Io, json: boolean): void {
  const lang = languageOf(io.env);
  const known =
    error instanceof LabmeshError ? error : new LabmeshError('internal', { reference: reasonOf(error) });
  const said =
    error instanceof RefusedError && error.said ? error.said : describe(known.code, known.data, lang);
  const { code, data } = known;
  const paint = paintFor(io, 'err');
  // "internal" and commander's complaints speak for themselves; other codes are what support asks for.
  const tail =
    code === 'cli.usage' || !(isKnownCode(code) || error instanceof RefusedError)
      ? ''
      : paint.faint(` (${code})`);
  io.err(`${paint.bad(plain(said.message))}\n${plain(said.hint)}${tail}\n`);
  // For whoever mends labmesh itself; people are spared it.
  if (io.env.LABMESH_DEBUG && error instanceof Error) io.err(`${error.stack ?? ''}\n`);
  if (json) io.out(`${JSON.stringify({ code, message: said.message, hint: said.hint, data })}\n`);
}

function reasonOf(error: unknown): string {
  return error instanceof Error
    ? `${error.name}: ${error.message}`.slice(0, 200)
    : String(error).slice(0, 200);
}

/** Whether JSON was asked for, even where the command line could not be understood. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end < 0 ? argv : argv.slice(0, end)).includes('--json');
}
