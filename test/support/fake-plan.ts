/** A lab at 08:55: every place is taken, people wait, one was suspended for an exam, time runs out, hours are reserved. */
import type { Vm } from '../../src/state/index.ts';
import { userNamed, vmOf } from './fake-cloud.ts';
import type { FakeNode } from './fake-node.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

export interface FakePlan {
  /** Dana's request, the first that waits. */
  readonly waiting: Vm;
  /** Bruno's lab, suspended for the exam. */
  readonly preempted: Vm;
  /** Ana's lab, which has twelve minutes left. */
  readonly ending: Vm;
}

/** Fills a `small` cloud. */
export function addFakePlan(node: FakeNode): FakePlan {
  const big = node.state.tables.size.one('name', 'linux big')?.id ?? '';
  for (const n of [1, 2, 3, 4]) start(node, 'tom', `Benchmark ${n}`, big);
  node.settle();
  // Three who find no room.
  for (const [owner, name] of [
    ['dana', 'Joins and views'],
    ['eve', 'Indexes'],
    ['chloe', 'Threads'],
  ] as const) {
    start(node, owner, name, big);
  }
  const exam = vmOf(node, 'tom', 'Benchmark 1');
  const bruno = vmOf(node, 'bruno');
  const ana = node.state.tables.vm
    .by('owner', userNamed(node, 'ana').id)
    .find((one) => one.observed.state === 'running');
  const now = node.now();
  patch(node, exam.id, { kind: 'exam', preemptible: false });
  patch(node, bruno.id, {
    desired: 'running',
    queuedAt: now - 3 * MINUTE, // before the three
    held: { by: 'preempted', since: now - 3 * MINUTE, for: exam.id },
    preempted: { count: 1, at: now - 3 * MINUTE },
  });
  patch(node, ana?.id ?? '', { leaseEndsAt: now + 12 * MINUTE, leaseWarned: 15 });
  return {
    waiting: vmOf(node, 'dana', 'Joins and views'),
    preempted: vmOf(node, 'bruno'),
    ending: vmOf(node, 'ana', ana?.name),
  };
}

/** Reserves some hours of this week and the next. */
export function addFakeReservations(node: FakeNode): string[] {
  const { course, image, size } = node.state.tables;
  const teresa = userNamed(node, 'teresa').id;
  const systems = course.by('teacher', teresa)[0]?.id ?? '';
  const imageId = image.one('name', 'operating systems lab')?.id ?? '';
  const tiny = size.one('name', 'tiny')?.id ?? '';
  const add = (
    owner: string,
    courseId: string | null,
    inHours: number,
    more: { kind?: 'exam'; label?: string; count?: number; weeks?: number },
  ): string => {
    const first = Math.ceil(node.now() / HOUR) * HOUR + inHours * HOUR;
    const { weeks = 1, ...rest } = more;
    const payload = {
      id: node.newId(),
      courseId,
      imageId,
      sizeId: tiny,
      count: 1,
      hours: 2,
      local: new Date(first).toISOString().slice(0, 16),
      zone: 'UTC',
      starts: Array.from({ length: weeks }, (_, n) => first + n * 7 * 24 * HOUR),
      ...rest,
    };
    const by = { kind: 'user', id: userNamed(node, owner).id, from: '192.0.2.20' } as const;
    return node.apply('reservation.add', payload, by).targetId ?? '';
  };
  return [
    add('teresa', systems, 24, { label: 'Practice 3', count: 4, weeks: 6 }),
    add('teresa', systems, 50, { label: 'Exam', kind: 'exam', count: 3 }),
    add('ana', null, 25, {}),
    add('tom', null, 26, { label: 'Demonstration' }),
  ];
}

function start(node: FakeNode, owner: string, name: string, sizeId: string): void {
  const { image } = node.state.tables;
  const mine = owner === 'dana' || owner === 'eve' ? 'data bases on windows' : 'operating systems lab';
  const payload = {
    id: node.newId(),
    name,
    imageId: image.one('name', mine)?.id ?? '',
    sizeId,
    hours: 2,
    courseId: null,
    persistent: true,
    sshKeys: [],
    pinnedNodeId: null,
  };
  node.apply('vm.create', payload, { kind: 'user', id: userNamed(node, owner).id, from: '192.0.2.20' });
}

/** Puts facts into a VM that only time and luck would bring about. */
export function patch(node: FakeNode, vmId: string, facts: Partial<Vm>): void {
  const records = [...node.machine.snapshot()].map((record) =>
    record.kind === 'vm' && record.entity.id === vmId
      ? { ...record, entity: { ...record.entity, ...facts } }
      : record,
  );
  node.machine.restore(records);
}
