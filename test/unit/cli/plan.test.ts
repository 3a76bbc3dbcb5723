/** Waiting in line, asking why, and reserving, from the command line. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { BAD, GOOD, NOW } from '../../support/bad-reservations.ts';
import { vmOf } from '../../support/fake-cloud.ts';
import { until } from '../../support/until.ts';
import { type Fixture, startNode } from './support/harness.ts';

const WIDE = { columns: 300 };
let node: Fixture;
afterEach(() => node.stop());

/** A PC that is full, and stays so until somebody stops something. */
function fill(): void {
  const { node: fake } = node;
  const by = { kind: 'local', nodeId: fake.me.nodeId } as const;
  for (const [key, value] of [
    ['scheduler.preemption', false],
    ['priority.fair_share', 0],
  ] as const)
    fake.apply('setting.set', { key, value }, by);
  const capacity = { cores: 4, ramMiB: 2304, storageGiB: 500, tempGiB: 200 };
  const facts = { name: 'PC-1', address: 'pc-1.lab.example', version: '0.1.0', capacity, accel: 'tcg' };
  fake.applyAsNode('node.register', { ...facts, hostProblem: null });
}

const START = ['vm', 'start', '--image', 'Operating systems lab', '--size', 'Linux medium', '--name', 'late'];

describe('S3 vm start when there is no room', () => {
  beforeEach(() => {
    node = startNode('small');
    fill();
  });

  test('says its number on standard error and goes on until it runs', async () => {
    const ran = node.run([...START, '--timeout', '60s', '--json']);
    await until('it waits', () => vmOf(node.node, 'admin').name === 'late');
    const filler = vmOf(node.node, 'ana', 'Kernel practice');
    await until('the second look', () => node.node.queue().entries.length === 1);
    // Room is made only after the remark had its time: the command asks again every two seconds.
    const waited = Date.now();
    await until('two seconds', () => Date.now() - waited > 2500);
    for (const vm of [filler, vmOf(node.node, 'teresa')])
      node.node.apply('vm.stop', { id: vm.id, force: true }, { kind: 'local', nodeId: node.node.me.nodeId });
    const { code, err, json } = await ran;
    expect([code, json()]).toMatchObject([0, { name: 'late', state: 'running', queue: null }]);
    expect(err.match(/Number 1 in line, .*\./g)).toHaveLength(1);
    expect(err).toContain('The cloud is full');
  });

  test('ends with 5 after --timeout and names the operation; the request stays, and can be cancelled', async () => {
    const late = await node.run([...START, '--timeout', '2500ms', '--json']);
    expect(late.code).toBe(5);
    const { code, data } = late.json() as { code: string; data: { operation: string } };
    expect([code, data.operation]).toEqual(['cli.wait_timeout', expect.stringMatching(/^[0-9A-Z]{26}$/)]);
    const listed = await node.run('request ls', WIDE);
    expect(listed.out).toMatch(/NO\. +REQUEST[\s\S]*1 +late +admin/);
    expect((await node.run('vm show late')).out).toMatch(/Queue +Number 1 in line/);
    const why = await node.run('request explain late', WIDE);
    expect(why.out).toMatch(/^late waits: number 1 in line/);
    expect(why.out).toMatch(/Its claim: .* points/);
    expect(why.out).toMatch(/PC-1 +left out/);
    const cancelled = await node.run('request cancel late --json');
    expect([cancelled.code, cancelled.json()]).toMatchObject([0, { name: 'late', state: 'deleted' }]);
    expect((await node.run('request ls')).out).toBe('Nobody waits.\n');
    expect((await node.run('request cancel late --json')).json()).toMatchObject({ code: 'not_found' });
  });

  test('--no-wait answers at once with the operation', async () => {
    const ran = await node.run([...START, '--no-wait', '--json']);
    expect([ran.code, ran.json()]).toMatchObject([0, { kind: 'vm.start', state: 'running' }]);
  });

  test('what could never fit is refused at once, naming what is short', async () => {
    const ran = await node.run([
      'vm',
      'start',
      '--image',
      'Operating systems lab',
      '--size',
      'Linux big',
      '--json',
    ]);
    expect([ran.code, ran.json()]).toMatchObject([
      3,
      { code: 'capacity.never', data: { resource: 'ramMiB' } },
    ]);
  });

  test('P4 hours are refused by the cloud, in its words, whatever they are', async () => {
    for (const [hours, code] of [
      ['0', 'lease.hours'],
      ['6', 'lease.hours'],
      ['1.5', 'lease.hours'],
      ['-1', 'lease.hours'],
      ['two', 'payload.invalid'],
      ['9'.repeat(400), 'payload.invalid'],
    ]) {
      const ran = await node.run([...START, `--hours=${hours}`, '--json']);
      expect([hours, ran.code, ran.json()]).toMatchObject([hours, 3, { code }]);
    }
  });

  test('S16 vm explain tells of one that runs, and of none', async () => {
    const ran = await node.run(['vm', 'explain', 'Kernel practice'], WIDE);
    expect(ran.out).toMatch(/^Kernel practice is running on PC-1\./);
    expect(ran.out).toMatch(/PC-1 +(taken|has room|left out)/);
    expect((await node.run('vm explain none --json')).code).toBe(3);
    const running = await node.run(['request', 'explain', 'Kernel practice', '--json']);
    expect(running.json()).toMatchObject({ code: 'vm.not_waiting' });
  });
});

describe('S6 reservation', () => {
  beforeEach(() => {
    node = startNode('small', 0);
  });

  test('add, ls, rm', async () => {
    const at = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
    const add = [
      'reservation',
      'add',
      '--image',
      'Operating systems lab',
      '--at',
      `${at}T09:00`,
      '--hours',
      '2',
    ];
    const course = [
      '--course',
      'Operating systems 2A',
      '--count',
      '3',
      '--weekly',
      '2',
      '--label',
      'Practice 3',
    ];
    const added = await node.run([...add, ...course, '--size', 'Tiny', '--zone', 'Europe/Madrid']);
    expect(added.err).toBe('');
    expect(added.out).toMatch(new RegExp(`Begins +${at}T09:00 \\(Europe/Madrid\\), 2 times until`));
    const rows = (await node.run('reservation ls --json')).json();
    expect(rows).toMatchObject([{ label: 'Practice 3', count: 3, kind: 'class', hours: 2, state: 'active' }]);
    expect((await node.run('reservation ls', WIDE)).out).toMatch(
      /Practice 3 +.* +2 +2 +Operating systems 2A +3/,
    );
    const removed = await node.run(['reservation', 'rm', 'Practice 3']);
    expect(removed.out).toBe('Practice 3 is cancelled; its hours are free for others.\n');
    expect((await node.run('reservation ls')).out).toBe('No reservations.\n');
    expect((await node.run('reservation ls --all --json')).json()).toMatchObject([{ state: 'cancelled' }]);
  });

  test('the zone of the terminal is meant where none is said', async () => {
    const at = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
    const add = [
      'reservation',
      'add',
      '--image',
      'Networks lab',
      '--at',
      `${at}T09:00`,
      '--hours',
      '1',
      '--size',
      'Tiny',
    ];
    const { zone } = (await node.run([...add, '--for', 'ana', '--json'])).json() as { zone: string };
    expect(zone).toBe(Intl.DateTimeFormat().resolvedOptions().timeZone);
  });
});

describe('S6 a reservation that is refused', () => {
  test.each(BAD.map((one) => [one.what, one] as const))(
    '%s: by the cloud, in its own words, with 3',
    async (_, bad) => {
      node = startNode('small', 0, { now: NOW });
      const flags = Object.entries({ ...GOOD, ...bad.fields }).map(([key, value]) => `--${key}=${value}`);
      const ran = await node.runAs('ana', ['reservation', 'add', ...flags, '--json']);
      expect([ran.code, ran.json()]).toMatchObject([3, { code: bad.code, data: bad.data ?? {} }]);
    },
  );
});

describe('S14 limits', () => {
  beforeEach(() => {
    node = startNode('small', 0);
  });

  test('user quota sets some, keeps the others, and gives back', async () => {
    expect((await node.run('user quota ana')).out).toMatch(/At once +as every student/);
    const set = await node.run('user quota ana --running 4 --ram 32 --json');
    expect(set.json()).toMatchObject({ quota: { running: 4, ramMiB: 32_768, vms: null } });
    expect((await node.run('user quota ana --vms 9')).out).toMatch(/VMs +9\n.*At once +4\n/s);
    const back = await node.run('user quota ana --running role --ram role --vms role --json');
    expect(back.json()).toMatchObject({ quota: null });
  });

  test('course edit sets how many run at once', async () => {
    const course = ['course', 'edit', 'Operating systems 2A'];
    expect((await node.run([...course, '--max-vms', '5', '--json'])).json()).toMatchObject({ maxVms: 5 });
    expect((await node.run([...course, '--max-vms', 'none'])).out).toMatch(/VMs at once +no limit/);
  });
});
