import type { UsageSpan } from '../../node/interface.ts';
import { isKnownKey } from '../components/done.ts';
import type { WebContext } from '../env.ts';

const SPANS = { hour: true, day: true, week: true, month: true, year: true } as const satisfies Record<
  UsageSpan,
  true
>;

/** The span that an address asks for; the last hour where it names none that exists. */
export function spanOf(c: WebContext): UsageSpan {
  const asked = c.req.query('span') ?? 'hour';
  return isKnownKey(SPANS, asked) ? asked : 'hour';
}
