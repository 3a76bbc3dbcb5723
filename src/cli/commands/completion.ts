/** `completion`: a script that lets a shell complete commands and options with Tab. */
import { Argument, type Command } from 'commander';
import { bashScript } from '../completion/bash.ts';
import { fishScript } from '../completion/fish.ts';
import { wordsOf } from '../completion/words.ts';
import { zshScript } from '../completion/zsh.ts';
import { addVerb, type Program } from '../verb.ts';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

export function addCompletionVerb(program: Program, root: Command): void {
  const command = addVerb(
    program,
    root,
    'completion',
    'print the script for completion with Tab',
    [
      ['completion bash > /etc/bash_completion.d/labmesh', ''],
      ['completion zsh > /usr/local/share/zsh/site-functions/_labmesh', ''],
      ['completion fish > ~/.config/fish/completions/labmesh.fish', ''],
    ],
    async (session, [shell = '']) => {
      const write = shell === 'zsh' ? SCRIPTS.zsh : shell === 'fish' ? SCRIPTS.fish : SCRIPTS.bash;
      const script = write(wordsOf(root));
      session.answer({ shell, script }, () => script);
      return undefined;
    },
  );
  command.addArgument(new Argument('<shell>', 'your shell').choices(Object.keys(SCRIPTS)));
}
