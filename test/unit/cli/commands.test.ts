import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Fixture, labmesh, startNode, tempFolder } from './support/harness.ts';

let node: Fixture;
beforeAll(() => {
  node = startNode('small');
});
afterAll(() => node.stop());

describe('answers for scripts', () => {
  const LISTS = [
    'node ls',
    'image ls',
    'vm ls',
    'user ls',
    'course ls',
    'size ls',
    'setting ls',
    'operation ls',
    'doctor',
  ];
  for (const words of LISTS) {
    test(`${words} --json is one array on one line`, async () => {
      const ran = await node.run(`${words} --json`);
      expect(ran.code).toBe(0);
      expect(ran.err).toBe('');
      expect(ran.out.trim().split('\n')).toHaveLength(1);
      expect(Array.isArray(ran.json())).toBe(true);
      expect((ran.json() as unknown[]).length).toBeGreaterThan(0);
    });

    test(`${words} is a table for people`, async () => {
      const ran = await node.run(words, { columns: 80, terminal: true, env: { NO_COLOR: '1' } });
      expect(ran.code).toBe(0);
      expect(ran.out).not.toMatch(/undefined|\[object|NaN/);
      expect(ran.out).not.toContain('\u001b');
    });
  }

  test('status has the promised shape', async () => {
    expect((await node.run('status --json')).json()).toMatchObject({
      cloud: { id: expect.any(String), name: expect.any(String) },
      me: { id: expect.any(String), name: expect.any(String), state: 'ready', role: 'master' },
      master: { term: expect.any(Number) },
      quorum: { voters: 1, alive: 1, mayFail: 0 },
      vms: { running: expect.any(Number), suspended: 1, stopped: 1, waiting: 0, failed: 1 },
    });
  });
});

describe('a VM from start to end', () => {
  test('start, show, stop, start again, suspend, resume, reboot, delete', async () => {
    const start = await node.run(['vm', 'start', '--image', 'Networks lab', '--name', 'cli', '--json']);
    expect(start.code).toBe(0);
    expect(start.json()).toMatchObject({ name: 'cli', state: 'running', image: 'Networks lab' });
    const passes: [string, string][] = [
      ['vm stop cli', 'stopped'],
      ['vm start cli', 'running'],
      ['vm suspend cli', 'suspended'],
      ['vm resume cli', 'running'],
      ['vm reboot cli --force', 'running'],
    ];
    for (const [words, state] of passes) {
      const ran = await node.run(`${words} --json`);
      expect(`${words}: ${ran.code} ${ran.err}`).toBe(`${words}: 0 `);
      expect(ran.json()).toMatchObject({ name: 'cli', state });
    }
    const console = await node.run('vm console cli --json');
    expect(console.json()).toMatchObject({ name: 'cli', open: true });
    expect((await node.run('vm log cli')).code).toBe(0);
    expect((await node.run('vm rm cli --json')).json()).toMatchObject({ name: 'cli', state: 'deleted' });
    expect((await node.run('vm show cli')).code).toBe(3);
  });

  test('--no-wait answers with the operation', async () => {
    const started = await node.run([
      'vm',
      'start',
      '--image',
      'Networks lab',
      '--name',
      'soon',
      '--no-wait',
      '--json',
    ]);
    expect(started.json()).toMatchObject({ kind: 'vm.start', target: { kind: 'vm', name: 'soon' } });
  });

  test('V7 V9 save asks for it and show tells of it; recover is refused while its PC is there', async () => {
    await node.run(['vm', 'start', '--image', 'Networks lab', '--name', 'essay']);
    const asked = await node.run('vm save essay --no-wait --json');
    expect(asked.json()).toMatchObject({ kind: 'vm.save', target: { name: 'essay' }, state: 'running' });
    expect((await node.run('vm show essay')).out).toMatch(/Saved work +being saved now$/m);
    const refused = await node.run('vm recover essay --json');
    expect([refused.code, JSON.parse(refused.out).code]).toEqual([3, 'vm.node_not_lost']);
  });

  test('P4 hours beyond the setting are refused by the cloud with 3', async () => {
    const ran = await node.run(['vm', 'start', '--image', 'Networks lab', '--hours', '6', '--json']);
    expect(ran.code).toBe(3);
    expect(ran.json()).toMatchObject({ code: 'lease.hours', data: { hours: 6, min: 1, max: 5 } });
  });

  test('GF20 GF27 what does not exist is refused with 3', async () => {
    for (const words of [
      'vm start --image none',
      'vm stop none',
      'vm reboot none',
      'vm rm none',
      'image rm none',
      'vm show ../../etc',
      'vm show ..',
    ]) {
      const ran = await node.run(`${words} --json`);
      expect(`${words} ${ran.code}`).toBe(`${words} 3`);
      expect(ran.json()).toMatchObject({ code: 'not_found' });
    }
  });

  test('refusals speak Spanish where the terminal does', async () => {
    const ran = await node.run('vm show none', { env: { LANG: 'es_ES.UTF-8' } });
    expect(ran.err).toContain('No existe el laboratorio');
  });
});

describe('people', () => {
  test('G14 add shows a password once; a second of the name is refused', async () => {
    const added = await node.run('user add zoe --role student --json');
    expect(added.json()).toMatchObject({ name: 'zoe', role: 'student', password: expect.any(String) });
    expect((await node.run('user add zoe --role student')).code).toBe(3);
    expect((await node.run('user rm zoe')).code).toBe(0);
  });

  test('a password comes from standard input or is typed twice, never shown', async () => {
    await node.run('user add yan --role teacher');
    const piped = await node.run('user passwd yan --password-stdin', { input: 'correct horse battery\n' });
    expect(piped.code).toBe(0);
    const typed = await node.run('user passwd yan', {
      answers: ['correct horse staple', 'correct horse staple'],
    });
    expect(typed.code).toBe(0);
    expect(typed.out + typed.err).not.toContain('correct horse staple');
    expect((await node.run('user passwd yan', { answers: ['a', 'b'] })).err).toContain(
      'cli.password_differs',
    );
    expect((await node.run('user passwd yan')).err).toContain('cli.no_terminal');
    expect((await node.run('user passwd yan --password-stdin', { input: '\n' })).err).toContain(
      'cli.password_empty',
    );
  });

  test('a list of people: those who can be are added, the others told', async () => {
    const file = join(tempFolder(), 'p.csv');
    writeFileSync(file, 'name,full name,role\nkim,Kim Lee,student\nbad name,X,student\n');
    const ran = await node.run(['user', 'import', file, '--json']);
    expect(ran.code).toBe(1);
    expect(ran.json()).toMatchObject({ added: 1, refused: 1 });
  });

  test('the last admin stays', async () => {
    expect((await node.run('user rm admin')).code).toBe(3);
  });
});

describe('settings', () => {
  test('set, get, back to default', async () => {
    expect((await node.run('setting set lease.max_hours 8')).code).toBe(0);
    expect((await node.run('setting get lease.max_hours')).out).toBe('8\n');
    await node.run('setting set lease.max_hours default');
    expect((await node.run('setting get lease.max_hours')).out).toBe('5\n');
    expect((await node.run('setting set lease.max_hours many')).code).toBe(2);
    expect((await node.run('setting set lease.max_hours 999')).code).toBe(3);
    expect((await node.run('setting get no.such')).code).toBe(3);
  });
});

describe('nobody answers', () => {
  test('no node: 4, and what to do', async () => {
    const ran = await labmesh(['status', '--data', tempFolder(), '--json']);
    expect(ran.code).toBe(4);
    expect(ran.json()).toMatchObject({ code: 'cli.no_node' });
    expect(ran.err).toContain('labmesh up');
  });

  test('a socket file without a node behind it: 4', async () => {
    const data = tempFolder();
    writeFileSync(join(data, 'control.sock'), '');
    expect((await labmesh(['status', '--data', data])).err).toContain('cli.no_node');
  });

  test.skipIf(process.getuid?.() !== 0)('a folder closed to this account: 4, and what to do', async () => {
    const closed = startNode('empty');
    chmodSync(closed.data, 0o700);
    const main = join(import.meta.dir, '../../../src/main.ts');
    const as = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const found = Bun.spawnSync([...as, process.execPath, main, 'status', '--data', closed.data], {
      stderr: 'pipe',
    });
    expect(found.stderr.toString()).toContain('cli.socket_denied');
    expect(found.exitCode).toBe(4);
    await closed.stop();
  });

  test('nothing at the address: 4', async () => {
    const ran = await labmesh(['status', '--url', 'https://127.0.0.1:1', '--token', 't', '--json']);
    expect(ran.code).toBe(4);
    expect(ran.json()).toMatchObject({ code: 'cli.unreachable' });
  });

  test('something else at the address: 4', async () => {
    const other = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
    });
    const ran = await labmesh(['status', '--url', `http://127.0.0.1:${other.port}`, '--token', 't']);
    await other.stop(true);
    expect(ran.code).toBe(4);
    expect(ran.err).toContain('cli.strange_answer');
  });
});

describe('waiting', () => {
  test('too long: 5, the operation is named and goes on', async () => {
    const slow = startNode('small', 0); // its agent never moves
    const argv = ['vm', 'start', '--image', 'Networks lab', '--timeout', '300ms', '--json'];
    const ran = await slow.run(argv);
    expect(ran.code).toBe(5);
    const answer = ran.json() as { code: string; data: { operation: string } };
    expect(answer.code).toBe('cli.wait_timeout');
    const operation = await slow.run(['operation', 'show', answer.data.operation, '--json']);
    expect(operation.json()).toMatchObject({ state: 'running', kind: 'vm.start' });
    await slow.stop();
  });

  test('work that fails: 1, with the cause', async () => {
    const failing = Bun.serve({
      unix: join(tempFolder(), 'control.sock'),
      fetch: (request) => {
        const operation = {
          id: 'OP',
          kind: 'vm.start',
          target: { kind: 'vm', id: 'V', name: 'web' },
          progress: null,
          startedAt: 0,
          endedAt: 1,
        };
        const error = { code: 'vm.crashed', message: 'It broke.', hint: 'Again.', data: {} };
        return Response.json(
          request.method === 'POST'
            ? { vm: null, operation: { ...operation, state: 'running', error: null } }
            : { ...operation, state: 'failed', error },
        );
      },
    });
    const data = failing.url.pathname.replace(/\/control\.sock$/, '');
    const ran = await labmesh(['vm', 'start', 'web', '--data', data, '--json']);
    await failing.stop(true);
    expect(ran.code).toBe(1);
    expect(ran.json()).toMatchObject({ code: 'vm.crashed', data: { operation: 'OP' } });
  });
});

describe('completion', () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    test(`the script for ${shell} names every noun`, async () => {
      const ran = await labmesh(['completion', shell]);
      expect(ran.code).toBe(0);
      for (const noun of ['vm', 'image', 'course', 'doctor']) expect(ran.out).toContain(noun);
    });
  }

  test('bash takes it and completes with it', async () => {
    const { out } = await labmesh(['completion', 'bash']);
    const complete = (...words: string[]) => {
      const script = `${out}\nCOMP_WORDS=(${words.map((one) => `'${one}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _labmesh; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const ran = Bun.spawnSync(['bash', '--norc', '-c', script]);
      expect(ran.stderr.toString()).toBe('');
      return ran.stdout.toString().trim().split('\n');
    };
    expect(complete('labmesh', 'v')).toEqual(['vm', 'version']);
    expect(complete('labmesh', 'vm', 's')).toEqual(['show', 'start', 'stop', 'suspend', 'save']);
    expect(complete('labmesh', '--data', '/x', 'vm', 'start', '--im')).toEqual(['--image']);
    expect(complete('labmesh', 'up', '--accel', '')).toEqual(['auto', 'kvm', 'tcg']);
    expect(complete('labmesh', 'completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });
});
