/** Places that are being made for requests: VMs are being suspended there, and what they give back is set aside for who waits. */
import { type CloudState, holdsCompute, type Vm } from '../state/index.ts';
import type { Request } from './request.ts';
import type { Room } from './room.ts';
import { EPSILON, type Spot } from './spot.ts';

export interface Claim {
  readonly spot: Spot;
  readonly leaving: Vm[];
}

export class ClaimedPlaces {
  readonly #room: Room;
  /** By the VM that waits. */
  readonly #claims = new Map<string, Claim>();
  /** VMs that leave for somebody, by id: whose claim it is. */
  readonly #leavingFor = new Map<string, string>();

  constructor(room: Room) {
    this.#room = room;
  }

  /** The place that is being made for a VM. */
  of(vmId: string): Claim | undefined {
    return this.#claims.get(vmId);
  }

  /** The place for which a VM leaves. */
  leftBy(vmId: string): Claim | undefined {
    return this.#claims.get(this.#leavingFor.get(vmId) ?? '');
  }

  /** What former plans set aside: those who wait, and the VMs that are held for them. */
  takeOver(state: CloudState, queue: readonly Request[]): void {
    if (state.tables.vm.countBy('held', 'yes') === 0) return;
    const waiting = new Set(queue.map(({ vm }) => vm.id));
    const byClaimant = new Map<string, Vm[]>();
    for (const vm of state.tables.vm.by('held', 'yes')) {
      const claimant = vm.held?.for ?? null;
      if (claimant === null || !waiting.has(claimant)) continue;
      byClaimant.set(claimant, [...(byClaimant.get(claimant) ?? []), vm]);
    }
    for (const request of queue) {
      const victims = byClaimant.get(request.vm.id) ?? [];
      const spot = this.#spotOf(victims);
      if (!spot) continue;
      const leaving = victims.filter((vm) => vm.placement?.nodeId === spot.id && holdsCompute(vm));
      this.setAside(request, spot, leaving);
      // Fewer resources than when it was made, or others came first: it asks anew.
      if (request.asked.some((asked, one) => asked > 0 && spot.freeLater(one) < -EPSILON)) {
        this.lift(request);
        this.forget(request);
      }
    }
  }

  setAside(request: Request, spot: Spot, leaving: Vm[]): void {
    this.#claims.set(request.vm.id, { spot, leaving });
    for (const vm of leaving) this.#leavingFor.set(vm.id, request.vm.id);
    this.#room.claim(spot, request, sumOf(leaving), 1);
  }

  /** Looks as if nothing were set aside for the request, until it is forgotten or put down again. */
  lift(request: Request): void {
    const claim = this.of(request.vm.id);
    if (claim) this.#room.claim(claim.spot, request, sumOf(claim.leaving), -1);
  }

  putDown(request: Request): void {
    const claim = this.of(request.vm.id);
    if (claim) this.#room.claim(claim.spot, request, sumOf(claim.leaving), 1);
  }

  forget({ vm }: Request): void {
    const claim = this.of(vm.id);
    this.#claims.delete(vm.id);
    for (const one of claim?.leaving ?? []) this.#leavingFor.delete(one.id);
  }

  /** A VM that was to leave stays: its place is enough for both. */
  stay(vm: Vm, spot: Spot): void {
    const claim = this.leftBy(vm.id);
    const at = claim?.leaving.indexOf(vm) ?? -1;
    if (at >= 0) claim?.leaving.splice(at, 1);
    this.#leavingFor.delete(vm.id);
    const { leaving } = spot.aside;
    leaving[0] = (leaving[0] ?? 0) - vm.vcpus;
    leaving[1] = (leaving[1] ?? 0) - vm.ramMiB;
    this.#room.refresh(spot);
  }

  /** Where way is being made: on the newest of its PCs that hosts, as a former one may have gone and another been chosen. */
  #spotOf(victims: readonly Vm[]): Spot | undefined {
    const newestFirst = victims.toSorted((a, b) => (b.held?.since ?? 0) - (a.held?.since ?? 0));
    for (const { placement } of newestFirst) {
      const spot = this.#room.spot(placement?.nodeId ?? '');
      if (spot) return spot;
    }
    return undefined;
  }
}

function sumOf(vms: readonly Vm[]): { vcpus: number; ramMiB: number } {
  let vcpus = 0;
  let ramMiB = 0;
  for (const vm of vms) {
    vcpus += vm.vcpus;
    ramMiB += vm.ramMiB;
  }
  return { vcpus, ramMiB };
}
