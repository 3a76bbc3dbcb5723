/** Whether a reservation would be taken, before it is asked for. */
import type { ReserveRequest } from '../actions/index.ts';
import type { Prospect } from './prospect.tsx';
import type { View } from './view.ts';

export function reservationProspect(v: View, _request: ReserveRequest): Prospect {
  return { tone: 'warn', sentences: [v.t.plan.forecast.choose] };
}
