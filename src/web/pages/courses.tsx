/** Courses: who learns with which images. */
import { Hono } from 'hono';
import { type Course, coursesOf } from '../../state/index.ts';
import { Empty, Head, LinkButton, Refused } from '../components/bits.tsx';
import { EntryForm } from '../components/forms.tsx';
import { Page } from '../components/page.tsx';
import { type View, viewOf } from '../components/view.ts';
import { authorOf, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { oneCoursePages, teacherNames } from './course.tsx';
import { CourseFields, courseOf } from './course-fields.tsx';
import { needAdminRole } from './need.ts';
import { attempt, emptyForm, type Form, goTo, readForm, show } from './show.ts';

export function coursePages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/', (c) => show(c, <Courses v={viewOf(c)} />))
    .get('/add', (c) => {
      needAdminRole(c);
      return show(c, <Add v={viewOf(c)} form={emptyForm} problem={null} />);
    })
    .post('/add', async (c) => {
      const form = await readForm(c);
      const id = c.get('node').newId();
      const course = { id, ...courseOf(form) };
      const problem = await attempt(c, () => c.get('node').submit('course.add', course, authorOf(c)));
      if (problem === null) return goTo(c, `/courses/${id}`, 'saved');
      return show(c, <Add v={viewOf(c)} form={form} problem={problem} />, problem.status);
    })
    .route('/:id', oneCoursePages());
}

function Courses({ v }: { v: View }) {
  const words = v.t.courses;
  const courses = coursesOf(v.state, v.actor).toReversed();
  const empty = { student: words.emptyStudent, teacher: words.emptyTeacher, admin: words.emptyAdmin }[v.role];
  const add =
    v.role === 'admin' ? (
      <LinkButton href="/courses/add" icon="add" main>
        {words.add}
      </LinkButton>
    ) : null;
  return (
    <Page v={v} title={words.title} topics={['courses', 'images']}>
      <Head title={words.title} lead={words.lead}>
        {courses.length === 0 ? null : add}
      </Head>
      {courses.length === 0 ? (
        <Empty icon="courses" title={words.emptyTitle} text={empty}>
          {add}
        </Empty>
      ) : (
        <div class="labs">
          {courses.map((course) => (
            <CourseCard v={v} course={course} />
          ))}
        </div>
      )}
    </Page>
  );
}

function CourseCard({ v, course }: { v: View; course: Course }) {
  const words = v.t.courses;
  const taken = v.state.tables.enrolment.countBy('course', course.id);
  const images = v.state.tables.image.resolve(course.imageIds);
  return (
    <article class="card pad stack" id={`course-${course.id}`}>
      <h2>
        <a href={`/courses/${course.id}`}>{course.name}</a>
      </h2>
      <p class="small soft">
        {v.role === 'student'
          ? teacherNames(v, course)
          : words.taken(v.f.number(taken), v.f.number(course.places))}
      </p>
      <div class="row">
        {images.length === 0 ? <span class="small soft">{words.noImages}</span> : null}
        {images.map((image) => (
          <span class="tag">{image.name}</span>
        ))}
      </div>
    </article>
  );
}

function Add({ v, form, problem }: { v: View; form: Form; problem: Problem | null }) {
  return (
    <Page v={v} title={v.t.courses.add} narrow>
      <Head title={v.t.courses.add} back={{ href: '/courses', text: v.t.courses.title }} />
      <Refused v={v} problem={problem} />
      <EntryForm v={v} action="/courses/add" button={v.t.courses.add} main>
        <CourseFields v={v} form={form} course={null} />
      </EntryForm>
    </Page>
  );
}
