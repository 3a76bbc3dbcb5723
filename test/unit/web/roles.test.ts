/** G15: who gets as far as a route's handler, for every route and role; and what lists show to whom. */
import { describe, expect, test } from 'bun:test';
import { type ApiRoute, apiTable, createWebApp } from '../../../src/web/index.ts';
import { fakeCloud, vmOf } from '../../support/fake-cloud.ts';
import { type Answer, ask, type Client, ROOT, STRANGER, signInAs } from './client.ts';

const node = fakeCloud('small');
const app = createWebApp(node);
const clients: Record<string, Client> = {
  anonymous: STRANGER,
  student: await signInAs(app, 'ana'),
  teacher: await signInAs(app, 'teresa'),
  admin: await signInAs(app, 'admin'),
  local: ROOT,
};
const ENTER: Record<ApiRoute['who'], readonly string[]> = {
  anyone: ['anonymous', 'student', 'teacher', 'admin', 'local'],
  person: ['student', 'teacher', 'admin', 'local'],
  teacher: ['teacher', 'admin', 'local'],
  admin: ['admin', 'local'],
  local: ['local'],
};

describe.each(apiTable.map((route) => [`${route.method} ${route.path}`, route] as const))(
  'G15 %s',
  (_, route) => {
    test('is closed to every role that it is not for', async () => {
      const path = `/api/v1${route.path.replace(/\{\w+\}/g, '01ARZ3NDEKTSV4RRFFQ69G5FAV')}`;
      for (const [role, client] of Object.entries(clients)) {
        if (ENTER[route.who].includes(role)) continue;
        const { status, json } = await ask(app, client, route.method, path);
        expect([role, status]).toEqual([role, role === 'anonymous' ? 401 : 403]);
        expect(json.code).toMatch(/^(access\.signed_out|access\.denied|web\.control_only)$/);
      }
    });
  },
);

const names = ({ json }: Answer) => json.items.map((one: { name: string }) => one.name).sort();

test('C4 G19 V2 one application for all, lists show what is one’s own: student, teacher of the course, admin', async () => {
  const vms = (client: Client | undefined) => ask(app, client ?? STRANGER, 'GET', '/api/v1/vms');
  expect(names(await vms(clients.student))).toEqual(['Kernel practice', 'Routing']);
  expect(names(await vms(clients.teacher))).toHaveLength(5);
  expect(names(await vms(clients.admin))).toHaveLength(5);
  const other = await ask(app, await signInAs(app, 'dana'), 'GET', '/api/v1/vms');
  expect(other.json).toMatchObject({ items: [], total: 0, next: null });
});

test('images, courses, operations and people are filtered as well', async () => {
  const dana = await signInAs(app, 'dana');
  const images = await ask(app, dana, 'GET', '/api/v1/images');
  expect(images.json.map((one: { name: string }) => one.name)).toEqual(['Data bases on Windows']);
  const courses = await ask(app, dana, 'GET', '/api/v1/courses');
  expect(courses.json.map((one: { name: string }) => one.name)).toEqual(['Data bases 1B']);
  expect(courses.json[0].students).toBeNull();
  expect((await ask(app, dana, 'GET', '/api/v1/operations')).json.total).toBe(0);
  expect((await ask(app, dana, 'GET', '/api/v1/users/ana')).status).toBe(404);
  expect((await ask(app, dana, 'GET', '/api/v1/status')).json.vms).toMatchObject({ running: 0, stopped: 0 });
  const teacher = await ask(app, clients.teacher ?? STRANGER, 'GET', '/api/v1/users?limit=200');
  expect(names(teacher)).not.toContain('admin');
});

test('no answer carries a password’s or a secret’s hash', async () => {
  for (const route of apiTable.filter((one) => one.method === 'GET' && !one.path.includes('{'))) {
    const { text } = await ask(
      app,
      route.who === 'local' ? ROOT : (clients.admin ?? ROOT),
      'GET',
      `/api/v1${route.path}`,
    );
    expect([route.path, /argon2|[0-9a-f]{64}/.test(text)]).toEqual([route.path, false]);
  }
});

test('P4 G1 a student starts a lab of the course for whole hours within the settings; another image is unknown', async () => {
  const student = clients.student ?? STRANGER;
  const start = (body: object) => ask(app, student, 'POST', '/api/v1/vms', { body });
  for (const hours of [0, 6, -1, 1.5]) {
    const refused = await start({ image: 'Operating systems lab', hours });
    expect([hours, refused.status, refused.json.code]).toEqual([hours, 422, 'lease.hours']);
  }
  expect((await start({ image: 'Data bases on Windows', hours: 2 })).json.code).toBe('not_found');
  const started = await start({ image: 'operating SYSTEMS lab', hours: 5, size: 'tiny' });
  expect(started.status).toBe(202);
  expect(started.json).toMatchObject({
    vm: { state: 'waiting', owner: 'ana', size: 'Tiny' },
    operation: { state: 'running' },
  });
  const waiting = ask(app, student, 'GET', `/api/v1/operations/${started.json.operation.id}?wait=10`);
  node.settle();
  expect((await waiting).json).toMatchObject({ state: 'done', kind: 'vm.start' });
  expect((await ask(app, student, 'GET', `/api/v1/vms/${started.json.vm.id}`)).json).toMatchObject({
    state: 'running',
    console: true,
  });
});

test('P5 S12 what could never fit is refused with the short resource', async () => {
  await ask(app, ROOT, 'POST', '/api/v1/sizes', {
    body: { name: 'Huge', vcpus: 1, ramMiB: 900_000, osDiskGiB: 10, dataDiskGiB: 0 },
  });
  const refused = await ask(app, clients.admin ?? ROOT, 'POST', '/api/v1/vms', {
    body: { image: 'Networks lab', size: 'Huge', hours: 1 },
  });
  expect(refused.json).toMatchObject({ code: 'capacity.never', data: { asked: 900_000 } });
});

test('an idempotency key carries a request out once', async () => {
  const headers = { 'idempotency-key': 'job-7' };
  const make = () => ask(app, ROOT, 'POST', '/api/v1/users', { body: { name: 'once' }, headers });
  const [first, second] = [await make(), await make()];
  expect(second.json.user.id).toBe(first.json.user.id);
  expect(typeof first.json.password).toBe('string');
  expect(second.json.password).toBeNull();
});

test('names, ids and beginnings of ids find; what several have is said to be ambiguous', async () => {
  const vm = vmOf(node, 'bruno');
  const get = (id: string) => ask(app, ROOT, 'GET', `/api/v1/vms/${encodeURIComponent(id)}`);
  for (const id of [vm.id, vm.id.toLowerCase(), vm.name, vm.name.toUpperCase()])
    expect((await get(id)).json.id).toBe(vm.id);
  expect((await get(vm.id.slice(0, 6))).json.code).toBe('name.ambiguous');
  expect((await get(vm.id.slice(0, 2))).json.code).toBe('not_found');
});

test('G14 people come in by CSV, each line on its own; a dry run changes nothing', async () => {
  const csv =
    '\uFEFFName;Full name;Role;Course\r\nnora;"Núñez; Nora";student;Data bases 1B\r\nana;;;\r\nomar;;king;\r\nrui;;;Data bases 1B\r\n';
  const send = (query: string) =>
    ask(app, ROOT, 'POST', `/api/v1/users/import${query}`, {
      raw: csv,
      headers: { 'content-type': 'text/csv' },
    });
  const before = node.state.tables.user.size;
  expect((await send('?dryRun=true')).json).toMatchObject({ added: 2, exists: 1, refused: 1 });
  expect(node.state.tables.user.size).toBe(before);
  const { json } = await send('');
  expect(json.lines.map((one: { outcome: string }) => one.outcome)).toEqual([
    'added',
    'exists',
    'refused',
    'added',
  ]);
  expect(json.lines[0]).toMatchObject({ line: 2, fullName: 'Núñez; Nora', course: 'Data bases 1B' });
  expect(json.lines[3].problem.code).toBe('course.full'); // three places: the account stands, its place does not
  expect((await signInAs(app, 'rui', json.lines[3].password)).csrf).not.toBe('');
});
