/** Reserving an hour: what, when, for whom, how often; whether it fits is said while one chooses. */
import { Hono } from 'hono';
import { html } from 'hono/html';
import { type Course, coursesOf, type Image, isTeacherOf, usableImages } from '../../state/index.ts';
import { type ReserveRequest, reserve, smallestSize, usualHours } from '../actions/index.ts';
import { Csrf, Empty, Field, Head, Refused, Select } from '../components/bits.tsx';
import { Icon } from '../components/icon.tsx';
import { Page } from '../components/page.tsx';
import { ProspectWords } from '../components/prospect.tsx';
import { type ReservationProspect, reservationProspect } from '../components/reservation-prospect.ts';
import { type View, viewOf } from '../components/view.ts';
import { nextHour } from '../components/wall-clock.ts';
import { actorOf, authorOf, type WebContext, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { attempt, emptyForm, Form, goTo, readForm, show } from './show.ts';
import { Tick } from './start-fields.tsx';
import { DayAndTime, hoursRange } from './start-outlook.tsx';

/** Weeks that a class may be booked for at once: a term with its holidays. */
const WEEKS = [2, 3, 4, 5, 6, 8, 10, 12, 15, 20] as const;

export function reservationFormPages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/add', (c) => formPage(c, fromAddress(c), null))
    .post('/prospect', async (c) => {
      const form = await readForm(c);
      const v = viewOf(c);
      return c.html(String(await html`${<Inside v={v} prospect={prospectFor(v, form)} />}`));
    })
    .post('/add', async (c) => {
      const form = taken(await readForm(c));
      let id = '';
      const problem = await attempt(c, async () => {
        const request = requestOf(viewOf(c), form);
        id = (await reserve(c.get('node'), actorOf(c), authorOf(c), request)).targetId ?? '';
      });
      if (problem === null) return goTo(c, `/reservations/${id}`, 'reserved');
      return formPage(c, form, problem);
    });
}

/** The proposed hour stands in a button's value: pressed, it is as if typed. */
function taken(form: Form): Form {
  const [, day, time] = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})$/.exec(form.text('take')) ?? [];
  return day === undefined || time === undefined ? form : form.with({ day, time });
}

/** What the calendar knows already when it leads here. */
function fromAddress(c: WebContext): Form {
  const fields = new FormData();
  for (const name of ['day', 'time', 'hours', 'image', 'for'] as const) {
    const value = c.req.query(name);
    if (value !== undefined) fields.set(name, value.slice(0, 64));
  }
  const course = c.req.query('course');
  if (course !== undefined) fields.set('for', course.slice(0, 64));
  return fields.has('day') || fields.has('for') || fields.has('image') ? new Form(fields) : emptyForm;
}

function requestOf(v: View, form: Form): ReserveRequest {
  const given = (name: string) => form.text(name).trim() || undefined;
  const course = given('for');
  return {
    image: form.text('image'),
    size: given('size'),
    at: `${form.text('day')}T${form.text('time')}`,
    zone: v.zone,
    hours: form.text('hours'),
    course,
    count: course === undefined ? undefined : given('count'),
    weeks: given('weeks'),
    exam: course !== undefined && form.flag('exam') ? true : undefined,
    label: given('label'),
  };
}

function prospectFor(v: View, form: Form): ReservationProspect {
  return reservationProspect(v, requestOf(v, form));
}

async function formPage(c: WebContext, form: Form, problem: Problem | null): Promise<Response> {
  return show(c, <ReservationForm v={viewOf(c)} form={form} problem={problem} />, problem?.status ?? 200);
}

function ReservationForm({ v, form, problem }: { v: View; form: Form; problem: Problem | null }) {
  const words = v.t.plan.reservations;
  const images = usableImages(v.state, v.actor).filter((image) => image.state === 'ready');
  const courses = coursesOf(v.state, v.actor).filter((course) => isTeacherOf(v.actor, course));
  const image =
    images.find((one) => one.id === form.text('image')) ?? imageOfCourse(courses, images, form) ?? images[0];
  const back = { href: '/reservations', text: words.title };
  if (image === undefined) {
    return (
      <Page v={v} title={words.addTitle} narrow>
        <Head title={words.addTitle} back={back} />
        <Empty icon="images" title={words.noImages} text={v.t.labs.emptyStudent} />
      </Page>
    );
  }
  const filled = withDefaults(v, form, image, courses);
  return (
    <Page v={v} title={words.addTitle} topics={['reservations', 'sizes', 'nodes']} narrow>
      <Head title={words.addTitle} back={back} />
      <Refused v={v} problem={problem} />
      <form class="form card pad" method="post" action="/reservations/add" id="reserve">
        <Csrf v={v} />
        <DayAndTime v={v} form={filled} />
        <div class="row wide even">
          <Hours v={v} form={filled} />
          <Select
            name="weeks"
            label={words.weekly}
            value={filled.text('weeks')}
            options={[['', words.once], ...WEEKS.map((n) => [String(n), words.weeks(n)] as const)]}
          />
        </div>
        <div class="row wide even">
          <Select
            name="image"
            label={words.image}
            value={image.id}
            options={images.map((one) => [one.id, one.name] as const)}
          />
          <Select name="size" label={words.size} value={filled.text('size')} options={sizeOptions(v)} />
        </div>
        {courses.length === 0 ? null : <ForWhom v={v} form={filled} courses={courses} />}
        <Field
          name="label"
          label={words.label}
          value={filled.text('label')}
          hint={words.labelHint}
          maxlength={63}
        />
        <div
          id="outlook"
          class="outlook"
          aria-live="polite"
          hx-morph-skip
          hx-post="/reservations/prospect"
          hx-trigger="change from:#reserve delay:120ms, live from:body"
          hx-include="#reserve"
          hx-swap="innerMorph"
        >
          <Inside v={v} prospect={prospectFor(v, filled)} />
        </div>
      </form>
    </Page>
  );
}

/** A course's calendar leads to its own image. */
function imageOfCourse(courses: readonly Course[], images: readonly Image[], form: Form): Image | undefined {
  const course = courses.find((one) => one.id === form.text('for'));
  return images.find((image) => course?.imageIds.includes(image.id));
}

function withDefaults(v: View, form: Form, image: Image, courses: readonly Course[]): Form {
  const course = courses.find((one) => one.id === form.text('for'));
  const proposed = nextHour(v.node.now(), v.zone);
  return form.with({
    day: form.text('day') || proposed.day,
    time: form.text('time') || proposed.time,
    hours: form.text('hours') || String(usualHours(v.node)),
    image: image.id,
    size: form.text('size') || sizeFor(v, image),
    for: course?.id ?? '',
    count: form.text('count') || String(course?.places ?? ''),
  });
}

/** The smallest that the image fits into; where it fits into none the refusal comes with the prospect. */
function sizeFor(v: View, image: Image): string {
  try {
    return smallestSize(v.node, image).id;
  } catch {
    return v.state.tables.size.all()[0]?.id ?? '';
  }
}

function sizeOptions(v: View): (readonly [string, string])[] {
  return v.state.tables.size
    .all()
    .map((size) => [
      size.id,
      `${size.name}: ${v.t.start.sizeHint(size.vcpus, v.f.mib(size.ramMiB), v.f.gib(size.osDiskGiB))}`,
    ]);
}

/** Hours of a select where they are few. */
const FEW_HOURS = 24;

function Hours({ v, form }: { v: View; form: Form }) {
  const label = v.t.plan.reservations.hours;
  const { min, max } = hoursRange(v);
  const value = form.text('hours');
  if (max - min >= FEW_HOURS) {
    return (
      <Field
        name="hours"
        label={label}
        type="number"
        min={min}
        max={max}
        step="1"
        value={value}
        short
        required
      />
    );
  }
  const all = Array.from({ length: max - min + 1 }, (_, n) => String(min + n));
  return (
    <Select
      name="hours"
      label={label}
      value={value}
      options={all.map((n) => [n, v.t.start.hour(Number(n))] as const)}
    />
  );
}

function ForWhom({ v, form, courses }: { v: View; form: Form; courses: readonly Course[] }) {
  const words = v.t.plan.reservations;
  return (
    <div class="stack" id="whom">
      <Select
        name="for"
        label={words.forWho}
        value={form.text('for')}
        options={[['', words.forMe], ...courses.map((one) => [one.id, words.forCourse(one.name)] as const)]}
      />
      <div class="stack class-only">
        <Field
          name="count"
          label={words.count}
          type="number"
          min={1}
          step="1"
          value={form.text('count')}
          hint={words.countHint}
          short
        />
        <Tick name="exam" text={words.exam} hint={words.examHint} on={form.flag('exam')} />
      </div>
    </div>
  );
}

function Inside({ v, prospect }: { v: View; prospect: ReservationProspect }) {
  const words = v.t.plan;
  const { beside, next } = prospect;
  return (
    <>
      <h2 class="vh">{words.forecast.title}</h2>
      <ProspectWords prospect={prospect} />
      {beside.length === 0 ? null : (
        <div class="stack close small">
          <strong>{words.reservations.clash}</strong>
          <ul class="beside">
            {beside.map((line) => (
              <li>{line}</li>
            ))}
          </ul>
        </div>
      )}
      <div class="row">
        <button class={next === null ? 'button main' : 'button'} type="submit" id="reserve-button">
          <Icon name="calendar" />
          {words.reservations.submit}
        </button>
        {next === null ? null : (
          <button class="button main" type="submit" name="take" value={next.at}>
            {words.forecast.take(next.words)}
          </button>
        )}
      </div>
    </>
  );
}
