/** How many VMs of a course compute on each PC: counted when first asked for, kept while a plan is made. */
import type { CloudState } from '../state/index.ts';
import { holdsCompute } from '../state/index.ts';

export class CourseSpread {
  readonly #state: CloudState;
  readonly #counts = new Map<string, Map<string, number>>();

  constructor(state: CloudState) {
    this.#state = state;
  }

  count(courseId: string, nodeId: string): number {
    return this.#of(courseId).get(nodeId) ?? 0;
  }

  add(courseId: string, nodeId: string, change: number): void {
    const counts = this.#of(courseId);
    counts.set(nodeId, (counts.get(nodeId) ?? 0) + change);
  }

  #of(courseId: string): Map<string, number> {
    const known = this.#counts.get(courseId);
    if (known) return known;
    const counts = new Map<string, number>();
    for (const vm of this.#state.tables.vm.by('course', courseId)) {
      if (!vm.placement || !holdsCompute(vm)) continue;
      counts.set(vm.placement.nodeId, (counts.get(vm.placement.nodeId) ?? 0) + 1);
    }
    this.#counts.set(courseId, counts);
    return counts;
  }
}
