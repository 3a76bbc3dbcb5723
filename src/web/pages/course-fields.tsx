/** The fields of a course, for a new one and for one that is changed. */
import type { Course } from '../../state/index.ts';
import { Field } from '../components/bits.tsx';
import type { View } from '../components/view.ts';
import type { Form } from './show.ts';

/** What the fields say; places that are no number are refused where all is judged. */
export function courseOf(form: Form) {
  return {
    name: form.text('name'),
    places: Number(form.text('places') || Number.NaN),
    teacherIds: form.all('teachers'),
  };
}

export function CourseFields({ v, form, course }: { v: View; form: Form; course: Course | null }) {
  const words = v.t.courses;
  const { user } = v.state.tables;
  const teachers = [...user.by('role', 'teacher'), ...user.by('role', 'admin')];
  const chosen = form.has('places') ? form.all('teachers') : (course?.teacherIds ?? []);
  return (
    <>
      <Field
        name="name"
        label={words.name}
        value={form.typed('name', course?.name ?? '')}
        maxlength={63}
        required
      />
      <Field
        name="places"
        label={words.places}
        type="number"
        min={1}
        max={10_000}
        value={form.typed('places', String(course?.places ?? 20))}
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
