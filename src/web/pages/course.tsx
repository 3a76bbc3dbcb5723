/** One course: its images, its people, its changes, its end. */
import { Hono } from 'hono';
import { type Course, isTeacherOf } from '../../state/index.ts';
import { Csrf, Head, Refused } from '../components/bits.tsx';
import { ConfirmPage } from '../components/confirm.tsx';
import { Icon } from '../components/icon.tsx';
import { Page } from '../components/page.tsx';
import { type View, viewOf } from '../components/view.ts';
import { authorOf, type WebContext, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { CourseFields, courseOf } from './course-fields.tsx';
import { CourseImages } from './course-images.tsx';
import { Enrol, Students, usersNamed } from './course-students.tsx';
import { needAdminRole, needCourse } from './need.ts';
import { attempt, emptyForm, type Form, goTo, readForm, show } from './show.ts';

export function oneCoursePages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/', (c) =>
      show(c, <OneCourse v={viewOf(c)} course={needCourse(c)} form={emptyForm} problem={null} />),
    )
    .post('/', (c) =>
      change(c, 'saved', (course, form) =>
        c.get('node').submit('course.update', { id: course.id, ...courseOf(form) }, authorOf(c)),
      ),
    )
    .post('/enrol', enrol)
    .post('/unenrol', (c) =>
      change(c, 'unenrolled', (course, form) =>
        c.get('node').submit('course.unenrol', { id: course.id, userIds: [form.text('user')] }, authorOf(c)),
      ),
    )
    .post('/link', (c) =>
      change(c, 'linked', (course, form) =>
        c.get('node').submit('course.link', { id: course.id, imageId: form.text('image') }, authorOf(c)),
      ),
    )
    .post('/unlink', (c) =>
      change(c, 'unlinked', (course, form) =>
        c.get('node').submit('course.unlink', { id: course.id, imageId: form.text('image') }, authorOf(c)),
      ),
    )
    .get('/delete', (c) => {
      needAdminRole(c);
      return show(c, <Delete v={viewOf(c)} course={needCourse(c)} problem={null} />);
    })
    .post('/delete', async (c) => {
      const course = needCourse(c);
      const problem = await attempt(c, () =>
        c.get('node').submit('course.remove', { id: course.id }, authorOf(c)),
      );
      if (problem === null) return goTo(c, '/courses', 'removed');
      return show(c, <Delete v={viewOf(c)} course={course} problem={problem} />, problem.status);
    });
}

/** Changes a course; refused, its page comes back with the reason and what was typed. */
async function change(
  c: WebContext,
  done: string,
  work: (course: Course, form: Form) => Promise<unknown>,
): Promise<Response> {
  const course = needCourse(c);
  const form = await readForm(c);
  const problem = await attempt(c, () => work(course, form));
  if (problem === null) return goTo(c, `/courses/${course.id}`, done);
  return show(c, <OneCourse v={viewOf(c)} course={course} form={form} problem={problem} />, problem.status);
}

/** Enrols by sign-in names: all, or, when one is unknown, none. */
async function enrol(c: WebContext): Promise<Response> {
  const course = needCourse(c);
  const form = await readForm(c);
  const v = viewOf(c);
  const named = usersNamed(v, form.text('names'));
  const problem = Array.isArray(named)
    ? await attempt(c, () => v.node.submit('course.enrol', { id: course.id, userIds: named }, authorOf(c)))
    : named;
  if (problem === null) return goTo(c, `/courses/${course.id}`, 'enrolled');
  return show(c, <OneCourse v={v} course={course} form={form} problem={problem} />, problem.status);
}

interface OneCourseProps {
  v: View;
  course: Course;
  form: Form;
  problem: Problem | null;
}

function OneCourse({ v, course, form, problem }: OneCourseProps) {
  const words = v.t.courses;
  const taken = v.state.tables.enrolment.countBy('course', course.id);
  const runs = isTeacherOf(v.actor, course);
  return (
    <Page v={v} title={course.name} topics={[`course:${course.id}`, 'images']}>
      <Head
        title={course.name}
        lead={runs ? words.taken(v.f.number(taken), v.f.number(course.places)) : teacherNames(v, course)}
        back={{ href: '/courses', text: words.title }}
      />
      <Refused v={v} problem={problem} />
      <div class="columns">
        <div class="stack">
          <CourseImages v={v} course={course} runs={runs} />
          {runs ? <Students v={v} course={course} /> : null}
        </div>
        {runs ? (
          <div class="stack">
            <Enrol v={v} course={course} form={form} />
            <section class="card pad stack">
              <h2>{words.teachers}</h2>
              <p>{teacherNames(v, course)}</p>
            </section>
            {v.role === 'admin' ? <Edit v={v} course={course} form={form} /> : null}
          </div>
        ) : null}
      </div>
    </Page>
  );
}

export function teacherNames(v: View, course: Course): string {
  const names = v.state.tables.user.resolve(course.teacherIds).map((one) => one.fullName);
  return names.length === 0 ? v.t.courses.noTeachers : v.f.list(names);
}

function Edit({ v, course, form }: { v: View; course: Course; form: Form }) {
  return (
    <section class="card pad stack">
      <h2>{v.t.courses.edit}</h2>
      <form class="form" method="post" action={`/courses/${course.id}`} id="edit">
        <Csrf v={v} />
        <CourseFields v={v} form={form} course={course} />
        <button class="button" type="submit">
          {v.t.words.save}
        </button>
      </form>
      <a class="button danger" href={`/courses/${course.id}/delete`} data-ask>
        <Icon name="trash" />
        {v.t.courses.delete}
      </a>
    </section>
  );
}

function Delete({ v, course, problem }: { v: View; course: Course; problem: Problem | null }) {
  const words = v.t.courses;
  const enrolled = v.state.tables.enrolment.countBy('course', course.id);
  const back = `/courses/${course.id}`;
  return (
    <ConfirmPage
      v={v}
      title={words.deleteTitle(course.name)}
      loss={words.deleteLoss(enrolled)}
      button={words.deleteButton}
      action={`${back}/delete`}
      back={back}
      problem={problem}
    />
  );
}
