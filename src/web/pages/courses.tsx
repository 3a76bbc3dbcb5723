/** Courses: who learns with which images. */
import { Hono } from 'hono';
import { type Course, coursesOf, isTeacherOf, type User, usableImages } from '../../state/index.ts';
import { Csrf, Empty, Field, Head, LinkButton, Refused, Select } from '../components/bits.tsx';
import { ConfirmPage } from '../components/confirm.tsx';
import { Icon } from '../components/icon.tsx';
import { Page } from '../components/page.tsx';
import { type View, viewOf } from '../components/view.ts';
import { authorOf, type WebContext, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { needAdminRole, needCourse } from './need.ts';
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
      const course = {
        id,
        name: form.text('name'),
        places: Number(form.text('places') || Number.NaN),
        teacherIds: form.all('teachers'),
      };
      const problem = await attempt(c, () => c.get('node').submit('course.add', course, authorOf(c)));
      if (problem === null) return goTo(c, `/courses/${id}`, 'saved');
      return show(c, <Add v={viewOf(c)} form={form} problem={problem} />, problem.status);
    })
    .get('/:id', (c) =>
      show(c, <OneCourse v={viewOf(c)} course={needCourse(c)} form={emptyForm} problem={null} />),
    )
    .post('/:id', (c) =>
      change(c, 'saved', (course, form) =>
        c.get('node').submit(
          'course.update',
          {
            id: course.id,
            name: form.text('name'),
            places: Number(form.text('places') || Number.NaN),
            teacherIds: form.all('teachers'),
          },
          authorOf(c),
        ),
      ),
    )
    .post('/:id/enrol', enrol)
    .post('/:id/unenrol', (c) =>
      change(c, 'unenrolled', (course, form) =>
        c.get('node').submit('course.unenrol', { id: course.id, userIds: [form.text('user')] }, authorOf(c)),
      ),
    )
    .post('/:id/link', (c) =>
      change(c, 'linked', (course, form) =>
        c.get('node').submit('course.link', { id: course.id, imageId: form.text('image') }, authorOf(c)),
      ),
    )
    .post('/:id/unlink', (c) =>
      change(c, 'unlinked', (course, form) =>
        c.get('node').submit('course.unlink', { id: course.id, imageId: form.text('image') }, authorOf(c)),
      ),
    )
    .get('/:id/delete', (c) => {
      needAdminRole(c);
      return show(c, <Delete v={viewOf(c)} course={needCourse(c)} problem={null} />);
    })
    .post('/:id/delete', async (c) => {
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
  const names = [
    ...new Set(
      form
        .text('names')
        .toLowerCase()
        .split(/[\s,;]+/)
        .filter((name) => name !== ''),
    ),
  ];
  const known = names.map((name) => ({ name, user: v.state.tables.user.one('name', name) }));
  const unknown = known.filter((one) => one.user === undefined).map((one) => one.name);
  const words = v.t.courses;
  if (names.length === 0 || unknown.length > 0) {
    const [message, hint] =
      names.length === 0
        ? [words.noNames, words.noNamesHint]
        : [words.unknownNames(v.f.list(unknown.slice(0, 20))), words.unknownNamesHint];
    const problem: Problem = { status: 422, code: 'not_found', message, hint, data: {} };
    return show(c, <OneCourse v={v} course={course} form={form} problem={problem} />, 422);
  }
  const userIds = known.flatMap((one) => (one.user ? [one.user.id] : []));
  const problem = await attempt(c, () =>
    v.node.submit('course.enrol', { id: course.id, userIds }, authorOf(c)),
  );
  if (problem === null) return goTo(c, `/courses/${course.id}`, 'enrolled');
  return show(c, <OneCourse v={v} course={course} form={form} problem={problem} />, problem.status);
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

function teacherNames(v: View, course: Course): string {
  const names = v.state.tables.user.resolve(course.teacherIds).map((one) => one.fullName);
  return names.length === 0 ? v.t.courses.noTeachers : v.f.list(names);
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

function CourseImages({ v, course, runs }: { v: View; course: Course; runs: boolean }) {
  const words = v.t.courses;
  const images = v.state.tables.image.resolve(course.imageIds);
  const others = runs
    ? usableImages(v.state, v.actor).filter((one) => !course.imageIds.includes(one.id))
    : [];
  return (
    <section class="card plain">
      <h2>{words.images}</h2>
      {images.length === 0 ? <p class="card-foot soft">{words.noImages}</p> : null}
      <ul class="list">
        {images.map((image) => (
          <li id={`linked-${image.id}`}>
            <div>
              <strong>{image.name}</strong>
              <p class="small soft">{v.t.os[image.os]}</p>
            </div>
            <div class="row">
              {image.state === 'ready' ? (
                <LinkButton href={`/labs/start?image=${image.id}`} icon="play">
                  {v.t.act.start}
                  <span class="vh"> {image.name}</span>
                </LinkButton>
              ) : null}
              {runs ? (
                <form method="post" action={`/courses/${course.id}/unlink`} class="inline">
                  <Csrf v={v} />
                  <button class="button quiet" type="submit" name="image" value={image.id}>
                    {words.unlink}
                    <span class="vh"> {image.name}</span>
                  </button>
                </form>
              ) : null}
            </div>
          </li>
        ))}
      </ul>
      {!runs ? null : others.length === 0 ? (
        <p class="card-foot small soft">{words.nothingToLink}</p>
      ) : (
        <form class="card-foot filters" method="post" action={`/courses/${course.id}/link`}>
          <Csrf v={v} />
          <Select
            name="image"
            label={words.link}
            value=""
            options={others.map((one) => [one.id, one.name])}
          />
          <button class="button" type="submit">
            {words.linkButton}
          </button>
        </form>
      )}
    </section>
  );
}

function Students({ v, course }: { v: View; course: Course }) {
  const words = v.t.courses;
  const { enrolment, user } = v.state.tables;
  const students = enrolment
    .by('course', course.id)
    .map((one) => user.get(one.userId))
    .filter((one): one is User => one !== undefined)
    .sort((a, b) => a.fullName.localeCompare(b.fullName, v.lang));
  return (
    <section class="card plain">
      <h2>{words.students}</h2>
      {students.length === 0 ? <p class="card-foot soft">{words.noStudents}</p> : null}
      <ul class="list">
        {students.map((one) => (
          <li id={`student-${one.id}`}>
            <div>
              {one.fullName} <span class="small soft">{one.name}</span>
            </div>
            <form method="post" action={`/courses/${course.id}/unenrol`} class="inline">
              <Csrf v={v} />
              <button class="button quiet small" type="submit" name="user" value={one.id}>
                {words.removeShort}
                <span class="vh">: {words.remove(one.fullName)}</span>
              </button>
            </form>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Enrol({ v, course, form }: { v: View; course: Course; form: Form }) {
  const words = v.t.courses;
  return (
    <section class="card pad stack">
      <h2>{words.enrol}</h2>
      <form class="form" method="post" action={`/courses/${course.id}/enrol`} id="enrol">
        <Csrf v={v} />
        <div class="field">
          <label for="names">{words.enrolNames}</label>
          <textarea
            class="input"
            id="names"
            name="names"
            rows={4}
            aria-describedby="names-hint"
            spellcheck={false}
          >
            {form.text('names')}
          </textarea>
          <p class="hint" id="names-hint">
            {words.enrolHint}
          </p>
        </div>
        <button class="button main" type="submit">
          {words.enrolButton}
        </button>
      </form>
    </section>
  );
}

function Fields({ v, form, course }: { v: View; form: Form; course: Course | null }) {
  const words = v.t.courses;
  const { user } = v.state.tables;
  const teachers = [...user.by('role', 'teacher'), ...user.by('role', 'admin')];
  const chosen = form.has('places') ? form.all('teachers') : (course?.teacherIds ?? []);
  return (
    <>
      <Csrf v={v} />
      <Field
        name="name"
        label={words.name}
        value={form.has('places') ? form.text('name') : course?.name}
        maxlength={63}
        required
      />
      <Field
        name="places"
        label={words.places}
        type="number"
        min={1}
        max={10_000}
        value={form.has('places') ? form.text('places') : String(course?.places ?? 20)}
        hint={words.placesHint}
        short
        required
      />
      <fieldset>
        <legend>{words.teachers}</legend>
        <p class="small soft">{words.teachersHint}</p>
        {teachers.map((one) => (
          <label class="check">
            <input
              type="checkbox"
              name="teachers"
              value={one.id}
              checked={chosen.includes(one.id)}
              id={`teacher-${one.id}`}
            />
            <span>
              {one.fullName} <span class="small soft">{one.name}</span>
            </span>
          </label>
        ))}
      </fieldset>
    </>
  );
}

function Add({ v, form, problem }: { v: View; form: Form; problem: Problem | null }) {
  return (
    <Page v={v} title={v.t.courses.add} narrow>
      <Head title={v.t.courses.add} back={{ href: '/courses', text: v.t.courses.title }} />
      <Refused v={v} problem={problem} />
      <form class="form card pad" method="post" action="/courses/add">
        <Fields v={v} form={form} course={null} />
        <div>
          <button class="button main" type="submit">
            {v.t.courses.add}
          </button>
        </div>
      </form>
    </Page>
  );
}

function Edit({ v, course, form }: { v: View; course: Course; form: Form }) {
  return (
    <section class="card pad stack">
      <h2>{v.t.courses.edit}</h2>
      <form class="form" method="post" action={`/courses/${course.id}`} id="edit">
        <Fields v={v} form={form} course={course} />
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
