/** The whole command line: every noun with its verbs, and the options that all share. */
import type { Command } from 'commander';
import { addCloudVerbs } from './commands/cloud.ts';
import { addCompletionVerb } from './commands/completion.ts';
import { addCourseVerbs } from './commands/course.ts';
import { addImageVerbs } from './commands/image.ts';
import { addNodeVerbs } from './commands/node.ts';
import { addOperationVerbs } from './commands/operation.ts';
import { addRequestVerbs } from './commands/request.ts';
import { addReservationVerbs } from './commands/reservation.ts';
import { addSettingVerbs, addSizeVerbs } from './commands/setting.ts';
import { addStatusVerbs } from './commands/status.ts';
import { addTokenVerbs } from './commands/token.ts';
import { addJoinVerb, addUpVerb } from './commands/up.ts';
import { addUserVerbs } from './commands/user.ts';
import { addVersionVerb } from './commands/version.ts';
import { addVmVerbs } from './commands/vm.ts';
import { DEFAULT_DATA } from './door.ts';
import type { NodeHooks } from './hooks.ts';
import { parseDuration, parsePath, parseUrl } from './values.ts';
import { exampleText, type Program, Verb } from './verb.ts';
import { VERSION } from './version.ts';

export function buildProgram(program: Program, hooks: NodeHooks): Command {
  const root = new Verb('labmesh')
    .description('Virtual labs from the PCs you already have.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain the command')
    .helpCommand('help [command]', 'explain a command')
    .option('--json', 'answer with one JSON value, for scripts')
    .option('--data <dir>', `data folder of this PC's node (default: ${DEFAULT_DATA})`, parsePath)
    .option('--url <url>', 'talk to the node at this address instead (LABMESH_URL)', parseUrl)
    .option('--token <token>', 'who you are there; better in LABMESH_TOKEN, which others cannot see')
    .option('--ca <file>', "certificate of the cloud's authority, for --url (LABMESH_CA)", parsePath)
    .option('--no-wait', 'do not wait for long work; answer with its operation')
    .option('--timeout <time>', 'wait at most so long, as 90s or 10m; then end with 5', parseDuration)
    .exitOverride()
    .configureOutput({ writeOut: (text) => program.io.out(text), writeErr: (text) => program.io.err(text) })
    .configureHelp({
      showGlobalOptions: true,
      helpWidth: Math.min(program.io.columns, 100),
      sortSubcommands: false,
    });
  addUpVerb(program, root, hooks);
  addJoinVerb(program, root, hooks);
  addStatusVerbs(program, root);
  addTokenVerbs(program, root);
  addNodeVerbs(program, root);
  addImageVerbs(program, root);
  addVmVerbs(program, root);
  addRequestVerbs(program, root);
  addReservationVerbs(program, root);
  addUserVerbs(program, root);
  addCourseVerbs(program, root);
  addSizeVerbs(program, root);
  addSettingVerbs(program, root);
  addOperationVerbs(program, root);
  addCloudVerbs(program, root, hooks);
  addVersionVerb(program, root);
  addCompletionVerb(program, root);
  root.addHelpText(
    'after',
    `${exampleText([
      ['up', "run this PC's node"],
      ['vm start --image demo', 'a new VM'],
      ['vm ls --json', 'for a script'],
    ])}

Names, ids and beginnings of ids are taken everywhere.
Ends with 0 done, 1 failed, 2 wrong usage, 3 refused, 4 nothing answered, 5 timed out waiting.`,
  );
  return root;
}
