/**
 * One simulated PC: what really runs and lies on it, whatever the log believes. It is the simulator's own judge of over-commit, so it
 * shares no arithmetic with the code under test.
 */
import type { NodeCapacity, Vm } from '../../../src/state/index.ts';
import { Broken } from '../support/checks.ts';

export type GuestState = 'starting' | 'running' | 'suspending' | 'saved' | 'stopping' | 'off';

/** In these the guest has its cores and memory. */
const LIVE: ReadonlySet<GuestState> = new Set(['starting', 'running', 'suspending', 'stopping']);

export interface Guest {
  readonly vm: Pick<Vm, 'id' | 'vcpus' | 'ramMiB' | 'osDiskGiB' | 'dataDiskGiB'>;
  readonly state: GuestState;
  /** Raised when a state is left, so that what was to end it knows that it is too late. */
  readonly turn: number;
}

export class Pc {
  readonly #guests = new Map<string, Guest>();
  isOn = true;

  constructor(
    readonly id: string,
    readonly capacity: NodeCapacity,
    /** Part of all cores by which vCPUs may exceed them. */
    readonly excess: number,
  ) {}

  guest(vmId: string): Guest | undefined {
    return this.#guests.get(vmId);
  }

  /** @throws Broken when the PC would give more than it has */
  put(vm: Guest['vm'], state: GuestState): Guest {
    const turn = (this.#guests.get(vm.id)?.turn ?? 0) + 1;
    const guest = { vm, state, turn };
    this.#guests.set(vm.id, guest);
    this.#check();
    return guest;
  }

  drop(vmId: string): void {
    this.#guests.delete(vmId);
  }

  /** The plug is pulled: what lived is off. */
  pull(): void {
    this.isOn = false;
    for (const { vm, state } of this.#guests.values()) if (LIVE.has(state)) this.put(vm, 'off');
  }

  #check(): void {
    let [vcpus, ramMiB, storageGiB, tempGiB] = [0, 0, 0, 0];
    for (const { vm, state } of this.#guests.values()) {
      storageGiB += vm.osDiskGiB;
      tempGiB += vm.dataDiskGiB;
      if (LIVE.has(state)) {
        vcpus += vm.vcpus;
        ramMiB += vm.ramMiB;
      }
      // While memory is written out, the file grows to its full size.
      if (state === 'suspending' || state === 'saved') tempGiB += vm.ramMiB / 1024;
    }
    const { cores, ...rest } = this.capacity;
    const most = { ...rest, vcpus: cores * (1 + this.excess) };
    const used = { vcpus, ramMiB, storageGiB, tempGiB };
    for (const what of ['vcpus', 'ramMiB', 'storageGiB', 'tempGiB'] as const) {
      const limit = most[what];
      if (used[what] > limit + 1e-6)
        throw new Broken('over-commit', `${this.id} gives ${used[what]} ${what} of ${limit}`);
    }
  }
}
