/** One reservation: what is kept free, when, for whom, whether it can be kept, its labs, and the way to give it up. */
import { Hono } from 'hono';
import {
  LabmeshError,
  mayManageReservation,
  maySeeReservation,
  type Reservation,
} from '../../state/index.ts';
import { describe } from '../../texts/index.ts';
import { Head } from '../components/bits.tsx';
import { ConfirmPage } from '../components/confirm.tsx';
import { Icon } from '../components/icon.tsx';
import { Page } from '../components/page.tsx';
import { nextStart, reservationName, standing } from '../components/reservation-words.ts';
import { type View, viewOf } from '../components/view.ts';
import { VmStateLine } from '../components/vm-parts.tsx';
import { actorOf, authorOf, type WebContext, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { attempt, goTo, show } from './show.ts';

const HOUR = 3_600_000;
/** Labs of a class that are listed; the class has a page of its own. */
const MOST_LABS = 30;

export function oneReservationPages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/', (c) => show(c, <One v={viewOf(c)} reservation={needReservation(c)} />))
    .get('/cancel', (c) => show(c, <Cancel v={viewOf(c)} reservation={needReservation(c)} problem={null} />))
    .post('/cancel', async (c) => {
      const reservation = needReservation(c);
      const problem = await attempt(c, () =>
        c.get('node').submit('reservation.remove', { id: reservation.id }, authorOf(c)),
      );
      if (problem === null) return goTo(c, '/reservations', 'reservation_cancelled');
      return show(c, <Cancel v={viewOf(c)} reservation={reservation} problem={problem} />, problem.status);
    });
}

/** What one may not see is as unknown as what does not exist. @throws LabmeshError `not_found` */
function needReservation(c: WebContext): Reservation {
  const { state } = c.get('node');
  const id = c.req.param('id') ?? '';
  const found = state.tables.reservation.get(id);
  if (found && maySeeReservation(state, actorOf(c), found)) return found;
  throw new LabmeshError('not_found', { kind: 'reservation', id: id.slice(0, 64) });
}

function One({ v, reservation }: { v: View; reservation: Reservation }) {
  const words = v.t.plan.reservations;
  const name = reservationName(v, reservation);
  const mayCancel = reservation.state === 'active' && mayManageReservation(v.state, v.actor, reservation);
  const course = reservation.courseId === null ? null : v.state.tables.course.get(reservation.courseId);
  const { user, size, image } = v.state.tables;
  return (
    <Page v={v} title={name} topics={['reservations', 'vms']} narrow>
      <Head
        title={name}
        lead={standing(v, reservation)}
        back={{ href: `/reservations?week=${reservation.local.slice(0, 10)}`, text: words.title }}
      >
        {mayCancel ? (
          <a class="button" href={`/reservations/${reservation.id}/cancel`} data-ask>
            <Icon name="trash" />
            {words.cancel}
          </a>
        ) : null}
      </Head>
      <Warning v={v} reservation={reservation} />
      <section class="card pad stack">
        <h2>{words.details}</h2>
        <dl class="facts">
          <dt>{words.times}</dt>
          <dd>
            <Times v={v} reservation={reservation} />
          </dd>
          <dt>{words.kind}</dt>
          <dd>{words.kinds[reservation.kind]}</dd>
          {course ? (
            <>
              <dt>{words.course}</dt>
              <dd>
                <a href={`/courses/${course.id}`}>{course.name}</a>
              </dd>
            </>
          ) : (
            <>
              <dt>{words.forPerson}</dt>
              <dd>{user.get(reservation.userId ?? '')?.fullName ?? v.t.words.gone}</dd>
            </>
          )}
          <dt>{words.image}</dt>
          <dd>{image.get(reservation.imageId)?.name ?? v.t.words.gone}</dd>
          <dt>{words.size}</dt>
          <dd>
            {words.labs(reservation.count)}, {size.get(reservation.sizeId)?.name ?? ''}{' '}
            <span class="soft">
              (
              {v.t.start.sizeHint(
                reservation.vcpus,
                v.f.mib(reservation.ramMiB),
                v.f.gib(reservation.osDiskGiB),
              )}
              )
            </span>
          </dd>
          <dt>{words.who}</dt>
          <dd>{user.get(reservation.ownerId)?.fullName ?? v.t.words.gone}</dd>
        </dl>
      </section>
      <Labs v={v} reservation={reservation} />
    </Page>
  );
}

function Warning({ v, reservation }: { v: View; reservation: Reservation }) {
  if (reservation.warning === null || reservation.state !== 'active') return null;
  const { message, hint } = describe(reservation.warning.code, reservation.warning.data, v.lang);
  return (
    <div class="notice warn" role="status">
      <Icon name="alert" />
      <div>
        <strong>{v.t.plan.reservations.cannot}</strong>
        <p>{message}</p>
        <p>{hint}</p>
      </div>
    </div>
  );
}

function Times({ v, reservation }: { v: View; reservation: Reservation }) {
  const words = v.t.plan.reservations;
  const { starts, hours } = reservation;
  const [first] = starts;
  if (starts.length <= 1 && first !== undefined) return <Span v={v} start={first} hours={hours} />;
  const next = nextStart(v, reservation);
  return (
    <div class="stack close">
      {next === null ? null : <span>{words.nextTime(`${v.f.day(next)}, ${v.f.clock(next)}`)}</span>}
      <details class="more" id="times">
        <summary>{words.allTimes(starts.length)}</summary>
        <ol class="times">
          {starts.map((start) => (
            <li>
              <Span v={v} start={start} hours={hours} />
            </li>
          ))}
        </ol>
      </details>
    </div>
  );
}

function Span({ v, start, hours }: { v: View; start: number; hours: number }) {
  return (
    <span class="num">
      {v.f.day(start)}, {v.f.clock(start)}–{v.f.clock(start + hours * HOUR)}
    </span>
  );
}

function Labs({ v, reservation }: { v: View; reservation: Reservation }) {
  const words = v.t.plan.reservations;
  const all = v.state.tables.vm.resolve([...reservation.vmIds]);
  // Of a class, a student sees the own lab.
  const seen = all.filter((vm) => v.role !== 'student' || vm.ownerId === v.actor?.id);
  return (
    <section class="card plain">
      <h2>{words.begunLabs}</h2>
      {seen.length === 0 ? <p class="card-foot soft">{words.begunNone}</p> : null}
      <ul class="list">
        {seen.slice(0, MOST_LABS).map((vm) => (
          <li id={`vm-${vm.id}`}>
            <div>
              <a href={`/vms/${vm.id}`}>{vm.name}</a>{' '}
              <span class="small soft">
                {v.state.tables.user.get(vm.ownerId)?.fullName ?? v.t.words.gone}
              </span>
            </div>
            <VmStateLine v={v} vm={vm} />
          </li>
        ))}
      </ul>
      {seen.length > MOST_LABS ? <p class="card-foot soft">{words.more(seen.length - MOST_LABS)}</p> : null}
    </section>
  );
}

function Cancel({ v, reservation, problem }: { v: View; reservation: Reservation; problem: Problem | null }) {
  const words = v.t.plan.reservations;
  const left = reservation.starts.length - reservation.begun;
  return (
    <ConfirmPage
      v={v}
      title={words.cancelTitle(reservationName(v, reservation))}
      loss={left === 0 ? words.cancelRunning : words.cancelLoss(left)}
      button={words.cancelButton}
      action={`/reservations/${reservation.id}/cancel`}
      back={`/reservations/${reservation.id}`}
      problem={problem}
    >
      {left > 0 && reservation.begun > reservation.ended ? <p>{words.cancelRunning}</p> : null}
    </ConfirmPage>
  );
}
