/** The students of a course, and the form that enrols more. */
import type { Course, User } from '../../state/index.ts';
import { Csrf } from '../components/bits.tsx';
import type { View } from '../components/view.ts';
import type { Problem } from '../problem.ts';
import type { Form } from './show.ts';

/** The ids of accounts by their sign-in names; or, when there is no name or one is unknown, what to say. */
export function usersNamed(v: View, text: string): string[] | Problem {
  const names = [
    ...new Set(
      text
        .toLowerCase()
        .split(/[\s,;]+/)
        .filter((name) => name !== ''),
    ),
  ];
  const known = names.map((name) => ({ name, user: v.state.tables.user.one('name', name) }));
  const unknown = known.filter((one) => one.user === undefined).map((one) => one.name);
  const words = v.t.courses;
  if (names.length === 0) return refusal(words.noNames, words.noNamesHint);
  if (unknown.length > 0) {
    return refusal(words.unknownNames(v.f.list(unknown.slice(0, 20))), words.unknownNamesHint);
  }
  return known.flatMap((one) => (one.user ? [one.user.id] : []));
}

function refusal(message: string, hint: string): Problem {
  return { status: 422, code: 'not_found', message, hint, data: {} };
}

export function Students({ v, course }: { v: View; course: Course }) {
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

export function Enrol({ v, course, form }: { v: View; course: Course; form: Form }) {
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
