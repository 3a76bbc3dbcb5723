import { quoted } from '../shell-word.ts';
import type { Node, OptionWord } from './words.ts';

/** The script for zsh. Format: "Completion System" in the zsh manual (zshcompsys), functions _arguments and _describe. */
export function zshScript(nodes: readonly Node[]): string {
  return `#compdef labmesh
# zsh completion for labmesh
${nodes.map(functionOf).join('\n')}
if [ "$funcstack[1]" = "_labmesh" ]; then _labmesh "$@"; else compdef _labmesh labmesh; fi
`;
}

function functionOf({ path, verbs, options }: Node): string {
  const name = nameOf(path);
  const specs = options.map((one) => `    ${quoted(specOf(one))}`);
  if (verbs.length === 0) {
    const rest = path[0] === 'completion' ? "'1:shell:(bash zsh fish)'" : "'*:argument:_files'";
    return `${name}() {\n  _arguments -s \\\n${[...specs, `    ${rest}`].join(' \\\n')}\n}`;
  }
  const list = verbs.map((one) => `    ${quoted(`${one.name}:${one.summary.replace(/:/g, '\\:')}`)}`);
  const cases = verbs.map((one) => `      ${one.name}) ${nameOf([...path, one.name])} ;;`);
  return `${name}() {
  local -a verbs
  local state line
  verbs=(
${list.join('\n')}
  )
  _arguments -C \\
${specs.join(' \\\n')} \\
    '1: :->verb' '*:: :->rest'
  case $state in
    verb) _describe command verbs ;;
    rest) case $line[1] in
${cases.join('\n')}
    esac ;;
  esac
}`;
}

function specOf({ flag, summary, takesValue, choices, file }: OptionWord): string {
  const text = `${flag}[${summary.replace(/([[\]:])/g, '\\$1')}]`;
  if (!takesValue) return text;
  if (choices.length > 0) return `${text}:value:(${choices.join(' ')})`;
  return file ? `${text}:file:_files` : `${text}:value: `;
}

function nameOf(path: readonly string[]): string {
  return ['_labmesh', ...path].join('_');
}
