/** A commander command whose complaints are ours: one named error with one sentence, never a direct exit. */
import { Command, CommanderError, type HelpContext } from 'commander';
import { CliError } from './errors.ts';
import type { ExitCode } from './exit.ts';
import type { Io } from './io.ts';
import { commandName, Session } from './session.ts';

/** What a verb does. The code to end with; nothing: done. */
export type Run<Flags> = (
  session: Session,
  args: readonly string[],
  flags: Flags,
) => Promise<ExitCode | undefined>;

/** What all verbs of one run share. */
export interface Program {
  readonly io: Io;
  /** Ends the run with this code. */
  end(code: ExitCode): void;
}

export class Verb extends Command {
  override createCommand(name?: string): Verb {
    return new Verb(name);
  }

  override error(message: string): never {
    throw new CliError('cli.usage', { problem: this.#problem(message), command: commandName(this) });
  }

  // A noun without a verb: commander would print its help and end with 1.
  override help(context?: HelpContext | ((text: string) => string)): never {
    if (typeof context === 'object' && context.error === true) {
      const verbs = this.visibleVerbs().join(', ');
      this.error(`"${commandName(this)}" needs one of: ${verbs}`);
    }
    this.outputHelp();
    throw new CommanderError(0, 'commander.helpDisplayed', '');
  }

  /** Names of the commands below this one, without `help`. */
  visibleVerbs(): string[] {
    return this.commands.map((one) => one.name()).filter((name) => name !== 'help');
  }

  #problem(message: string): string {
    const text = message
      .replace(/^error: /, '')
      .replace(
        /^unknown command '(.*?)'/s,
        (_, word: string) => `"${commandName(this)}" has no command "${short(word)}".`,
      )
      .replace(
        /^unknown option '(.*?)'/s,
        (_, word: string) => `"${commandName(this)}" has no option "${short(word)}".`,
      )
      .replace(/\s*\(Did you mean (?:one of )?(.*?)\?\)/s, ' Did you mean $1?')
      .replace(/\s+/g, ' ')
      .trim();
    const known = /has no command/.test(text) && !text.includes('Did you mean');
    const whole = known ? `${text} It knows: ${this.visibleVerbs().join(', ')}.` : text;
    const sentence = whole.charAt(0).toUpperCase() + whole.slice(1);
    return /[.?!]$/.test(sentence) ? sentence : `${sentence}.`;
  }
}

/** A mistyped word can be a pasted page: what is quoted of it stays short and on one line. */
function short(word: string): string {
  const clean = word.replace(/\p{Cc}+/gu, ' ');
  return clean.length > 60 ? `${clean.slice(0, 60)}…` : clean;
}

/**
 * Adds a verb.
 * @param usage the verb with its arguments, as "show <vm>"
 * @param examples command lines without the leading "labmesh", each with what it does
 */
export function addVerb<Flags>(
  program: Program,
  parent: Command,
  usage: string,
  summary: string,
  examples: readonly (readonly [string, string])[],
  run: Run<Flags>,
): Command {
  const command = parent.command(usage).description(summary);
  command.addHelpText('after', exampleText(examples));
  return command.action(async () => {
    const session = new Session(program.io, command);
    const code = await run(session, command.args, command.opts<Flags & object>());
    if (code !== undefined) program.end(code);
  });
}

export function exampleText(examples: readonly (readonly [string, string])[]): string {
  if (examples.length === 0) return '';
  const explained = examples.filter(([, what]) => what !== '');
  const widest = Math.max(0, ...explained.map(([line]) => line.length));
  const lines = examples.map(([line, what]) => `  labmesh ${line.padEnd(widest)}  ${what}`.trimEnd());
  return `\nExamples:\n${lines.join('\n')}`;
}
