/** Clouds to look at: data sets for tests and previews. Every account's password is `labmesh`. */
import {
  type CommandType,
  defaultSizes,
  type Image,
  type Node,
  newUser,
  newVm,
  type Role,
  type User,
  type Vm,
  type VmActual,
  type VmDesired,
} from '../../src/state/index.ts';
import { FakeNode, type FakeNodeOptions } from './fake-node.ts';

export const PASSWORD = 'labmesh';
// The cheapest argon2id that exists: these accounts protect nothing, and a thousand tests sign in.
const passwordHash = Bun.password.hashSync(PASSWORD, { algorithm: 'argon2id', memoryCost: 8, timeCost: 1 });

export type DataSet = 'empty' | 'small' | 'large';

/** A node whose cloud exists: `empty` has one admin; `small` a lab; `large` the same with `vms` (default 10,000) VMs. */
export function fakeCloud(set: DataSet, options: FakeNodeOptions & { vms?: number } = {}): FakeNode {
  const node = new FakeNode(options);
  createCloud(node);
  if (set === 'empty') return node;
  const people = addPeople(node);
  const images = addImages(node);
  addCourses(node, people, images);
  if (set === 'small') addVms(node, people, images);
  else addMany(node, people, images, options.vms ?? 10_000);
  return node;
}

/** The account of a name. */
export function userNamed(node: FakeNode, name: string): User {
  const user = node.state.tables.user.one('name', name);
  if (!user) throw new Error(`no account ${name}`);
  return user;
}

/** The newest VM of an owner, or the one with this name. */
export function vmOf(node: FakeNode, owner: string, name?: string): Vm {
  const vms = node.state.tables.vm.by('owner', userNamed(node, owner).id);
  const vm = name === undefined ? vms.at(-1) : vms.find((one) => one.name === name);
  if (!vm) throw new Error(`${owner} has no VM ${name ?? ''}`);
  return vm;
}

function local(node: FakeNode, type: CommandType, payload: unknown): string {
  return node.apply(type, payload, { kind: 'local', nodeId: node.me.nodeId }).targetId ?? '';
}

function createCloud(node: FakeNode): void {
  const sizes = defaultSizes.map((size) => ({ ...size, id: node.newId() }));
  const tiny = { id: node.newId(), name: 'Tiny', vcpus: 1, ramMiB: 256, osDiskGiB: 2, dataDiskGiB: 0 };
  local(node, 'cloud.create', {
    id: node.newId(),
    name: 'Lab of computing',
    admin: { id: node.newId(), name: 'admin', passwordHash },
    sizes: [tiny, ...sizes],
  });
  const admin = userNamed(node, 'admin');
  local(node, 'user.set_password', {
    id: admin.id,
    passwordHash,
    mustChangePassword: false,
    keepSessionId: null,
  });
  node.applyAsNode('node.register', {
    name: node.me.name,
    address: 'pc-1.lab.example',
    version: node.me.version,
    capacity: { cores: 16, ramMiB: 32_768, storageGiB: 500, tempGiB: 200 },
    accel: 'tcg',
    hostProblem: null,
  });
}

function addPeople(node: FakeNode): Map<string, string> {
  const people: [string, string, Role][] = [
    ['teresa', 'Teresa Núñez', 'teacher'],
    ['tom', 'Tom Okafor', 'teacher'],
    ['ana', 'Ana Belén Ruiz', 'student'],
    ['bruno', 'Bruno Silva', 'student'],
    ['chloe', 'Chloé Martin', 'student'],
    ['dana', 'Dana Petrova', 'student'],
    ['eve', 'Eve Adams', 'student'],
  ];
  return new Map(
    people.map(([name, fullName, role]) => {
      const account = { id: node.newId(), name, fullName, role, passwordHash, mustChangePassword: false };
      return [name, local(node, 'user.add', account)];
    }),
  );
}

function addImages(node: FakeNode): Map<string, string> {
  const teacher = userNamed(node, 'teresa').id;
  const images: [string, 'linux' | 'windows' | 'other', boolean][] = [
    ['Operating systems lab', 'linux', true],
    ['Networks lab', 'linux', false],
    ['Data bases on Windows', 'windows', false],
  ];
  const made = images.map(([name, os, shared]): [string, string] => {
    const id = node.newId();
    const by = { kind: 'user', id: teacher, from: '192.0.2.7' } as const;
    node.apply('image.begin_import', { id, name, os, shared, nodeId: node.me.nodeId }, by);
    node.applyAsNode('image.finish_import', {
      id,
      versionId: node.newId(),
      manifestHash: '5'.repeat(64),
      kind: 'disk',
      virtualBytes: 2 * 2 ** 30,
      storedBytes: 700_000_000,
      chunks: 512,
    });
    return [name, id];
  });
  return new Map(made);
}

function addCourses(node: FakeNode, people: Map<string, string>, images: Map<string, string>): void {
  const id = (name: string) => people.get(name) ?? '';
  const image = (name: string) => images.get(name) ?? '';
  const systems = local(node, 'course.add', {
    id: node.newId(),
    name: 'Operating systems 2A',
    places: 20,
    teacherIds: [id('teresa')],
  });
  local(node, 'course.enrol', { id: systems, userIds: [id('ana'), id('bruno'), id('chloe')] });
  local(node, 'course.link', { id: systems, imageId: image('Operating systems lab') });
  local(node, 'course.link', { id: systems, imageId: image('Networks lab') });
  const bases = local(node, 'course.add', {
    id: node.newId(),
    name: 'Data bases 1B',
    places: 3,
    teacherIds: [id('tom')],
  });
  local(node, 'course.enrol', { id: bases, userIds: [id('dana'), id('eve')] });
  local(node, 'course.link', { id: bases, imageId: image('Data bases on Windows') });
}

/** VMs in the states that people meet most. */
function addVms(node: FakeNode, people: Map<string, string>, images: Map<string, string>): void {
  const size = node.state.tables.size.one('name', 'tiny')?.id ?? '';
  const start = (owner: string, image: string, name: string, persistent = true) => {
    const by = { kind: 'user', id: people.get(owner) ?? '', from: '192.0.2.20' } as const;
    const payload = { imageId: images.get(image) ?? '', sizeId: size, hours: 2, courseId: null, persistent };
    node.apply('vm.create', { ...payload, id: node.newId(), name, sshKeys: [], pinnedNodeId: null }, by);
    node.settle();
    return vmOf(node, owner, name);
  };
  const by = (owner: string) => ({ kind: 'user', id: people.get(owner) ?? '', from: '192.0.2.20' }) as const;
  start('ana', 'Operating systems lab', 'Kernel practice');
  const stopped = start('ana', 'Networks lab', 'Routing', false);
  node.apply('vm.stop', { id: stopped.id, force: false }, by('ana'));
  const suspended = start('bruno', 'Operating systems lab', 'Scheduling homework');
  node.apply('vm.suspend', { id: suspended.id }, by('bruno'));
  node.settle();
  const failed = start('chloe', 'Operating systems lab', 'Lab 3');
  node.applyAsNode('vm.observe', {
    id: failed.id,
    epoch: failed.epoch,
    state: 'failed',
    cause: { code: 'vm.crashed', data: {} },
    ip: null,
    restartSeq: 0,
  });
  start('teresa', 'Operating systems lab', 'Preparing week 5');
}

/** A term's worth of VMs, put straight into the state as a snapshot: fifty labs of fat PCs, owners with three VMs each. */
function addMany(
  node: FakeNode,
  people: Map<string, string>,
  images: Map<string, string>,
  count: number,
): void {
  const now = node.now();
  const records = [...node.machine.snapshot()] as { kind: string; entity?: { id: string } }[];
  const size = node.state.tables.size.one('name', 'tiny');
  const image = node.state.tables.image.get(images.get('Operating systems lab') ?? '') as Image;
  const course = node.state.tables.course.by('teacher', people.get('teresa') ?? '')[0];
  const nodeIds = Array.from({ length: 50 }, () => node.newId());
  const template = node.state.tables.node.all()[0] as Node;
  for (const [n, id] of nodeIds.entries()) {
    const capacity = { cores: 64, ramMiB: 262_144, storageGiB: 4000, tempGiB: 1000 };
    const entity = {
      ...template,
      id,
      name: `PC-${n + 2}`,
      address: `pc-${n + 2}.lab.example`,
      capacity,
      subnet: n + 2,
    };
    records.push({ kind: 'node', entity });
  }
  const students = Array.from({ length: Math.ceil(count / 3) }, (_, n) => {
    const entity: User = {
      ...newUser,
      id: node.newId(),
      name: `s${String(n).padStart(5, '0')}`,
      fullName: `Student ${n}`,
      role: 'student',
      passwordHash,
      mustChangePassword: false,
      language: null,
      createdAt: now,
    };
    records.push({ kind: 'user', entity });
    return entity;
  });
  const mix: [VmDesired, VmActual][] = [
    ['running', 'running'],
    ['running', 'running'],
    ['running', 'running'],
    ['stopped', 'stopped'],
    ['suspended', 'suspended'],
    ['running', 'starting'],
    ['stopped', 'failed'],
  ];
  for (let n = 0; n < count; n++) {
    const [desired, state] = mix[n % mix.length] ?? ['stopped', 'stopped'];
    const owner = students[n % students.length] as User;
    const nodeId = nodeIds[n % nodeIds.length] ?? '';
    const entity: Vm = {
      ...newVm,
      id: node.newId(),
      name: `Lab ${n}`,
      ownerId: owner.id,
      courseId: course?.id ?? null,
      imageId: image.id,
      versionId: image.currentVersionId ?? '',
      sizeId: size?.id ?? '',
      vcpus: 1,
      ramMiB: 256,
      osDiskGiB: 2,
      dataDiskGiB: 0,
      persistent: n % 3 !== 0,
      sshKeys: [],
      desired,
      force: false,
      restart: { seq: 0, force: false },
      pinnedNodeId: null,
      homeNodeId: nodeId,
      epoch: 1,
      placement: { nodeId, epoch: 1, compute: true },
      observed: {
        epoch: 1,
        state,
        cause: state === 'failed' ? { code: 'vm.crashed', data: {} } : null,
        since: now - n * 1000,
        ip: state === 'running' ? `10.77.${n % 250}.${(n % 200) + 10}` : null,
        restartSeq: 0,
      },
      leaseHours: 2,
      leaseEndsAt: desired === 'running' ? now + 3_600_000 : null,
      createdAt: now - n * 1000,
    };
    records.push({ kind: 'vm', entity });
  }
  node.machine.restore(records);
}
