/** Reservations: a week at a glance, of a person, a course or the whole cloud. */
import { Hono } from 'hono';
import { coursesOf } from '../../state/index.ts';
import { Empty, Head, LinkButton, Select } from '../components/bits.tsx';
import { createFormat } from '../components/format.ts';
import { Filters } from '../components/forms.tsx';
import { Icon } from '../components/icon.tsx';
import { Page } from '../components/page.tsx';
import { reservationName } from '../components/reservation-words.ts';
import { type View, viewOf } from '../components/view.ts';
import { addDays, isDay, mondayOf, noonOf, today } from '../components/wall-clock.ts';
import { type Block, type Day, hoursShown, type Whose, weekOf } from '../components/week.ts';
import type { WebContext, WebEnv } from '../env.ts';
import { oneReservationPages } from './reservation.tsx';
import { reservationFormPages } from './reservation-form.tsx';
import { show } from './show.ts';

export function reservationPages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/', (c) => calendarPage(c))
    .route('/', reservationFormPages())
    .route('/:id', oneReservationPages());
}

async function calendarPage(c: WebContext): Promise<Response> {
  const v = viewOf(c);
  const now = today(v.node.now(), v.zone);
  const asked = c.req.query('week') ?? '';
  const monday = mondayOf(isDay(asked) ? asked : now);
  const whose = whoseOf(v, c.req.query('of') ?? '');
  return show(c, <Calendar v={v} monday={monday} now={now} whose={whose} />);
}

/** Root has no reservations of its own: it sees the cloud's. */
function whoseOf(v: View, text: string): Whose {
  const course = coursesOf(v.state, v.actor).find((one) => one.id === text);
  if (course) return { kind: 'course', id: course.id };
  return text === 'cloud' || v.actor === null ? { kind: 'cloud' } : { kind: 'mine' };
}

function whoseText(whose: Whose): string {
  return whose.kind === 'course' ? whose.id : whose.kind;
}

function Calendar(props: { v: View; monday: string; now: string; whose: Whose }) {
  const { v, monday, now, whose } = props;
  const words = v.t.plan.reservations;
  const days = weekOf(v, monday, whose);
  const empty = days.every((day) => day.blocks.length === 0);
  const courses = coursesOf(v.state, v.actor);
  return (
    <Page v={v} title={words.title} topics={['reservations']} scripts={['reservations.js']}>
      <Head title={words.title} lead={words.lead}>
        <LinkButton href={addHref(whose, {})} icon="add" main>
          {words.add}
        </LinkButton>
      </Head>
      <div class="row spread">
        <Weeks v={v} monday={monday} now={now} whose={whose} />
        <Filters action="/reservations" button={words.show}>
          <input type="hidden" name="week" value={monday} />
          <Select
            name="of"
            label={words.whose}
            value={whoseText(whose)}
            options={[
              ...(v.actor === null ? [] : [['mine', words.mine] as const]),
              ...courses.map((course) => [course.id, course.name] as const),
              ['cloud', words.cloud],
            ]}
          />
        </Filters>
      </div>
      {empty ? <Empty icon="calendar" title={words.emptyTitle} text={words.emptyText} /> : null}
      <Week v={v} days={days} now={now} whose={whose} />
      <p class="small soft">{words.zone(v.zone)}</p>
    </Page>
  );
}

function Weeks(props: { v: View; monday: string; now: string; whose: Whose }) {
  const { v, monday, now, whose } = props;
  const words = v.t.plan.reservations;
  const at = (day: string) => `/reservations?week=${day}&of=${whoseText(whose)}`;
  const { date } = daysOf(v);
  return (
    <nav class="row weeks" aria-label={words.title}>
      <a class="button" href={at(addDays(monday, -7))}>
        <Icon name="back" />
        <span class="vh">{words.previous}</span>
      </a>
      <strong class="week-name">{words.week(date(noonOf(monday)), date(noonOf(addDays(monday, 6))))}</strong>
      <a class="button" href={at(addDays(monday, 7))}>
        <Icon name="next" />
        <span class="vh">{words.next}</span>
      </a>
      {monday === mondayOf(now) ? null : (
        <a class="button quiet" href={at(mondayOf(now))}>
          {words.today}
        </a>
      )}
    </nav>
  );
}

/** Names of days need no zone: a day is a day. */
function daysOf(v: View) {
  return createFormat(v.lang, v.node.now(), 'UTC');
}

/** Half hours: fine enough to see, coarse enough to hit. */
const SLOT = 30;

function Week(props: { v: View; days: readonly Day[]; now: string; whose: Whose }) {
  const { v, days, now, whose } = props;
  const { from, until } = hoursShown(days);
  const hours = Array.from({ length: until - from }, (_, n) => from + n);
  return (
    <div class="week card" data-week data-from={String(from)} data-add={addHref(whose, {})}>
      <div class="hours" aria-hidden="true">
        {hours.map((hour) => (
          <span class="num">{`${String(hour).padStart(2, '0')}:00`}</span>
        ))}
      </div>
      {days.map((day) => (
        <DayColumn
          v={v}
          day={day}
          from={from}
          isToday={day.day === now}
          isOver={day.day < now}
          whose={whose}
        />
      ))}
    </div>
  );
}

function DayColumn(props: {
  v: View;
  day: Day;
  from: number;
  isToday: boolean;
  isOver: boolean;
  whose: Whose;
}) {
  const { v, day, from, isToday, isOver, whose } = props;
  const words = v.t.plan.reservations;
  const name = daysOf(v).day(noonOf(day.day));
  return (
    <section class={isToday ? 'day today' : isOver ? 'day past' : 'day'} aria-labelledby={`day-${day.day}`}>
      <div class="day-head">
        <h2 id={`day-${day.day}`}>{name}</h2>
        {isOver ? null : (
          <a class="day-add" href={addHref(whose, { day: day.day })}>
            <Icon name="add" />
            <span class="vh">{words.addOn(name)}</span>
          </a>
        )}
      </div>
      {day.blocks.length === 0 ? <p class="none small soft">{words.free}</p> : null}
      <ol class="slots" data-day={isOver ? undefined : day.day}>
        {day.blocks.map((block) => (
          <BlockItem v={v} block={block} from={from} />
        ))}
      </ol>
    </section>
  );
}

function BlockItem({ v, block, from }: { v: View; block: Block; from: number }) {
  const { reservation, open, start, end } = block;
  const words = v.t.plan.reservations;
  const at = Math.floor((block.from - from * 60) / SLOT) + 1;
  const length = Math.max(1, Math.ceil(block.until / SLOT) - Math.floor(block.from / SLOT));
  const time = `${v.f.clock(start)}–${v.f.clock(end)}`;
  const isOver = end <= v.node.now();
  const place = `booked at-${at} for-${length} ${open ? reservation.kind : 'closed'}${isOver ? ' over' : ''}`;
  const inside = (
    <>
      <span class="num small">{time}</span>
      <strong>{open ? reservationName(v, reservation) : words.other}</strong>
      <span class="small">{words.labs(reservation.count)}</span>
      {open && reservation.warning !== null ? (
        <span class="tag warn">{v.t.plan.reservations.cannot}</span>
      ) : null}
    </>
  );
  return (
    <li class={place}>
      {open ? <a href={`/reservations/${reservation.id}`}>{inside}</a> : <div>{inside}</div>}
    </li>
  );
}

function addHref(whose: Whose, more: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams({ ...(whose.kind === 'course' ? { course: whose.id } : {}), ...more });
  return query.size === 0 ? '/reservations/add' : `/reservations/add?${query}`;
}
