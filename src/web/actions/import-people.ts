/** A list of people becomes accounts and enrolments, each line on its own. */
import type { NodeServices } from '../../node/interface.ts';
import { type Actor, type Author, LabmeshError, nameKey, type Role } from '../../state/index.ts';
import { WebError } from '../errors.ts';
import { resolveCourse } from '../resolve.ts';
import { parseCsv } from './csv.ts';
import { addUser } from './people.ts';

/** A faculty's new year at once; each password costs 25 ms of a core. */
const MAX_PEOPLE = 1000;
const ROLES: readonly Role[] = ['student', 'teacher', 'admin'];

/** What became of a line, or (dry run) would. */
export interface ImportedLine {
  readonly line: number;
  readonly name: string;
  readonly fullName: string;
  readonly outcome: 'added' | 'exists' | 'refused';
  /** Made up for an added account. */
  readonly password: string | null;
  /** The course in which the person now is. */
  readonly course: string | null;
  /** Why the account or the place in the course was refused. */
  readonly problem: { readonly code: string; readonly data: Readonly<Record<string, unknown>> } | null;
}

/**
 * Reads a CSV with the columns `name`, `full name`, `role` (default student), `course` in any order; only `name` must be there.
 * Lines that cannot be carried out are told and do not stop the others. With `dryRun` nothing is changed.
 * @throws WebError `web.csv` when the file as a whole cannot be read
 */
export async function importPeople(
  node: NodeServices,
  actor: Actor,
  author: Author,
  text: string,
  dryRun: boolean,
): Promise<ImportedLine[]> {
  const [head, ...lines] = parseCsv(text, MAX_PEOPLE + 1);
  const fail = (line: number, reason: 'columns' | 'empty' | 'no_name') =>
    new WebError('web.csv', { line, reason, limit: MAX_PEOPLE });
  if (!head) throw fail(1, 'empty');
  const titles = head.cells.map((title) => title.toLowerCase().replace(/[\s_-]/g, ''));
  const column = (title: string) => titles.indexOf(title);
  if (column('name') < 0) throw fail(head.line, 'no_name');
  if (lines.length === 0) throw fail(head.line + 1, 'empty');
  const bad = lines.find(({ cells }) => cells.length > titles.length);
  if (bad) throw fail(bad.line, 'columns');
  const seen = new Set<string>();
  const results: ImportedLine[] = [];
  for (const { line, cells } of lines) {
    const cell = (title: string) => cells[column(title)] ?? '';
    const person = {
      line,
      name: cell('name').toLowerCase(),
      fullName: cell('fullname'),
      role: cell('role').toLowerCase() || 'student',
      course: cell('course'),
    };
    const twice = seen.has(person.name);
    seen.add(person.name);
    results.push(await importOne(node, actor, author, person, dryRun, twice));
  }
  return results;
}

interface Person {
  readonly line: number;
  readonly name: string;
  readonly fullName: string;
  readonly role: string;
  readonly course: string;
}

async function importOne(
  node: NodeServices,
  actor: Actor,
  author: Author,
  { line, name, fullName, role: roleText, course: courseText }: Person,
  dryRun: boolean,
  twice: boolean,
): Promise<ImportedLine> {
  const base = { line, name, fullName, password: null, course: null, problem: null };
  let added: { password: string | null } | null = null;
  try {
    const role = ROLES.find((one) => one === roleText);
    if (!role)
      throw new LabmeshError('payload.invalid', {
        field: 'role',
        problem: `Invalid option: expected one of "${ROLES.join('"|"')}"`,
      });
    const course = courseText === '' ? null : resolveCourse(node.state, actor, courseText);
    const known = node.state.tables.user.one('name', nameKey(name));
    if (dryRun)
      return { ...base, outcome: known || twice ? 'exists' : 'added', course: course?.name ?? null };
    if (!known) added = await addUser(node, author, { name, fullName, role });
    const userId = known?.id ?? node.state.tables.user.one('name', nameKey(name))?.id;
    if (course && userId) await node.submit('course.enrol', { id: course.id, userIds: [userId] }, author);
    const outcome = added ? 'added' : 'exists';
    return { ...base, outcome, password: added?.password ?? null, course: course?.name ?? null };
  } catch (error) {
    if (!(error instanceof LabmeshError)) throw error;
    const problem = { code: error.code, data: error.data };
    // The account may stand although its place in the course was refused: then its password must still be told.
    return { ...base, outcome: added ? 'added' : 'refused', password: added?.password ?? null, problem };
  }
}
