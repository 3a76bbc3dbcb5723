/** All PCs that host, as they stand while one plan is made: the state's promises and what the plan has given away since. */
import { type CloudState, hosts, type Resources, type Vm } from '../state/index.ts';
import {
  type AdditionWeights,
  additionWeights,
  courseSpreadPoints,
  standingPoints,
  standingTerms,
} from './additions.ts';
import { CourseSpread } from './course-spread.ts';
import { LargePlaces } from './large-places.ts';
import { type Extra, NodeTree } from './node-tree.ts';
import { policyOf } from './policies.ts';
import { promised } from './promised.ts';
import type { Request } from './request.ts';
import { type Amounts, Spot } from './spot.ts';
import { VersionTrees } from './version-trees.ts';
import type { Loads, Term } from './views.ts';

const NOTHING: Amounts = [0, 0, 0, 0];

export class Room {
  /** In order of id. */
  readonly spots: readonly Spot[];
  readonly weights: AdditionWeights;
  readonly #byId: ReadonlyMap<string, Spot>;
  readonly #standing: (spot: Spot) => readonly Term[];
  readonly #least: Amounts;
  readonly #tree: NodeTree;
  readonly #versions: VersionTrees;
  readonly #courses: CourseSpread;
  readonly #large: LargePlaces;

  /** @param least what the smallest request asks of each resource: PCs that have less free are left out of searches */
  constructor(state: CloudState, loads: Loads, now: number, least: Amounts = NOTHING) {
    this.weights = additionWeights(state);
    this.#least = least;
    const policy = policyOf(state);
    this.#standing = ({ node }) => standingTerms(this.weights, node, loads.get(node.id), now);
    const nodes = state.tables.node.all().filter(hosts);
    const held = promised(state, nodes);
    this.spots = nodes.map((node, rank) => {
      const fixed = standingPoints(this.weights, node, loads.get(node.id), now);
      return new Spot(state, node, rank, policy, fixed, held);
    });
    this.#byId = new Map(this.spots.map((spot) => [spot.id, spot]));
    this.#large = new LargePlaces(state, this.weights.largeRoom, this.spots.length);
    for (const spot of this.spots) this.#refreshSpot(spot);
    this.#tree = new NodeTree(this.spots);
    this.#versions = new VersionTrees(state, loads, this, this.#tree);
    this.#courses = new CourseSpread(state);
  }

  spot(nodeId: string): Spot | undefined {
    return this.#byId.get(nodeId);
  }

  /** The PC of least score that takes the VM now, shadows respected; null when none does. */
  best({ vm, need, asked, only }: Request): Spot | null {
    if (only !== null) {
      const spot = this.#byId.get(only);
      return spot?.fits(asked) && spot.fitsShadow(asked) ? spot : null;
    }
    const extra = this.#extra(vm);
    const { locality } = this.weights;
    if (locality === 0) return this.#spotOf(this.#tree.best(need, extra));
    // The best that has the image, unless another is so much better that the image may as well be fetched.
    const holders = this.#versions.holders(vm.versionId);
    if (holders === this.#tree) return this.#spotOf(this.#tree.best(need, extra));
    const there = holders?.best(need, extra) ?? null;
    const elsewhere = this.#tree.best(need, extra, there === null ? undefined : there.score - locality);
    return this.#spotOf(elsewhere ?? there);
  }

  /** A VM's whole score on a PC, the least wins. */
  score(spot: Spot, { vm, asked }: Request): number {
    const extra = this.#extra(vm);
    return spot.score(asked) + (extra?.(spot) ?? 0) + (this.isThere(vm, spot) ? 0 : this.weights.locality);
  }

  /** The part of its score that is the same for every VM. */
  standingTerms(spot: Spot): readonly Term[] {
    return this.#standing(spot);
  }

  /** True when the PC has the VM's image. */
  isThere(vm: Pick<Vm, 'versionId'>, spot: Spot): boolean {
    return this.#versions.isThere(vm.versionId, spot);
  }

  sameCourse(vm: Pick<Vm, 'courseId'>, spot: Spot): number {
    return vm.courseId === null ? 0 : this.#courses.count(vm.courseId, spot.id);
  }

  /** For one of the last places of the largest size, which the VM does not need. */
  largePoints(vm: Pick<Vm, 'vcpus' | 'ramMiB'>, { largePlaces }: Spot): number {
    return this.#large.areFewFor(vm) ? this.#large.points(largePlaces) : 0;
  }

  /** Promises a PC to a VM. */
  give(spot: Spot, { vm, asked }: Request): void {
    add(spot.used, asked, 1);
    spot.vms += 1;
    if (vm.courseId !== null) this.#courses.add(vm.courseId, spot.id, 1);
    this.refresh(spot);
  }

  /** Sets a PC aside for a request for whom VMs are being suspended there. `sign` -1 takes it back. */
  claim(spot: Spot, request: Request, leaving: Pick<Resources, 'vcpus' | 'ramMiB'>, sign: 1 | -1): void {
    const { aside } = spot;
    add(aside.claimed, request.asked, sign);
    aside.leaving[0] = (aside.leaving[0] ?? 0) + sign * leaving.vcpus;
    aside.leaving[1] = (aside.leaving[1] ?? 0) + sign * leaving.ramMiB;
    this.refresh(spot);
  }

  /** Sets disk aside for the memory of VMs that are to be suspended. */
  save(spot: Spot, gib: number): void {
    spot.used[3] = (spot.used[3] ?? 0) + gib;
    this.refresh(spot);
  }

  /** To be called after a spot was changed. */
  refresh(spot: Spot): void {
    this.#refreshSpot(spot);
    this.#tree.update(spot);
    this.#versions.changed(spot);
  }

  #spotOf(found: { leaf: { rank: number } } | null): Spot | null {
    return found === null ? null : (this.spots[found.leaf.rank] ?? null);
  }

  #refreshSpot(spot: Spot): void {
    spot.refresh(this.#least);
    const before = spot.largePlaces;
    spot.largePlaces = this.#large.on(spot.free);
    this.#large.changed(before, spot.largePlaces);
  }

  /** What a score holds for this VM beyond the policy and what is the same for all; null: nothing. */
  #extra(vm: Vm): Extra | null {
    const { courseId } = vm;
    const spreads = this.weights.courseSpread !== 0 && courseId !== null;
    const keeps = this.#large.areFewFor(vm);
    if (!spreads && !keeps) return null;
    return (leaf) => {
      const keeping = keeps ? this.#large.points(this.spots[leaf.rank]?.largePlaces ?? 0) : 0;
      return spreads ? keeping + this.#spreadPoints(courseId, leaf) : keeping;
    };
  }

  #spreadPoints(courseId: string, { id }: { readonly id: string }): number {
    return courseSpreadPoints(this.weights, this.#courses.count(courseId, id));
  }
}

function add(to: Amounts, what: Amounts, sign: 1 | -1): void {
  for (let one = 0; one < 4; one++) to[one] = (to[one] ?? 0) + sign * (what[one] ?? 0);
}
