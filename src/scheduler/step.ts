/** What the scheduler proposes to the log. */
import type { Payload } from '../state/index.ts';

type Proposed =
  | 'vm.place'
  | 'vm.place_many'
  | 'vm.expire_lease'
  | 'vm.warn_lease'
  | 'vm.reclaim'
  | 'vm.hold'
  | 'vm.warn_preempt'
  | 'vm.release'
  | 'reservation.begin'
  | 'reservation.end'
  | 'reservation.warn'
  | 'image.want'
  | 'image.conclude'
  | 'image.expire'
  | 'usage.book'
  | 'operation.expire'
  | 'node.reach'
  | 'node.drained'
  | 'cloud.powered_off';

export type Step = { [T in Proposed]: { readonly type: T; readonly payload: Payload<T> } }[Proposed];

/** Most places that one command takes. */
const MANY = 256;

/** The same steps with places in a row put together: one entry of the log for many of them. */
export function batched(steps: readonly Step[]): Step[] {
  const out: Step[] = [];
  let places: Payload<'vm.place'>[] = [];
  const flush = () => {
    const [only] = places;
    if (only && places.length === 1) out.push({ type: 'vm.place', payload: only });
    else if (only) out.push({ type: 'vm.place_many', payload: { places } });
    places = [];
  };
  for (const step of steps) {
    if (step.type !== 'vm.place') {
      flush();
      out.push(step);
      continue;
    }
    places.push(step.payload);
    if (places.length === MANY) flush();
  }
  flush();
  return out;
}

/** VMs that these steps end or suspend. */
export function endedBy(steps: readonly Step[]): string[] {
  return steps.flatMap((step) =>
    step.type === 'vm.expire_lease' || step.type === 'vm.reclaim' || step.type === 'vm.hold'
      ? [step.payload.id]
      : [],
  );
}
