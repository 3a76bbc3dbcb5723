/** The parts of the start form beyond the size: hours, what happens to the work, and what few need. */
import { coursesOf, type Image, isEnrolled, setting } from '../../state/index.ts';
import { Field, Select } from '../components/bits.tsx';
import type { View } from '../components/view.ts';
import type { Form } from './show.ts';

export function Hours({ v, form }: { v: View; form: Form }) {
  const min = setting(v.state, 'lease.min_hours');
  const max = setting(v.state, 'lease.max_hours');
  // Two hours: a usual class. Where the bounds exclude it, the nearest.
  const chosen = Number(form.text('hours')) || Math.min(max, Math.max(min, 2));
  const all = Array.from({ length: max - min + 1 }, (_, n) => min + n);
  if (all.length > 12) {
    return (
      <Field
        name="hours"
        label={v.t.start.hours}
        type="number"
        min={min}
        max={max}
        step="1"
        value={String(chosen)}
        hint={v.t.start.hoursHint}
        short
        required
      />
    );
  }
  return (
    <fieldset>
      <legend>{v.t.start.hours}</legend>
      <div class="choices hours">
        {all.map((hours) => (
          <label class="choice">
            <input type="radio" name="hours" value={String(hours)} checked={hours === chosen} required />
            <span class="title">{v.t.start.hour(hours)}</span>
          </label>
        ))}
      </div>
      <p class="small soft">{v.t.start.hoursHint}</p>
    </fieldset>
  );
}

export function Keep({ v, clean }: { v: View; clean: boolean }) {
  const words = v.t.start;
  return (
    <fieldset class="now-only">
      <legend>{words.keep}</legend>
      <div class="choices">
        <label class="choice">
          <input type="radio" name="keep" value="keep" checked={!clean} />
          <span class="title">{words.keepTitle}</span>
          <span class="detail">{words.keepText}</span>
        </label>
        <label class="choice">
          <input type="radio" name="keep" value="clean" checked={clean} />
          <span class="title">{words.cleanTitle}</span>
          <span class="detail">{words.cleanText}</span>
        </label>
      </div>
    </fieldset>
  );
}

export function More({ v, image, form }: { v: View; image: Image; form: Form }) {
  const words = v.t.start;
  const courses = coursesOf(v.state, v.actor).filter((course) => course.imageIds.includes(image.id));
  const own = courses.find((one) => v.actor !== null && isEnrolled(v.state, v.actor.id, one.id));
  const nodes = v.role === 'admin' ? v.state.tables.node.all() : [];
  const typed = ['name', 'ssh', 'pin', 'batch', 'unbroken'].some((name) => form.text(name) !== '');
  return (
    <details class="more now-only" id="more" open={typed}>
      <summary>{words.more}</summary>
      <div class="stack">
        <Field
          name="name"
          label={words.name}
          value={form.text('name')}
          hint={words.nameHint}
          maxlength={63}
        />
        {courses.length === 0 ? null : (
          <Select
            name="course"
            label={words.course}
            value={form.has('course') ? form.text('course') : (own?.id ?? '')}
            options={[
              ...(v.role === 'student' ? [] : [['', words.noCourse] as const]),
              ...courses.map((course) => [course.id, course.name] as const),
            ]}
          />
        )}
        <Tick
          name="batch"
          text={v.t.plan.start.batch}
          hint={v.t.plan.start.batchHint}
          on={form.flag('batch')}
        />
        {v.role === 'student' ? null : (
          <Tick
            name="unbroken"
            text={v.t.plan.start.unbroken}
            hint={v.t.plan.start.unbrokenHint}
            on={form.flag('unbroken')}
          />
        )}
        <div class="field">
          <label for="ssh">{words.ssh}</label>
          <textarea
            class="input mono"
            id="ssh"
            name="ssh"
            rows={3}
            spellcheck={false}
            aria-describedby="ssh-hint"
          >
            {form.text('ssh')}
          </textarea>
          <p class="hint" id="ssh-hint">
            {words.sshHint}
          </p>
        </div>
        {nodes.length < 2 ? null : (
          <Select
            name="pin"
            label={words.pin}
            value={form.text('pin')}
            options={[['', words.pinAny], ...nodes.map((node) => [node.id, node.name] as const)]}
          />
        )}
      </div>
    </details>
  );
}

export function Tick(props: { name: string; text: string; hint: string; on: boolean }) {
  return (
    <label class="check">
      <input type="checkbox" name={props.name} value="yes" checked={props.on} />
      <span>{props.text}</span>
      <span class="hint soft">{props.hint}</span>
    </label>
  );
}
