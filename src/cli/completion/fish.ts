import type { Node } from './words.ts';

/** The script for fish. Format: the \`complete\` page of the fish manual. */
export function fishScript(nodes: readonly Node[]): string {
  const lines = ['# fish completion for labmesh', 'complete -c labmesh -f'];
  for (const { path, verbs, options } of nodes) {
    const at = conditionOf(path, verbs);
    for (const { name, summary } of verbs)
      lines.push(`complete -c labmesh -n ${at} -a ${name} -d ${quoted(summary)}`);
    for (const { flag, summary, takesValue, choices, file } of options) {
      const value =
        choices.length > 0 ? ` -xa ${quoted(choices.join(' '))}` : file ? ' -rF' : takesValue ? ' -x' : '';
      lines.push(`complete -c labmesh -n ${at} -l ${flag.replace(/^--/, '')}${value} -d ${quoted(summary)}`);
    }
    if (path[0] === 'completion') lines.push(`complete -c labmesh -n ${at} -a 'bash zsh fish'`);
    else if (verbs.length === 0) lines.push(`complete -c labmesh -n ${at} -F`);
  }
  return `${lines.join('\n')}\n`;
}

/** All words of the path were typed, and none of those that follow it. */
function conditionOf(path: readonly string[], verbs: Node['verbs']): string {
  const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
  const next = verbs.map((one) => one.name).join(' ');
  const open = next === '' ? [] : [`not __fish_seen_subcommand_from ${next}`];
  return quoted([...seen, ...open].join('; and ') || 'true');
}

function quoted(text: string): string {
  return `'${text.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}'`;
}
