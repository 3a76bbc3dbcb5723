/** `version`: which labmesh this is, and what it is made of. */
import type { Command } from 'commander';
import { addVerb, type Program } from '../verb.ts';
import { VERSION } from '../version.ts';

export function addVersionVerb(program: Program, root: Command): void {
  addVerb<{ licenses?: boolean }>(
    program,
    root,
    'version',
    'print the version, or the licences of what is inside',
    [
      ['version', ''],
      ['version --licenses', "everybody's licence texts"],
    ],
    async (session, _args, flags) => {
      if (!flags.licenses) {
        session.answer({ name: 'labmesh', version: VERSION, bun: Bun.version }, () => `labmesh ${VERSION}\n`);
        return undefined;
      }
      // Half a megabyte of text that no other verb needs.
      const { licenses } = await import('../licenses.ts');
      session.answer({ licenses }, () => licenses);
      return undefined;
    },
  ).option('--licenses', 'print the licences of everything inside');
}
