/** What is promised for when: reservations to come, and VMs that run until their lease ends because nobody may suspend them. */
import { needOf, type Resources } from '../capacity.ts';
import type { CloudState } from '../cloud-state.ts';
import { occurrence, type Reservation, type Vm } from '../entities/index.ts';
import { isReserved, leaseLeft } from '../vm-state.ts';

/** `count` VMs of one need in [start, end), ms. */
export interface Load {
  readonly start: number;
  readonly end: number;
  readonly need: Resources;
  readonly count: number;
  /** Where it lies, so that it needs cores and memory only; null: anywhere. */
  readonly nodeId: string | null;
  /** What it needs anywhere else, should that PC be lost; null: it is lost with it. */
  readonly elsewhere: Resources | null;
}

/** What one occurrence asks for: its VMs that exist run where they lie, the others anywhere. */
export type Asked = Omit<Load, 'start' | 'end'>;

/** What has disks already and must run at home, and how many new ones come beside. */
export function askedBy(
  state: CloudState,
  reservation: Pick<Reservation, 'id' | 'vmId' | 'count' | 'vcpus' | 'ramMiB' | 'osDiskGiB' | 'dataDiskGiB'>,
): Asked[] {
  const { vm } = state.tables;
  const ids = new Set([
    ...vm.idsBy('reservation', reservation.id),
    ...(reservation.vmId ? [reservation.vmId] : []),
  ]);
  const existing = vm
    .resolve([...ids])
    .slice(0, reservation.count)
    .flatMap(atHome);
  const rest = reservation.count - existing.length;
  const anywhere = { need: needOf(reservation), count: rest, nodeId: null, elsewhere: null };
  return rest > 0 ? [anywhere, ...existing] : existing;
}

function atHome(vm: Vm): Asked[] {
  if (vm.homeNodeId === null) return [];
  const need = needOf(vm);
  return [{ need: { ...need, storageGiB: 0, tempGiB: 0 }, count: 1, nodeId: vm.homeNodeId, elsewhere: need }];
}

/** All that is promised from `now` on, except by one reservation and one VM. */
export function loadsOf(
  state: CloudState,
  now: number,
  isLeftOut: (reservation: Reservation) => boolean,
  exceptVmId?: string,
): Load[] {
  const loads: Load[] = [];
  for (const one of state.tables.reservation.by('state', 'active')) {
    if (isLeftOut(one)) continue;
    const asked = askedBy(state, one);
    for (let nth = one.ended; nth < one.starts.length; nth++) {
      const when = occurrence(one, nth);
      if (when && when.end > now) for (const each of asked) loads.push({ ...each, ...when });
    }
  }
  for (const vm of state.tables.vm.by('firm', 'yes')) {
    if (vm.id === exceptVmId || vm.desired !== 'running') continue;
    const [asked] = walkInAsks(vm);
    if (asked) loads.push({ ...asked, start: now, end: now + leaseLeft(vm, now) });
  }
  return loads;
}

/** What a VM asks for that nobody may suspend and nobody reserved; nothing for any other. */
export function walkInAsks(vm: Vm): Asked[] {
  if (vm.preemptible || isReserved(vm)) return [];
  if (vm.homeNodeId !== null) return atHome(vm).map((one) => ({ ...one, elsewhere: null }));
  return [{ need: needOf(vm), count: 1, nodeId: vm.pinnedNodeId, elsewhere: null }];
}
