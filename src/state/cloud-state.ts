/** The replicated state: one table per kind of entity. Only a `Transaction` writes to it. */
import type { Entities, Kind } from './change.ts';
import { type IndexKeys, Table } from './table.ts';
import { holdsCompute, isReserved, vmState } from './vm-state.ts';

const none = (): readonly string[] => [];
const maybe = (key: string | null): readonly string[] => (key === null ? [] : [key]);

function table<T extends { readonly id: string }, I extends string>(indexes: Record<I, IndexKeys<T>>) {
  return new Table<T, I>(indexes);
}

/** All tables, each with the indexes its queries need. */
function emptyTables() {
  return {
    cloud: table<Entities['cloud'], never>({}),
    setting: table<Entities['setting'], never>({}),
    node: table<Entities['node'], 'name' | 'owner'>({
      name: (n) => (n.state === 'retired' ? none() : [nameKey(n.name)]),
      owner: (n) => (n.state === 'retired' ? none() : maybe(n.ownerId)),
    }),
    token: table<Entities['token'], 'maker'>({ maker: (t) => [t.createdBy] }),
    user: table<Entities['user'], 'name' | 'role'>({ name: (u) => [nameKey(u.name)], role: (u) => [u.role] }),
    session: table<Entities['session'], 'secret' | 'user'>({
      secret: (s) => [s.secretHash],
      user: (s) => [s.userId],
    }),
    course: table<Entities['course'], 'name' | 'teacher' | 'image'>({
      name: (c) => [nameKey(c.name)],
      teacher: (c) => c.teacherIds,
      image: (c) => c.imageIds,
    }),
    enrolment: table<Entities['enrolment'], 'course' | 'user'>({
      course: (e) => [e.courseId],
      user: (e) => [e.userId],
    }),
    size: table<Entities['size'], 'name'>({ name: (s) => [nameKey(s.name)] }),
    image: table<Entities['image'], 'name' | 'owner'>({
      name: (i) => [nameKey(i.name)],
      owner: (i) => [i.ownerId],
    }),
    version: table<Entities['version'], 'image' | 'vm'>({
      image: (v) => [v.imageId],
      vm: (v) => maybe(v.vmId),
    }),
    vm: table<
      Entities['vm'],
      | 'owner'
      | 'state'
      | 'node'
      | 'compute'
      | 'disk'
      | 'image'
      | 'version'
      | 'course'
      | 'waiting'
      | 'held'
      | 'reservation'
      | 'firm'
    >({
      owner: (v) => [v.ownerId],
      state: (v) => [vmState(v)],
      node: (v) => maybe(v.placement?.nodeId ?? null),
      compute: (v) => (holdsCompute(v) ? maybe(v.placement?.nodeId ?? null) : []),
      disk: (v) => maybe(v.homeNodeId),
      image: (v) => [v.imageId],
      version: (v) => [v.versionId],
      course: (v) => maybe(v.courseId),
      waiting: (v) => (v.desired === 'running' && !v.placement ? ['yes'] : []),
      held: (v) => (v.held ? ['yes'] : []),
      reservation: (v) => maybe(v.reservationId),
      // What nobody may suspend and nobody reserved.
      firm: (v) => (v.preemptible || isReserved(v) ? [] : ['yes']),
    }),
    reservation: table<Entities['reservation'], 'owner' | 'user' | 'course' | 'image' | 'state'>({
      owner: (r) => [r.ownerId],
      user: (r) => maybe(r.userId),
      course: (r) => maybe(r.courseId),
      image: (r) => [r.imageId],
      state: (r) => [r.state],
    }),
    usage: table<Entities['usage'], never>({}),
    operation: table<Entities['operation'], 'target' | 'state' | 'author'>({
      target: (o) => [o.target.id],
      state: (o) => [o.state],
      author: (o) => [o.author],
    }),
    notification: table<Entities['notification'], 'user' | 'unread'>({
      user: (n) => [n.userId],
      unread: (n) => (n.readAt === null ? [n.userId] : []),
    }),
    audit: table<Entities['audit'], 'author'>({ author: (a) => [a.author.id] }),
  };
}

export type Tables = ReturnType<typeof emptyTables>;

/** Names are compared without regard to case or to how accents were typed. */
export function nameKey(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

export class CloudState {
  readonly tables: Tables = emptyTables();

  /** The cloud entity; undefined until the first node has made it. */
  get cloud(): Entities['cloud'] | undefined {
    return this.tables.cloud.all()[0];
  }

  /** The newest time any command carried, in ms: the state's clock, which never runs backwards. */
  now = 0;

  clear(): void {
    for (const one of Object.values(this.tables)) one.clear();
    this.now = 0;
  }
}

/** Kinds in the order in which snapshots list them. */
export const KINDS: readonly Kind[] = [
  'cloud',
  'setting',
  'node',
  'token',
  'user',
  'session',
  'course',
  'enrolment',
  'size',
  'image',
  'version',
  'vm',
  'reservation',
  'usage',
  'operation',
  'notification',
  'audit',
];
