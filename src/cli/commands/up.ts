/** `up` and `join`: run this PC's node. */
import type { Command } from 'commander';
import { EXIT } from '../exit.ts';
import type { NodeHooks } from '../hooks.ts';
import { joinToken } from '../join-token.ts';
import type { Session } from '../session.ts';
import { addUpOptions, type UpFlags, type UpOptions, upOptions } from '../up-options.ts';
import { addVerb, type Program } from '../verb.ts';

/** @throws CliError `cli.usage` */
function asked(session: Session, flags: UpFlags): UpOptions {
  if ((flags.tlsCert === undefined) !== (flags.tlsKey === undefined))
    throw session.usage('--tls-cert and --tls-key go together.');
  return upOptions(flags, session.data, session.io.cwd);
}

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
      const code = await hooks.up(asked(session, flags));
      return code === 0 ? undefined : EXIT.failed;
    },
  );
  addUpOptions(up);
}

export function addJoinVerb(program: Program, root: Command, hooks: NodeHooks): void {
  const join = addVerb<UpFlags>(
    program,
    root,
    'join <token-or-file>',
    'make this PC part of the cloud that gave the token, then run its node; afterwards "up" is enough',
    [
      ['join LM1-…', 'the line that "token create" printed on a PC of the cloud'],
      ['join LM1-… --name pc-7 --no-host', 'with the flags of "up"'],
      ['join token.txt', 'from a file: other users of this PC do not see it'],
      ['join - < token.txt', 'from standard input'],
    ],
    async (session, [token = ''], flags) => {
      const text = await joinToken(session, token);
      const code = await hooks.join(asked(session, flags), text);
      return code === 0 ? undefined : EXIT.failed;
    },
  );
  addUpOptions(join);
}
