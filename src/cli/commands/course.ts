/** `course`: who learns with which images. */
import type { Command } from 'commander';
import type { CourseRow } from '../answers-people.ts';
import { wholeList } from '../lists.ts';
import type { Session } from '../session.ts';
import { record, table } from '../table.ts';
import { limitOf, parseLimit, parseName, parseWhole } from '../values.ts';
import { addVerb, type Program } from '../verb.ts';

/** More than any university's largest course. */
const MAX_PLACES = 10_000;
/** The cloud's own bound. */
const MAX_VMS = 100_000;

export function addCourseVerbs(program: Program, root: Command): void {
  const course = root.command('course').description('courses: places, students, images');
  addVerb<{ places: number; teacher?: readonly string[] }>(
    program,
    course,
    'add <name>',
    'add a course',
    [['course add Networks --places 20 --teacher juan', '']],
    async (session, [name = ''], { places, teacher }) => {
      const added = await session.client.post<CourseRow>(['courses'], {
        name,
        places,
        teachers: teacher ?? [],
      });
      session.answer(added, () => courseText(added));
      return undefined;
    },
  )
    .requiredOption('--places <n>', 'how many students it takes', parseWhole(1, MAX_PLACES))
    .option('--teacher <user>', 'who teaches it (repeatable)', (one: string, all: readonly string[] = []) => [
      ...all,
      parseName(one),
    ]);
  addVerb(program, course, 'ls', 'list courses', [['course ls', '']], async (session) => {
    const courses = await wholeList<CourseRow>(session, ['courses']);
    const empty = 'No courses yet. Add one with: labmesh course add NAME --places 20\n';
    session.answer(courses, () => (courses.length === 0 ? empty : coursesText(session, courses)));
    return undefined;
  });
  addEdit(program, course);
  addVerb(
    program,
    course,
    'show <course>',
    'show one course with its people and images',
    [['course show Networks', '']],
    async (session, [name = '']) => {
      const found = await session.client.get<CourseRow>(['courses', name]);
      session.answer(found, () => courseText(found));
      return undefined;
    },
  );
  addChange(
    program,
    course,
    'enrol <course> <user...>',
    'enrol',
    'enrol students: all of them, or none when the places do not suffice',
    'course enrol Networks ana luis',
  );
  addChange(
    program,
    course,
    'remove <course> <user...>',
    'unenrol',
    'take students out of a course',
    'course remove Networks luis',
  );
  addChange(
    program,
    course,
    'link <course> <image>',
    'link',
    'let a course use an image',
    'course link Networks debian',
  );
  addChange(
    program,
    course,
    'unlink <course> <image>',
    'unlink',
    'take an image out of a course',
    'course unlink Networks debian',
  );
}

function addEdit(program: Program, course: Command): void {
  addVerb<{ name?: string; places?: number; maxVms?: number | string }>(
    program,
    course,
    'edit <course>',
    'change the name, the places or the limit of VMs of a course',
    [
      ['course edit Networks --places 25', ''],
      ['course edit Networks --max-vms 10', 'at most so many of its VMs run or wait at once'],
      ['course edit Networks --max-vms none', ''],
    ],
    async (session, [name = ''], flags) => {
      if (Object.keys(flags).length === 0) throw session.usage('Name what to change, e.g. --places 25.');
      const { maxVms, ...rest } = flags;
      const body = { ...rest, ...(maxVms === undefined ? {} : { maxVms: limitOf(maxVms) }) };
      const changed = await session.client.request<CourseRow>('PATCH', ['courses', name], { body });
      session.answer(changed, () => courseText(changed));
      return undefined;
    },
  )
    .option('--name <name>', 'what it is called', parseName)
    .option('--places <n>', 'how many students it takes', parseWhole(1, MAX_PLACES))
    .option(
      '--max-vms <n>',
      'how many of its VMs may run or wait at once, or "none"',
      parseLimit('none', MAX_VMS),
    );
}

function addChange(
  program: Program,
  course: Command,
  usage: string,
  action: 'enrol' | 'unenrol' | 'link' | 'unlink',
  summary: string,
  example: string,
): void {
  addVerb(program, course, usage, summary, [[example, '']], async (session, [name = '', ...rest]) => {
    const body = action === 'enrol' || action === 'unenrol' ? { users: rest } : { image: rest[0] ?? '' };
    const changed = await session.client.post<CourseRow>(['courses', name, action], body);
    session.answer(changed, () => courseText(changed));
    return undefined;
  });
}

function coursesText(session: Session, courses: readonly CourseRow[]): string {
  return table(
    courses,
    [
      { title: 'COURSE', of: (one) => one.name, flexible: true },
      { title: 'PLACES', of: (one) => `${one.enrolled}/${one.places}`, right: true },
      { title: 'TEACHERS', of: (one) => names(one.teachers), flexible: true },
      { title: 'IMAGES', of: (one) => names(one.images), flexible: true },
      { title: 'ID', of: (one) => one.id },
    ],
    session.io.columns,
  );
}

function courseText(one: CourseRow): string {
  return record([
    ['Course', one.name],
    ['Id', one.id],
    ['Places', `${one.enrolled} of ${one.places} taken`],
    ['Teachers', names(one.teachers) || 'none'],
    ['Images', names(one.images) || 'none'],
    ['VMs at once', one.maxVms === null ? 'no limit' : String(one.maxVms)],
    ...(one.students === null ? [] : ([['Students', names(one.students) || 'none']] as const)),
  ]);
}

function names(refs: readonly { readonly name: string }[]): string {
  return refs.map((one) => one.name).join(', ');
}
