/** A cloud in memory for tests of the plan: real reducers, agents that obey, and a clock that the test moves. */
import { expect } from 'bun:test';
import { plan, type Step } from '../../../src/scheduler/index.ts';
import { limitsOf, type Outcome, usedOn, type Vm, vmState, wishFor } from '../../../src/state/index.ts';
import { IMAGE, id, lab, scheduler, type World } from '../state/world.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const BIG = id(90);
export const STUDENTS = Array.from({ length: 8 }, (_, n) => id(100 + n));

function isPlacing(step: Step): boolean {
  return step.type === 'vm.place' || (step.type === 'vm.hold' && step.payload.by === 'preempted');
}

export const nodeAt = (n: number) => id(500 + n);

export class TestCloud {
  readonly world: World = lab();
  /** Codes with which the log refused steps of the plan. */
  readonly refusals: string[] = [];

  /** @param pcs PCs of 4 cores and 4 GB, beside the lab's own, which is taken out of service */
  constructor(pcs: number, settings: Readonly<Record<string, string | number | boolean>> = {}) {
    const { world } = this;
    for (let n = 0; n < pcs; n++) this.addPc(n);
    world.ok('node.drain', { id: id(1), how: 'suspend', deadlineMs: 0 });
    world.ok('size.set', { id: BIG, name: 'Big', vcpus: 3, ramMiB: 3072, osDiskGiB: 5, dataDiskGiB: 3 });
    for (const [n, userId] of STUDENTS.entries()) {
      const account = {
        fullName: '',
        role: 'student',
        passwordHash: '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA',
      };
      world.ok('user.add', { id: userId, name: `s${n}`, ...account, mustChangePassword: false });
    }
    const all = { 'quota.student_vms': 1000, 'quota.student_running': 1000, 'quota.student_vcpus': 10_000 };
    const more = { 'quota.student_ram': 65_536, 'quota.student_disk': 1_000_000, 'lease.connect_minutes': 0 };
    for (const [key, value] of Object.entries({ ...all, ...more, ...settings })) {
      world.ok('setting.set', { key, value });
    }
    this.settle();
  }

  get state() {
    return this.world.state;
  }

  get now(): number {
    return this.world.now;
  }

  addPc(n: number, capacity = { cores: 4, ramMiB: 4096, storageGiB: 1000, tempGiB: 1000 }): void {
    const facts = { address: 'x', version: '0.1.0', capacity, accel: 'kvm', hostProblem: null };
    this.world.ok('node.register', { name: `lab-${n}`, ...facts }, { kind: 'node', nodeId: nodeAt(n) });
  }

  /** A request; its id. Root asks for a student. */
  ask(change: object = {}): string {
    const { vmId, outcome } = this.tryAsk(change);
    if (!outcome.ok) throw new Error(`${outcome.code} ${JSON.stringify(outcome.data)}`);
    return vmId;
  }

  /** A request that may be refused: one that nobody may suspend must leave reservations what they were promised. */
  tryAsk(change: object = {}): { vmId: string; outcome: Outcome } {
    const vmId = this.world.newId();
    const base = { id: vmId, ownerId: STUDENTS[0], imageId: IMAGE, sizeId: id(8), hours: 2, courseId: null };
    const rest = { persistent: true, sshKeys: [], pinnedNodeId: null };
    return { vmId, outcome: this.world.do('vm.create', { ...base, ...rest, ...change }) };
  }

  vm(vmId: string): Vm {
    const vm = this.state.tables.vm.get(vmId);
    if (!vm) throw new Error(`no VM ${vmId}`);
    return vm;
  }

  stateOf(vmId: string): string {
    return vmState(this.vm(vmId));
  }

  nodeOf(vmId: string): string | null {
    return this.vm(vmId).placement?.nodeId ?? null;
  }

  plan(): Step[] {
    return plan(this.state, new Map(), this.now);
  }

  carryOut(steps: readonly Step[]): void {
    for (const { type, payload } of steps) {
      const outcome = this.world.do(type, payload, scheduler);
      if (!outcome.ok) this.refusals.push(`${type} ${outcome.code}`);
      this.checkRoom();
    }
  }

  /**
   * Plans and carries out until nothing is left, which must be soon. A plan that only places and makes way leaves nothing to do: others
   * change facts (use that is booked moves claims, a reservation makes VMs), and the next plan draws the consequences.
   */
  settle(): string[] {
    const done: string[] = [];
    for (let round = 0; round < 5; round++) {
      const steps = this.plan();
      if (steps.length === 0) return done;
      this.carryOut(steps);
      done.push(...steps.map(({ type }) => type));
      if (steps.every(isPlacing)) expect({ steps, more: this.plan() }).toEqual({ steps, more: [] });
    }
    throw new Error(`the plan does not come to rest: ${done.join(' ')}`);
  }

  /** Every agent carries out what is wanted of it. @param only some of them */
  agents(only: (vm: Vm) => boolean = () => true): void {
    for (const vm of this.state.tables.vm.all()) {
      if (vm.placement === null || vm.outOfReach || !only(vm)) continue;
      const seen = {
        running: 'running',
        suspended: 'suspended',
        stopped: 'stopped',
        deleted: 'deleted',
      } as const;
      const goal = seen[wishFor(vm)];
      const { epoch, nodeId } = vm.placement;
      if (vm.observed.epoch === epoch && vm.observed.state === goal) continue;
      const facts = { id: vm.id, epoch, state: goal, cause: null, ip: null, restartSeq: vm.restart.seq };
      this.world.do('vm.observe', facts, { kind: 'node', nodeId });
    }
  }

  /** Lets time pass in steps, with plans and agents at each. */
  pass(ms: number, stepMs = 5 * MINUTE): void {
    const end = this.now + ms;
    while (this.now < end) {
      this.world.now = Math.min(end, this.now + stepMs);
      this.settle();
      this.agents();
      this.settle();
    }
  }

  /** Cores and memory are never promised twice (S10). */
  checkRoom(): void {
    for (const node of this.state.tables.node.all()) {
      const used = usedOn(this.state, node.id);
      const limits = limitsOf(this.state, node);
      expect(used.vcpus).toBeLessThanOrEqual(limits.vcpus + 1e-9);
      expect(used.ramMiB).toBeLessThanOrEqual(limits.ramMiB);
    }
  }
}
