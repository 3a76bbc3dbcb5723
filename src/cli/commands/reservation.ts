/** `reservation`: hours that are kept free for a course or a person; at the hour the VMs start by themselves. */
import type { Command } from 'commander';
import { formatTime } from '../../texts/index.ts';
import type { ReservationRow } from '../answers-plan.ts';
import { clockText } from '../clock.ts';
import { wholeList } from '../lists.ts';
import type { Session } from '../session.ts';
import { type Column, record, table } from '../table.ts';
import { amountOf, parseName } from '../values.ts';
import { addVerb, type Program } from '../verb.ts';

interface Flags {
  readonly image: string;
  readonly at: string;
  readonly hours: number | string;
  readonly zone?: string;
  readonly size?: string;
  readonly count?: number | string;
  readonly course?: string;
  readonly for?: string;
  readonly weekly?: number | string;
  readonly exam?: boolean;
  readonly label?: string;
}

export function addReservationVerbs(program: Program, root: Command): void {
  const reservation = root
    .command('reservation')
    .description('hours that are kept free for a course or a person');
  addAdd(program, reservation);
  addVerb<{ all?: boolean }>(
    program,
    reservation,
    'ls',
    'list reservations',
    [
      ['reservation ls', 'those that are on or still to come'],
      ['reservation ls --all', 'also those that are over'],
    ],
    async (session, _args, { all = false }) => {
      const rows = await wholeList<ReservationRow>(session, ['reservations']);
      const shown = all ? rows : rows.filter((one) => one.state === 'active');
      session.answer(shown, () =>
        shown.length === 0 ? 'No reservations.\n' : table(shown, columns(session), session.io.columns),
      );
      return undefined;
    },
  ).option('--all', 'also those that are over or were cancelled');
  addVerb(
    program,
    reservation,
    'rm <reservation>',
    'cancel a reservation with all its hours still to come',
    [['reservation rm "Practice 3"', 'by its label, its id, or the beginning of the id']],
    async (session, [name = '']) => {
      const removed = await session.client.delete<ReservationRow>(['reservations', name]);
      session.answer(removed, () => `${titleOf(removed)} is cancelled; its hours are free for others.\n`);
      return undefined;
    },
  );
}

function addAdd(program: Program, reservation: Command): void {
  addVerb<Flags>(
    program,
    reservation,
    'add',
    'keep room free for set hours; refused at once, with the next free hour, when there is none',
    [
      ['reservation add --image demo --at 2027-03-01T09:00 --hours 2', 'for yourself'],
      ['reservation add --image demo --at 2027-03-01T09:00 --hours 2 --course Networks --count 20', ''],
      [
        'reservation add --image demo --at 2027-03-01T09:00 --hours 2 --course Networks --weekly 10',
        'ten weeks',
      ],
    ],
    async (session, _args, { for: user, zone, ...rest }) => {
      // Where the person sits, their clock is meant.
      const here = zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
      const body = { ...rest, zone: here, ...(user === undefined ? {} : { user }) };
      const added = await session.client.post<ReservationRow>(['reservations'], body);
      session.answer(added, () => reservationText(session, added));
      return undefined;
    },
  )
    .requiredOption('--image <image>', 'what the VMs are made from', parseName)
    .requiredOption('--at <time>', 'when it begins, as 2027-03-01T09:00, by the clocks of the zone')
    .requiredOption('--hours <hours>', 'for how long', amountOf)
    .option('--zone <zone>', "where that is, as Europe/Madrid (default: this PC's zone)")
    .option('--size <size>', 'their size (see "labmesh size ls")', parseName)
    .option('--course <course>', 'for the students of this course, one VM each', parseName)
    .option('--count <n>', "how many VMs are set aside (default: the course's places, else 1)", amountOf)
    .option('--for <user>', 'for this person instead of yourself', parseName)
    .option('--weekly <weeks>', 'every week at the same hour, so many times', amountOf)
    .option('--exam', 'it is an exam: it goes before classes')
    .option('--label <text>', "what it is called (default: the image's name)", parseName);
}

function columns(session: Session): Column<ReservationRow>[] {
  return [
    { title: 'RESERVATION', of: titleOf, flexible: true },
    { title: 'NEXT', of: (one) => nextText(session, one) },
    { title: 'HOURS', of: (one) => String(one.hours), right: true },
    { title: 'TIMES', of: (one) => String(one.starts.length), right: true },
    { title: 'FOR', of: (one) => one.course?.name ?? one.user?.name ?? '', flexible: true },
    { title: 'VMS', of: (one) => String(one.count), right: true },
    { title: 'IMAGE', of: (one) => one.image, flexible: true },
    { title: 'BY', of: (one) => one.owner.name, flexible: true },
    { title: 'WARNING', of: (one) => warningOf(session, one), flexible: true },
    { title: 'ID', of: (one) => one.id },
  ];
}

function reservationText(session: Session, one: ReservationRow): string {
  const [first = 0] = one.starts;
  const last = one.starts.at(-1) ?? first;
  const times =
    one.starts.length === 1
      ? ''
      : `, ${one.starts.length} times until ${formatTime(last, session.lang, one.zone)}`;
  const warning = warningOf(session, one);
  return record([
    ['Reservation', titleOf(one)],
    ['Id', one.id],
    ['Begins', `${one.at} (${one.zone})${times}`],
    ['Hours', String(one.hours)],
    ['VMs', `${one.count} of ${one.image}, ${one.size}`],
    ['For', one.course?.name ?? one.user?.name ?? ''],
    ...(warning === '' ? [] : ([['Warning', warning]] as const)),
  ]);
}

function titleOf(one: ReservationRow): string {
  return one.label || one.image;
}

function nextText({ lang }: Session, { next, state }: ReservationRow): string {
  if (next === null) return state;
  return next.now ? `now, until ${clockText(next.end, lang)}` : clockText(next.start, lang);
}

function warningOf(session: Session, { warning }: ReservationRow): string {
  return warning === null ? '' : (warning.message ?? session.say(warning).message);
}
