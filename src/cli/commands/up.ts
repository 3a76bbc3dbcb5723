/** `up`: run this PC's node. */
import type { Command } from 'commander';
import { EXIT } from '../exit.ts';
import type { NodeHooks } from '../hooks.ts';
import { addUpOptions, type UpFlags, upOptions } from '../up-options.ts';
import { addVerb, type Program } from '../verb.ts';

export function addUpVerb(program: Program, root: Command, hooks: NodeHooks): void {
  const up = addVerb<UpFlags>(
    program,
    root,
    'up',
    'run the node of this PC until Ctrl-C; its VMs go on without it',
    [
      ['up', 'with everything at its default'],
      ['up --data /srv/labmesh --web 0.0.0.0:443 --name pc-3', ''],
      ['up --no-host', 'take part without running VMs'],
    ],
    async (session, _args, flags) => {
      const code = await hooks.up(upOptions(flags, session.data, session.io.cwd));
      return code === 0 ? undefined : EXIT.failed;
    },
  );
  addUpOptions(up);
}
