/** What people do in a simulated cloud: ask, open the console, use it, go; teachers book; somebody switches PCs off and on. */
import type { Author, CloudState, Outcome, Vm } from '../../../src/state/index.ts';
import type { Random } from '../support/random.ts';
import type { Timeline } from '../support/timeline.ts';
import { idOf } from './ids.ts';
import { ADMIN, courseId, IMAGE, pcId, sizeNamed, studentId, TEACHER } from './park.ts';
import type { Stories } from './stories.ts';
import type { ReserveEvent, StartEvent, WorkloadEvent } from './workload.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** From the first picture to the first key. */
const OPENS_AFTER = { least: 10 * SECOND, most: 4 * MINUTE };
/** Students of a class who come. */
const ATTENDANCE = 0.94;
/** When a lease has ended or a lab was taken back, its person tidies up. */
const TIDIES_AFTER = 10 * MINUTE;

export interface PeopleWorld {
  readonly state: CloudState;
  readonly midnight: number;
  readonly now: number;
  readonly timeline: Timeline;
  readonly random: Random;
  readonly stories: Stories;
  submit(type: string, payload: object, author: Author): Outcome;
  power(pcs: readonly [number, number], how: 'drain' | 'pull' | 'on'): void;
}

interface Habit {
  readonly opens: boolean;
  readonly uses: number;
}

/** A class that was booked, or refused. */
export interface Booking {
  readonly id: string;
  readonly event: ReserveEvent;
  readonly refused: string | null;
  readonly seats: number;
}

const as = (userId: string): Author => ({ kind: 'user', id: userId, from: '10.0.0.1' });

export class People {
  readonly #world: PeopleWorld;
  readonly #habits = new Map<string, Habit>();
  readonly bookings: Booking[] = [];
  /** VMs that each reservation has brought. */
  readonly #seats = new Map<string, number>();
  #vms = 0;

  constructor(world: PeopleWorld) {
    this.#world = world;
  }

  /** Puts a day's events on the clock. */
  expect(events: readonly WorkloadEvent[]): void {
    for (const event of events) this.#world.timeline.after(event.at * SECOND, () => this.#happens(event));
  }

  #happens(event: WorkloadEvent): void {
    if (event.do === 'start') this.#asks(event);
    else if (event.do === 'reserve') this.#books(event);
    else if (event.do === 'on') this.#world.power(event.pcs, 'on');
    else this.#world.power(event.pcs, event.drained ? 'drain' : 'pull');
  }

  #asks(event: StartEvent): void {
    const { stories, now, timeline } = this.#world;
    const id = idOf('vm', this.#vms++);
    const author = as(studentId(event.person));
    const outcome = this.#world.submit('vm.create', this.#request(id, event), author);
    const vm = this.#world.state.tables.vm.get(id);
    const story = stories.begin({
      vmId: id,
      person: studentId(event.person),
      kind: event.batch ? 'batch' : 'interactive',
      vcpus: vm?.vcpus ?? 1,
      wantedAt: now,
      uses: event.uses * SECOND,
    });
    if (!outcome.ok) story.refused = outcome.code;
    this.#habits.set(id, { opens: event.opens, uses: story.uses });
    if (event.patience === null) return;
    timeline.after(event.patience * SECOND, () => {
      if (story.ranAt !== null || story.endedAt !== null || story.refused !== null) return;
      story.gaveUp = true;
      this.#goes(id);
    });
  }

  #request(id: string, { size, hours, batch }: StartEvent): object {
    return {
      id,
      imageId: IMAGE,
      sizeId: sizeNamed(size).id,
      hours,
      courseId: null,
      persistent: true,
      sshKeys: [],
      pinnedNodeId: null,
      batch,
    };
  }

  #books(event: ReserveEvent): void {
    const { midnight, state } = this.#world;
    const id = idOf('reservation', this.bookings.length);
    const startsAt = midnight + event.begins * SECOND;
    const payload = {
      id,
      label: event.exam ? 'exam' : 'class',
      courseId: courseId(event.course),
      imageId: IMAGE,
      sizeId: sizeNamed(event.size).id,
      count: event.count,
      kind: event.exam ? 'exam' : 'class',
      hours: event.hours,
      local: new Date(startsAt).toISOString().slice(0, 16),
      zone: 'UTC',
      starts: [startsAt],
    };
    const outcome = this.#world.submit('reservation.add', payload, as(TEACHER));
    const refused = outcome.ok ? null : outcome.code;
    const seats = Math.min(event.count, state.tables.enrolment.countBy('course', payload.courseId));
    this.bookings.push({ id, event, refused, seats });
  }

  /** How many VMs a reservation has brought. */
  seats(reservationId: string): number {
    return this.#seats.get(reservationId) ?? 0;
  }

  /** A class's VM has come to be: its student's story begins at the hour. */
  seated(vm: Vm): void {
    const { stories, random, midnight, now } = this.#world;
    const booking = this.bookings.find(({ id }) => id === vm.reservationId);
    if (booking) this.#seats.set(booking.id, this.seats(booking.id) + 1);
    const wantedAt = booking ? midnight + booking.event.begins * SECOND : now;
    const uses = vm.leaseHours * 3_600 * SECOND * random.between(0.7, 0.98);
    stories.begin({
      vmId: vm.id,
      person: vm.ownerId,
      kind: vm.kind,
      vcpus: vm.vcpus,
      wantedAt,
      uses,
    });
    this.#habits.set(vm.id, { opens: random.chance(ATTENDANCE), uses });
  }

  /** A VM was changed: its person may have something to do about it. */
  sees(before: Vm | null, vm: Vm): void {
    if (vm.observed.state === before?.observed.state && vm.desired === before.desired) return;
    const { timeline, random, stories } = this.#world;
    const habit = this.#habits.get(vm.id);
    const story = stories.get(vm.id);
    if (!habit || !story) return;
    const { state } = vm.observed;
    if (state === 'running' && before?.observed.state !== 'running') {
      const wait = random.between(OPENS_AFTER.least, OPENS_AFTER.most);
      if (habit.opens && vm.connectedAt === null) timeline.after(wait, () => this.#opens(vm.id));
      timeline.after(Math.max(0, habit.uses - story.ran), () => this.#doneAt(vm.id));
    }
    const over = state === 'stopped' || state === 'failed' || vm.desired === 'suspended';
    if (over) timeline.after(TIDIES_AFTER, () => this.#tidies(vm.id));
  }

  #opens(vmId: string): void {
    const vm = this.#world.state.tables.vm.get(vmId);
    if (vm?.observed.state !== 'running' || !vm.placement) return;
    const author: Author = { kind: 'node', nodeId: vm.placement.nodeId };
    this.#world.submit('vm.touch', { id: vmId, connected: true }, author);
  }

  /** Goes when it has run for as long as was meant; after a preemption there is something left. */
  #doneAt(vmId: string): void {
    const { stories, now } = this.#world;
    const story = stories.get(vmId);
    if (!story || story.since === null) return;
    if (story.ran + now - story.since >= story.uses - SECOND) this.#goes(vmId);
  }

  #tidies(vmId: string): void {
    const vm = this.#world.state.tables.vm.get(vmId);
    if (vm && (vm.desired === 'suspended' || vm.desired === 'stopped')) this.#goes(vmId);
  }

  #goes(vmId: string): void {
    const vm = this.#world.state.tables.vm.get(vmId);
    if (vm && vm.desired !== 'deleted') this.#world.submit('vm.remove', { id: vmId }, as(vm.ownerId));
  }

  /** Root empties PCs or takes them back. */
  drain(pcs: readonly number[], how: 'drain' | 'undrain'): void {
    for (const n of pcs) {
      const id = pcId(n);
      if (how === 'drain') this.#world.submit('node.drain', { id, how: 'suspend', deadlineMs: 0 }, as(ADMIN));
      else this.#world.submit('node.undrain', { id }, as(ADMIN));
    }
  }
}
