/** How full a simulated cloud is over time, by class. */
import type { CloudState } from '../../../src/state/index.ts';
import type { Class } from './stories.ts';

export interface Sample {
  /** Ms from the start. */
  readonly at: number;
  /** Cores of the PCs that are in reach. */
  readonly cores: number;
  /** vCPUs held, by class. */
  readonly held: Readonly<Record<Class, number>>;
  /** Requests that wait. */
  readonly waiting: number;
}

export const CLASSES = [
  'exam',
  'class',
  'personal',
  'interactive',
  'batch',
] as const satisfies readonly Class[];

export class Samples {
  readonly #state: CloudState;
  readonly #all: Sample[] = [];

  constructor(state: CloudState) {
    this.#state = state;
  }

  take(at: number): void {
    const { vm, node } = this.#state.tables;
    const held = { exam: 0, class: 0, personal: 0, interactive: 0, batch: 0 };
    let cores = 0;
    for (const one of node.all()) {
      if (one.reach.state !== 'up') continue;
      cores += one.capacity.cores;
      for (const guest of vm.by('compute', one.id)) held[guest.kind] += guest.vcpus;
    }
    this.#all.push({ at, cores, held, waiting: vm.countBy('waiting', 'yes') });
  }

  all(): readonly Sample[] {
    return this.#all;
  }
}
