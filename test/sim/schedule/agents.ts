/** The agents of all simulated PCs: each brings its guests to what the log wants, in the time that a real PC takes, and reports it. */
import { type Author, type Vm, type VmActual, wishFor } from '../../../src/state/index.ts';
import { Broken } from '../support/checks.ts';
import type { Random } from '../support/random.ts';
import type { Timeline } from '../support/timeline.ts';
import type { Guest, GuestState, Pc } from './pc.ts';

/** Ms. A start on lab PCs takes 4 to 40 s; saving writes about 400 MiB/s. */
const BOOT = { least: 4_000, most: 40_000 };
const RESUME = { least: 2_000, most: 8_000 };
const SAVE_MS_PER_GIB = 2_500;
const STOP_MS = 5_000;
/** From the log's word to the agent's deed. */
const NOTICE = { least: 50, most: 800 };

export interface AgentsWorld {
  readonly timeline: Timeline;
  readonly random: Random;
  vm(id: string): Vm | undefined;
  submit(type: string, payload: object, author: Author): unknown;
}

export class Agents {
  readonly #world: AgentsWorld;
  readonly #pcs: ReadonlyMap<string, Pc>;
  /** On which PC the memory of a suspended guest lies. */
  readonly #saved = new Map<string, string>();

  constructor(world: AgentsWorld, pcs: ReadonlyMap<string, Pc>) {
    this.#world = world;
    this.#pcs = pcs;
  }

  /** A VM was changed in the log: its PC looks after a moment. */
  poke(vmId: string): void {
    const { timeline, random } = this.#world;
    timeline.after(random.between(NOTICE.least, NOTICE.most), () => this.#look(vmId));
  }

  #look(vmId: string): void {
    const vm = this.#world.vm(vmId);
    const pc = this.#pcs.get(vm?.placement?.nodeId ?? '');
    if (!vm?.placement || !pc?.isOn) return;
    const guest = pc.guest(vmId);
    if (guest && ['starting', 'suspending', 'stopping'].includes(guest.state)) return; // looks again at its end
    const wish = wishFor(vm);
    if (wish === 'running') this.#run(pc, vm, guest);
    else if (wish === 'suspended') this.#suspend(pc, vm, guest);
    else this.#end(pc, vm, guest, wish);
  }

  #run(pc: Pc, vm: Vm, guest: Guest | undefined): void {
    if (guest?.state === 'running') {
      this.#tell(pc, vm, 'running');
      return;
    }
    const elsewhere = this.#saved.get(vm.id);
    if (elsewhere !== undefined && elsewhere !== pc.id) {
      throw new Broken(
        'nothing is lost',
        `${vm.id} starts on ${pc.id} while its memory lies on ${elsewhere}`,
      );
    }
    const { least, most } = guest?.state === 'saved' ? RESUME : BOOT;
    this.#saved.delete(vm.id);
    this.#takes(pc, vm, 'starting', this.#world.random.between(least, most), 'running');
  }

  #suspend(pc: Pc, vm: Vm, guest: Guest | undefined): void {
    if (guest?.state === 'saved') this.#tell(pc, vm, 'suspended');
    if (guest?.state !== 'running') return; // never came up: its start is still to come
    this.#saved.set(vm.id, pc.id);
    this.#takes(pc, vm, 'suspending', (vm.ramMiB / 1024) * SAVE_MS_PER_GIB, 'saved');
  }

  #end(pc: Pc, vm: Vm, guest: Guest | undefined, wish: 'stopped' | 'deleted'): void {
    if (guest?.state === 'running') {
      this.#takes(pc, vm, 'stopping', STOP_MS, 'off');
      return;
    }
    this.#saved.delete(vm.id);
    if (wish === 'deleted' || !vm.persistent) pc.drop(vm.id);
    else if (guest) pc.put(vm, 'off');
    this.#tell(pc, vm, wish);
  }

  /** Does something for a while, then looks again, unless the plug was pulled meanwhile. */
  #takes(pc: Pc, vm: Vm, during: GuestState, ms: number, then: GuestState): void {
    const { turn } = pc.put(vm, during);
    this.#world.timeline.after(ms, () => {
      if (pc.guest(vm.id)?.turn !== turn) return;
      pc.put(vm, then);
      this.#look(vm.id);
    });
  }

  #tell(pc: Pc, vm: Vm, state: VmActual): void {
    const epoch = vm.placement?.epoch ?? 0;
    if (vm.observed.state === state && vm.observed.epoch === epoch) return;
    const payload = { id: vm.id, epoch, state, cause: null, ip: null, restartSeq: vm.restart.seq };
    this.#world.submit('vm.observe', payload, { kind: 'node', nodeId: pc.id });
  }

  /** The plug is pulled: memory that was not saved whole is gone. */
  pull(pc: Pc): void {
    pc.pull();
    for (const [vmId, at] of this.#saved)
      if (at === pc.id && pc.guest(vmId)?.state === 'off') this.#saved.delete(vmId);
  }

  /** Switched on again: guests that were off by the loss of power are told as stopped, the others are looked at. */
  powerOn(pc: Pc, vms: readonly Vm[]): void {
    pc.isOn = true;
    for (const vm of vms) {
      if (pc.guest(vm.id)?.state === 'off' && vm.observed.state === 'running') this.#tell(pc, vm, 'stopped');
      this.poke(vm.id);
    }
  }
}
