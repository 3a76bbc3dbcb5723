/** The words of the command line, read from the commands themselves so that completion never lags behind. */
import type { Command } from 'commander';

export interface Node {
  /** The words before, without "labmesh": [] or ["vm"] or ["vm", "start"]. */
  readonly path: readonly string[];
  readonly summary: string;
  readonly verbs: readonly { readonly name: string; readonly summary: string }[];
  readonly options: readonly OptionWord[];
}

export interface OptionWord {
  readonly flag: string;
  readonly summary: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
  /** The value is a file or a folder. */
  readonly file: boolean;
}

/** Options and arguments whose value is a path. */
const FILES: ReadonlySet<string> = new Set(['--data', '--ca', '--libvirt']);

/** Every command, the root first. */
export function wordsOf(root: Command): Node[] {
  const shared = optionsOf(root);
  const nodes: Node[] = [];
  const visit = (command: Command, path: readonly string[]) => {
    const below = command.commands.filter((one) => one.name() !== 'help');
    nodes.push({
      path,
      summary: command.description(),
      verbs: below.map((one) => ({ name: one.name(), summary: one.description() })),
      options: path.length === 0 ? shared : [...optionsOf(command), ...shared],
    });
    for (const one of below) visit(one, [...path, one.name()]);
  };
  visit(root, []);
  return nodes;
}

function optionsOf(command: Command): OptionWord[] {
  return command.options.map((one) => ({
    flag: one.long ?? one.short ?? '',
    summary: one.description,
    takesValue: one.required || one.optional,
    choices: one.argChoices ?? [],
    file: FILES.has(one.long ?? ''),
  }));
}
