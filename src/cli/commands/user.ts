/** `user`: accounts. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { UserRow } from '../answers-people.ts';
import { CliError } from '../errors.ts';
import { wholeList } from '../lists.ts';
import { newPasswordFrom, readPassword } from '../password.ts';
import type { Session } from '../session.ts';
import { table } from '../table.ts';
import { parseName } from '../values.ts';
import { addVerb, type Program } from '../verb.ts';
import { addUserQuota } from './user-quota.ts';

const ROLES = ['student', 'teacher', 'admin'];
/** Each made-up password costs the node some milliseconds; a faculty's list takes a while. */
const IMPORT_MS = 310_000;
/** The API's own bound for a list. */
const MAX_CSV = 1_048_576;

export function addUserVerbs(program: Program, root: Command): void {
  const user = root.command('user').description('people with an account');
  addAdd(program, user);
  addVerb<{ role?: string }>(
    program,
    user,
    'ls',
    'list accounts',
    [['user ls --role teacher', '']],
    async (session, _args, flags) => {
      const users = await wholeList<UserRow>(session, ['users'], { role: flags.role });
      session.answer(users, () => usersText(session, users));
      return undefined;
    },
  ).addOption(new Option('--role <role>', 'only these').choices(ROLES));
  addPasswd(program, user);
  addUserQuota(program, user);
  addVerb(
    program,
    user,
    'rm <user>',
    'remove an account that owns no VM',
    [['user rm ana', '']],
    async (session, [name = '']) => {
      await session.client.delete(['users', name]);
      session.answer({ removed: name }, () => `${name} is removed.\n`);
      return undefined;
    },
  );
  addImport(program, user);
}

function addAdd(program: Program, user: Command): void {
  addVerb<{ role: string; fullName?: string; passwordStdin?: boolean }>(
    program,
    user,
    'add <name>',
    'add an account; its password is shown once',
    [
      ['user add ana --role student', 'with a password made up for her'],
      ['user add ana --role teacher --full-name "Ana Ruiz" --password-stdin < file', ''],
    ],
    async (session, [name = ''], { role, fullName, passwordStdin }) => {
      const chosen = passwordStdin ? { password: await readPassword(session.io) } : {};
      const full = fullName === undefined ? {} : { fullName };
      const added = await session.client.post<{ user: UserRow; password: string | null }>(['users'], {
        name,
        role,
        ...full,
        ...chosen,
      });
      // With --json the account's fields stand at the top, as in `user ls`.
      session.answer({ ...added.user, password: added.password }, () =>
        added.password === null
          ? `${added.user.name} is added (${added.user.role}).\n`
          : `${added.user.name} is added (${added.user.role}). Password, shown this once: ${added.password}\n`,
      );
      return undefined;
    },
  )
    .addOption(new Option('--role <role>', 'what they may do').choices(ROLES).makeOptionMandatory())
    .option('--full-name <name>', 'as it stands on a list', parseName)
    .option('--password-stdin', 'read the password from the first line of standard input');
}

function addPasswd(program: Program, user: Command): void {
  addVerb<{ passwordStdin?: boolean; generate?: boolean }>(
    program,
    user,
    'passwd <user>',
    'set a password; it is asked for on the terminal, without showing it',
    [
      ['user passwd ana', ''],
      ['user passwd ana --generate', 'one is made up and shown once'],
      ['user passwd ana --password-stdin < file', 'for scripts'],
    ],
    async (session, [name = ''], { passwordStdin, generate }) => {
      if (generate && passwordStdin) throw session.usage('Give either --generate or --password-stdin.');
      const chosen = generate
        ? {}
        : { password: await newPasswordFrom(session.io, passwordStdin === true, name) };
      const set = await session.client.post<{ password: string | null }>(['users', name, 'password'], chosen);
      session.answer({ user: name, password: set.password }, () =>
        set.password === null
          ? `The password of ${name} is set, to be changed at the next sign-in.\n`
          : `Password of ${name}, shown this once: ${set.password}\n`,
      );
      return undefined;
    },
  )
    .option('--password-stdin', 'read the password from the first line of standard input')
    .option('--generate', 'make one up');
}

interface ImportAnswer {
  readonly added: number;
  readonly exists: number;
  readonly refused: number;
  readonly lines: readonly {
    readonly line: number;
    readonly name: string;
    readonly outcome: 'added' | 'exists' | 'refused';
    readonly password: string | null;
    readonly course: string | null;
    readonly problem: { readonly message: string } | null;
  }[];
}

function addImport(program: Program, user: Command): void {
  addVerb<{ dryRun?: boolean }>(
    program,
    user,
    'import <file.csv>',
    'add many accounts from a CSV file with the columns name, full name, role, course',
    [
      ['user import year1.csv --dry-run', 'what would happen'],
      ['user import year1.csv > passwords.txt', 'passwords are shown this once'],
    ],
    async (session, [file = ''], flags) => {
      const bytes = await readList(resolve(session.io.cwd, file));
      const answer = await session.client.request<ImportAnswer>('POST', ['users', 'import'], {
        query: { dryRun: flags.dryRun === true },
        bytes,
        headers: { 'content-type': 'text/csv' },
        timeoutMs: IMPORT_MS,
      });
      session.answer(answer, () => importText(session, answer));
      if (answer.refused === 0) return undefined;
      if (session.json) return 1;
      throw new CliError('cli.users_partly', { added: answer.added, refused: answer.refused });
    },
  ).option('--dry-run', 'change nothing, show what would happen');
}

async function readList(path: string): Promise<Uint8Array> {
  try {
    const bytes = await readFile(path);
    if (bytes.length > MAX_CSV)
      throw new CliError('cli.file_unreadable', { file: path, reason: 'larger than 1 MB' });
    return bytes;
  } catch (error) {
    if (error instanceof CliError) throw error;
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (reason === 'ENOENT') throw new CliError('cli.file_missing', { file: path });
    throw new CliError('cli.file_unreadable', { file: path, reason });
  }
}

function importText(session: Session, answer: ImportAnswer): string {
  return table(
    answer.lines,
    [
      { title: 'LINE', of: (one) => String(one.line), right: true },
      { title: 'NAME', of: (one) => one.name },
      { title: 'OUTCOME', of: (one) => one.outcome },
      { title: 'PASSWORD', of: (one) => one.password ?? '' },
      { title: 'COURSE', of: (one) => one.course ?? '', flexible: true },
      { title: 'WHY', of: (one) => one.problem?.message ?? '', flexible: true },
    ],
    session.io.columns,
  );
}

function usersText(session: Session, users: readonly UserRow[]): string {
  return table(
    users,
    [
      { title: 'NAME', of: (one) => one.name },
      { title: 'FULL NAME', of: (one) => one.fullName, flexible: true },
      { title: 'ROLE', of: (one) => one.role },
      { title: 'COURSES', of: (one) => one.courses.map((course) => course.name).join(', '), flexible: true },
      { title: 'VMS', of: (one) => String(one.vms), right: true },
      { title: 'ID', of: (one) => one.id },
    ],
    session.io.columns,
  );
}
