/** Passwords come from standard input or are asked for without an echo; never from the command line, where others can see them. */
import { InterruptedError } from './client.ts';
import { CliError } from './errors.ts';
import type { Io } from './io.ts';

/** The API takes no longer one. */
const MAX_BYTES = 1024;

/** The first line of standard input. @throws CliError `cli.password_empty` */
export async function readPassword(io: Io): Promise<string> {
  const input = await io.readInput(MAX_BYTES);
  const line = input.split(/\r?\n/, 1)[0] ?? '';
  if (line === '') throw new CliError('cli.password_empty', {});
  return line;
}

/** A new password, from standard input or typed twice. @throws CliError `cli.password_*`, `cli.no_terminal` */
export async function newPasswordFrom(io: Io, fromInput: boolean, name: string): Promise<string> {
  if (fromInput) return readPassword(io);
  if (!io.inIsTerminal || !io.errIsTerminal)
    throw new CliError('cli.no_terminal', { option: '--password-stdin' });
  const first = await io.askHidden(`New password for ${name}: `);
  if (first === null) throw new InterruptedError();
  if (first === '') throw new CliError('cli.password_empty', {});
  const second = await io.askHidden('Once more: ');
  if (second === null) throw new InterruptedError();
  if (first !== second) throw new CliError('cli.password_differs', {});
  return first;
}
