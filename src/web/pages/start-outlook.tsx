/** When the start form's lab is to start, and what would happen: looked at anew with every choice and every change elsewhere. */
import { html } from 'hono/html';
import { type Image, setting, usableImages } from '../../state/index.ts';
import { forecastVm, type ReserveRequest, type StartRequest, usualHours } from '../actions/index.ts';
import { Icon } from '../components/icon.tsx';
import { type Prospect, ProspectWords, prospectOf, prospectOr } from '../components/prospect.tsx';
import { reservationProspect } from '../components/reservation-prospect.ts';
import { type View, viewOf } from '../components/view.ts';
import { nextHour, today } from '../components/wall-clock.ts';
import type { WebContext } from '../env.ts';
import { type Form, readForm } from './show.ts';

export function startRequest(form: Form): StartRequest {
  const given = (name: string) => form.text(name).trim() || undefined;
  const sshKeys = form
    .text('ssh')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return {
    image: form.text('image'),
    size: form.text('size') || undefined,
    hours: form.text('hours'),
    name: given('name'),
    course: given('course'),
    persistent: form.text('keep') !== 'clean',
    sshKeys,
    on: given('pin'),
    batch: form.flag('batch') || undefined,
    preemptible: form.flag('unbroken') ? false : undefined,
  };
}

export function laterRequest(v: View, form: Form): ReserveRequest {
  return {
    image: form.text('image'),
    size: form.text('size') || undefined,
    hours: form.text('hours'),
    at: `${form.text('day')}T${form.text('time')}`,
    zone: v.zone,
  };
}

/** The part of the page alone, for the choices as they stand. */
export async function prospectOnly(c: WebContext): Promise<Response> {
  const form = await readForm(c);
  const v = viewOf(c);
  const image = usableImages(v.state, v.actor).find((one) => one.id === form.text('image'));
  const drawn = image === undefined ? null : <Inside v={v} prospect={prospect(v, form)} />;
  return c.html(String(await html`${drawn}`));
}

function prospect(v: View, form: Form): Prospect {
  if (form.text('when') === 'later') return reservationProspect(v, laterRequest(v, form));
  return prospectOr(v, () =>
    prospectOf(v, forecastVm(v.node, v.actor, startRequest(form)), form.text('image')),
  );
}

export function Outlook(props: { v: View; image: Image; form: Form; sizeId: string }) {
  const { v, image, form, sizeId } = props;
  // As the form stands before anybody chose: what is proposed.
  const first = form.has('size')
    ? prospect(v, form)
    : prospectOr(v, () =>
        prospectOf(
          v,
          forecastVm(v.node, v.actor, { image: image.id, size: sizeId, hours: usualHours(v.node) }),
          image.id,
        ),
      );
  return (
    <div
      id="outlook"
      class="outlook"
      aria-live="polite"
      hx-morph-skip
      hx-post="/labs/start/prospect"
      hx-trigger="change from:#start delay:120ms, live from:body"
      hx-include="#start"
      hx-swap="innerMorph"
    >
      <Inside v={v} prospect={first} />
    </div>
  );
}

function Inside({ v, prospect: shown }: { v: View; prospect: Prospect }) {
  return (
    <>
      <h2 class="vh">{v.t.plan.forecast.title}</h2>
      <ProspectWords prospect={shown} />
    </>
  );
}

/** Stands outside of what the live promise replaces, or a press that falls into the exchange would be lost. The style sheet shows one word. */
export function StartButton({ v }: { v: View }) {
  return (
    <button class="button main" type="submit" id="start-button">
      <span class="for-now">
        <Icon name="play" />
        {v.t.start.submit}
      </span>
      <span class="for-later">
        <Icon name="calendar" />
        {v.t.plan.start.reserve}
      </span>
    </button>
  );
}

export function When({ v, form }: { v: View; form: Form }) {
  const words = v.t.plan.start;
  const later = form.text('when') === 'later';
  return (
    <fieldset id="when">
      <legend>{words.when}</legend>
      <div class="choices">
        <label class="choice">
          <input type="radio" name="when" value="now" checked={!later} id="when-now" />
          <span class="title">{words.now}</span>
          <span class="detail">{words.nowText}</span>
        </label>
        <label class="choice">
          <input type="radio" name="when" value="later" checked={later} id="when-later" />
          <span class="title">{words.later}</span>
          <span class="detail">{words.laterText}</span>
        </label>
      </div>
      <div class="later stack tight">
        <DayAndTime v={v} form={form} />
      </div>
    </fieldset>
  );
}

/** A day and an hour in the viewer's zone. */
export function DayAndTime({ v, form }: { v: View; form: Form }) {
  const words = v.t.plan.reservations;
  const now = v.node.now();
  const proposed = nextHour(now, v.zone);
  return (
    <>
      <div class="row wide">
        <div class="field">
          <label for="day">{words.day}</label>
          <input
            class="input"
            type="date"
            id="day"
            name="day"
            min={today(now, v.zone)}
            value={form.typed('day', proposed.day)}
            required
          />
        </div>
        <div class="field">
          <label for="time">{words.hour}</label>
          <input
            class="input"
            type="time"
            id="time"
            name="time"
            value={form.typed('time', proposed.time)}
            required
          />
        </div>
      </div>
      <p class="small soft">{v.t.plan.start.zone(v.zone)}</p>
    </>
  );
}

/** The hours that may be asked for. */
export function hoursRange(v: View): { min: number; max: number } {
  return { min: setting(v.state, 'lease.min_hours'), max: setting(v.state, 'lease.max_hours') };
}
