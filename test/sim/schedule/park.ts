/** A cloud of any size as a snapshot: PCs, people, courses, an image that everybody may use. Registering them one by one is not what is simulated. */
import {
  CloudMachine,
  defaultSizes,
  type Entities,
  enrolmentId,
  type NodeCapacity,
  newCloud,
  newNode,
  type SettingKey,
} from '../../../src/state/index.ts';
import { idOf } from './ids.ts';

export const ADMIN = idOf('user', 0);
export const TEACHER = idOf('user', 1);
export const IMAGE = idOf('image', 0);
export const VERSION = idOf('version', 0);

/** The n-th student, from 0. */
export const studentId = (n: number): string => idOf('user', 2 + n);
export const pcId = (n: number): string => idOf('pc', n);
export const courseId = (n: number): string => idOf('course', n);

export interface Park {
  readonly pcs: readonly (NodeCapacity & { readonly count: number })[];
  readonly students: number;
  /** Students `first` up to `first + students` are enrolled. */
  readonly courses: readonly { readonly students: number; readonly first: number }[];
  readonly settings: Partial<Record<SettingKey, string | number | boolean>>;
  readonly now: number;
}

/** What a snapshot has besides what `restore` fills in by itself. */
type Early<K extends keyof Entities> = Partial<Entities[K]> & { readonly id: string };

export function openPark(park: Park): CloudMachine {
  const machine = new CloudMachine();
  machine.restore(records(park));
  return machine;
}

export function sizeNamed(name: string): { readonly id: string; readonly n: number } {
  const n = defaultSizes.findIndex((size) => size.name === name);
  if (n < 0) throw new Error(`there is no size ${name}`);
  return { id: idOf('size', n), n };
}

function* records(park: Park): Iterable<object> {
  const { now } = park;
  const as = <K extends keyof Entities>(kind: K, entity: Early<K>) => ({ kind, entity });
  yield { kind: 'meta', now };
  yield as('cloud', { ...newCloud, id: idOf('cloud', 0), name: 'simulated', createdAt: now });
  for (const [id, value] of Object.entries(park.settings))
    yield as('setting', { id, value, changedAt: now, changedBy: ADMIN });
  const nodes = pcs(park);
  for (const [n, capacity] of nodes.entries()) yield as('node', node(n, capacity, now));
  yield as('user', user(ADMIN, 'admin', 'admin', now));
  yield as('user', user(TEACHER, 'teacher', 'teacher', now));
  for (let n = 0; n < park.students; n++) yield as('user', user(studentId(n), `s${n}`, 'student', now));
  for (const [n, course] of park.courses.entries()) {
    yield as('course', {
      id: courseId(n),
      name: `course ${n}`,
      places: course.students,
      teacherIds: [TEACHER],
      imageIds: [IMAGE],
      createdAt: now,
    });
    for (let one = course.first; one < course.first + course.students; one++) {
      const userId = studentId(one);
      const id = enrolmentId(courseId(n), userId);
      yield as('enrolment', { id, courseId: courseId(n), userId, enrolledAt: now });
    }
  }
  for (const [n, size] of defaultSizes.entries()) yield as('size', { id: idOf('size', n), ...size });
  yield as('image', {
    id: IMAGE,
    name: 'lab',
    os: 'linux',
    ownerId: TEACHER,
    shared: true,
    state: 'ready',
    currentVersionId: VERSION,
    importNodeId: null,
    createdAt: now,
  });
  yield as('version', {
    id: VERSION,
    imageId: IMAGE,
    number: 1,
    manifestHash: 'a'.repeat(64),
    kind: 'disk',
    virtualBytes: 4 * 2 ** 30,
    storedBytes: 2 ** 30,
    chunks: 4096,
    authorId: TEACHER,
    nodeIds: nodes.map((_, n) => pcId(n)),
    createdAt: now,
  });
}

/** Kinds of PCs mixed evenly: which PC joined first says nothing of its size. */
function pcs({ pcs }: Park): NodeCapacity[] {
  return pcs
    .flatMap(({ count, ...capacity }) =>
      Array.from({ length: count }, (_, n) => ({ capacity, at: (n + 0.5) / count })),
    )
    .sort((a, b) => a.at - b.at)
    .map(({ capacity }) => capacity);
}

function node(n: number, capacity: NodeCapacity, now: number): Early<'node'> {
  return {
    ...newNode,
    id: pcId(n),
    name: `pc-${n}`,
    state: 'ready',
    address: `pc-${n}`,
    version: '0.1.0',
    capacity,
    accel: 'kvm',
    hostProblem: null,
    subnet: n + 1,
    registeredAt: now,
    changedAt: now,
    reach: { state: 'up', since: now },
  };
}

function user(id: string, name: string, role: 'student' | 'teacher' | 'admin', now: number): Early<'user'> {
  const rest = { passwordHash: '', mustChangePassword: false, language: null, createdAt: now };
  return { id, name, fullName: name, role, ...rest };
}
