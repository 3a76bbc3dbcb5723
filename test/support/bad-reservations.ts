/** Reservations that are refused, each by its own sentence, the same from API, command line and page. */

/** Noon of a Tuesday in Madrid; the clocks there go back on 31 October 2027 and forward on 26 March 2028. */
export const NOW = Date.UTC(2027, 5, 1, 10);
export const ZONE = 'Europe/Madrid';

/** What a good one says: an evening in the image that ana may use. */
export const GOOD: Readonly<Record<string, string>> = {
  image: 'Operating systems lab',
  at: '2027-06-03T17:00',
  zone: ZONE,
  hours: '2',
};

export interface Bad {
  readonly what: string;
  /** Fields as people type them, in place of those of the good one. */
  readonly fields: Readonly<Record<string, string>>;
  readonly code: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

const malformed = (field: string, value: string): Bad => ({
  what: `${field} ${value.slice(0, 20)}`,
  fields: { [field === 'local' ? 'at' : field]: value },
  code: 'reservation.malformed',
  data: { field },
});
const noNumber = (field: string, value: string): Bad => ({
  what: `${field} ${value.slice(0, 20)}`,
  fields: { [field]: value },
  code: 'payload.invalid',
  data: { field },
});
const hours = (value: string): Bad => ({
  what: `hours ${value}`,
  fields: { hours: value },
  code: 'reservation.hours',
  data: { hours: Number(value), min: 1, max: 5 },
});
const count = (value: string): Bad => ({
  what: `count ${value}`,
  fields: { count: value },
  code: 'reservation.count',
  data: { count: Number(value) },
});

export const BAD: readonly Bad[] = [
  { what: 'the past', fields: { at: '2027-05-31T17:00' }, code: 'reservation.past' },
  { what: 'an hour ago', fields: { at: '2027-06-01T11:00' }, code: 'reservation.past' },
  { what: 'more than a year ahead', fields: { at: '2028-06-02T17:00' }, code: 'reservation.too_far' },
  ...[
    'tomorrow',
    '2027-06-31T09:00',
    '2027-13-01T09:00',
    '2027-06-03',
    '2027-06-03T25:00',
    '3/6/2027 9:00',
    ' ',
  ].map((at) => malformed('local', at)),
  // 2027 is no leap year.
  malformed('local', '2027-02-29T09:00'),
  malformed('zone', 'Mars/Olympus'),
  {
    what: 'an hour that the clocks skip',
    fields: { at: '2028-03-26T02:30' },
    code: 'reservation.dst_gap',
    data: { local: '2028-03-26T02:30', zone: ZONE, next: '2028-03-26T03:00' },
  },
  ...['0', '-1', '6', '1.5', '1000000'].map(hours),
  ...['two', '', ' ', '1e1', '0x2', 'NaN'].map((value) => noNumber('hours', value)),
  ...['0', '-1', '1000000', '1.5'].map(count),
  noNumber('count', 'many'),
  ...['0', '61', '1.5'].map((value) => malformed('weekly', value)),
  noNumber('weekly', 'often'),
  {
    what: 'an image that one may not see',
    fields: { image: 'Data bases on Windows' },
    code: 'not_found',
    data: { kind: 'image' },
  },
  { what: 'no such size', fields: { size: 'Gigantic' }, code: 'not_found', data: { kind: 'size' } },
  {
    what: 'a course of others',
    fields: { course: 'Data bases 1B' },
    code: 'not_found',
    data: { kind: 'course' },
  },
];
