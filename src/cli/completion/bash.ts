import type { Node } from './words.ts';

/**
 * The script for bash. Words are letters, digits, dots and dashes only, so they need no quoting.
 * Format: the Programmable Completion chapter of the bash manual.
 */
export function bashScript(nodes: readonly Node[]): string {
  const verbs = nodes.map(
    ({ path, verbs }) => `    '${path.join(' ')}') echo '${verbs.map((one) => one.name).join(' ')}' ;;`,
  );
  const options = nodes.map(
    ({ path, options }) =>
      `    '${path.join(' ')}') echo '${[...options.map((one) => one.flag), '--help'].join(' ')}' ;;`,
  );
  const all = nodes.flatMap((node) => node.options);
  const choices = new Map(
    all.filter((one) => one.choices.length > 0).map((one) => [one.flag, one.choices.join(' ')]),
  );
  const values = [...choices].map(
    ([flag, words]) => `    ${flag}) COMPREPLY=($(compgen -W '${words}' -- "$now")); return ;;`,
  );
  const files = flagsOf(nodes, (one) => one.file);
  const other = flagsOf(nodes, (one) => one.takesValue && !one.file && one.choices.length === 0);
  const taking = flagsOf(nodes, (one) => one.takesValue);
  return `# bash completion for labmesh
_labmesh_verbs() {
  case "$1" in
${verbs.join('\n')}
  esac
}

_labmesh_options() {
  case "$1" in
${options.join('\n')}
  esac
}

_labmesh() {
  local now="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" path='' word skip=0 n
  COMPREPLY=()
  case "$before" in
${values.join('\n')}
    ${files}) COMPREPLY=($(compgen -f -- "$now")); return ;;
    ${other}) return ;;
  esac
  for ((n = 1; n < COMP_CWORD; n++)); do
    word="\${COMP_WORDS[n]}"
    if [[ $skip == 1 ]]; then skip=0; continue; fi
    case "$word" in
      ${taking}) skip=1 ;;
      -*) ;;
      *) if [[ " $(_labmesh_verbs "$path") " == *" $word "* ]]; then path="\${path:+$path }$word"; fi ;;
    esac
  done
  if [[ "$now" == -* ]]; then
    COMPREPLY=($(compgen -W "$(_labmesh_options "$path")" -- "$now"))
    return
  fi
  local verbs
  verbs="$(_labmesh_verbs "$path")"
  if [[ -n "$verbs" ]]; then COMPREPLY=($(compgen -W "$verbs" -- "$now")); return; fi
  case "$path" in
    'completion') COMPREPLY=($(compgen -W 'bash zsh fish' -- "$now")) ;;
    'join'|'image import'|'image export'|'user import'|'cloud backup'|'cloud restore') COMPREPLY=($(compgen -f -- "$now")) ;;
  esac
}

complete -o filenames -F _labmesh labmesh
`;
}

/** Flags of one kind as a pattern of \`case\`. */
function flagsOf(nodes: readonly Node[], keep: (one: Node['options'][number]) => boolean): string {
  const flags = nodes.flatMap((node) => node.options.filter(keep).map((one) => one.flag));
  return [...new Set(flags)].join('|');
}
