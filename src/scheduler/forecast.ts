/** What would happen to a request that is only thought of: for the start dialog (S3, S12). */
import { type CloudState, type Vm, whyNever } from '../state/index.ts';
import { draftVm } from './draft-vm.ts';
import { askingFor } from './placements.ts';
import { lookAhead } from './queue.ts';
import { Room } from './room.ts';
import { shortage } from './shortage.ts';
import type { Draft, Forecast, Loads, Reason } from './views.ts';

/** Sorts after every real id: of equal claims the draft is the last. */
const DRAFT_ID = `7${'Z'.repeat(25)}`;

export function forecast(state: CloudState, loads: Loads, draft: Draft, now: number): Forecast {
  const vm = vmOf(state, draft, now);
  if (!vm) return never({ code: 'not_found', data: { kind: 'size', id: draft.sizeId } });
  if (state.cloud?.power.state !== 'on') {
    return never({ code: 'cloud.not_on', data: { state: state.cloud?.power.state ?? 'off' } });
  }
  const nodes = state.tables.node.all().filter((node) => node.state !== 'retired');
  const impossible = whyNever(state, vm, nodes);
  if (impossible) return never({ code: impossible.code, data: impossible.data });
  const { placing, entries } = lookAhead(state, loads, now, [...askingFor(state), vm]);
  const entry = entries.find(({ vmId }) => vmId === DRAFT_ID);
  const request = placing.queue.find((one) => one.vm.id === DRAFT_ID);
  if (!entry || !request) return never(null);
  if (placing.room.spots.length === 0) return never(shortage(state, new Room(state, loads, now), request));
  const placed = placing.decisions.find((one) => one.request === request && one.what === 'place');
  const claim = placing.claimOf(DRAFT_ID);
  return {
    when: placed || claim ? 'now' : 'later',
    nodeId: placed?.spot.id ?? claim?.spot.id ?? null,
    position: placed ? null : entry.position,
    expectedStart: entry.expectedStart,
    preempts: claim?.leaving.map(({ id }) => id) ?? [],
    reason: entry.short,
  };
}

function vmOf(state: CloudState, draft: Draft, now: number): Vm | null {
  const size = state.tables.size.get(draft.sizeId);
  if (!size) return null;
  const { vcpus, ramMiB, osDiskGiB, dataDiskGiB } = size;
  const { ownerId, imageId, sizeId, courseId, preemptible, hours } = draft;
  return {
    ...draftVm(DRAFT_ID, state.tables.image.get(imageId)?.currentVersionId ?? '', now),
    ...{ ownerId, imageId, sizeId, courseId, preemptible, leaseHours: hours },
    ...{ vcpus, ramMiB, osDiskGiB, dataDiskGiB },
    kind: draft.batch ? 'batch' : 'interactive',
  };
}

function never(reason: Reason | null): Forecast {
  return { when: 'never', nodeId: null, position: null, expectedStart: null, preempts: [], reason };
}
