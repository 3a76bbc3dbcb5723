import { describe, expect, test } from 'bun:test';
import { labmesh, tempFolder } from './support/harness.ts';

/** Each of these must end with 2 before anything is asked of a node. */
const WRONG: readonly (readonly string[])[] = [
  ['frobnicate'],
  ['vm'],
  ['vm', 'lss'],
  ['vm', 'show'],
  ['vm', 'show', 'a', 'b'],
  ['vm', 'ls', '--bad'],
  ['vm', 'start'],
  ['vm', 'start', 'web', '--image', 'demo'],
  ['vm', 'start', 'web', '--size', 'Tiny'],
  ['vm', 'start', '--image'],
  ['vm', 'start', '--image', 'demo', '--name', ' '],
  ['vm', 'start', '--image', 'demo', '--name', 'a\nb'],
  ['vm', 'start', '--image', 'demo', '--ssh-key', 'nonsense'],
  ['vm', 'log', 'web', '--kb', '0'],
  ['vm', 'log', 'web', '--follow', '--json'],
  ['user', 'add', 'ana'],
  ['user', 'add', 'ana', '--role', 'king'],
  ['user', 'passwd', 'ana', '--generate', '--password-stdin'],
  ['course', 'add', 'Networks'],
  ['course', 'add', 'Networks', '--places', 'many'],
  ['course', 'enrol', 'Networks'],
  ['image', 'import', 'a.qcow2'],
  ['image', 'import', 'a.qcow2', '--name', 'a', '--os', 'plan9'],
  ['image', 'import', '/no/such/file', '--name', 'a'],
  ['operation', 'ls', '--limit', '9999'],
  ['status', '--timeout', 'soon'],
  ['status', '--timeout', '0s'],
  ['status', '--timeout', '9999h'],
  ['status', '--url', 'ftp://pc-3'],
  ['status', '--url', 'http://pc-3:8080'],
  ['status', '--url', 'https://pc-3:8443/api'],
  ['status', '--token', 'secret'],
  ['status', '--data', ''],
  ['status', '--ca'],
  ['image', 'export', 'a', 'b', '--url', 'https://localhost:1'],
  ['up', '--web', 'nonsense'],
  ['up', '--web', '0.0.0.0:99999'],
  ['up', '--web', 'not.an.ip:1'],
  ['up', '--mesh', '8444'],
  ['up', '--join', '8446'],
  ['up', '--local-http', 'yes'],
  ['up', '--accel', 'xen'],
  ['up', '--name', ''],
  ['up', '--advertise', 'a b'],
  ['up', 'now'],
  ['request', 'cancel'],
  ['reservation', 'add', '--image', 'demo', '--hours', '2'],
  ['reservation', 'add', '--image', 'demo', '--at', '2027-03-01T09:00'],
  ['reservation', 'add', '--at', '2027-03-01T09:00', '--hours', '2'],
  ['user', 'quota', 'ana', '--running', 'many'],
  ['user', 'quota', 'ana', '--running', '1001'],
  ['course', 'edit', 'Networks'],
  ['course', 'edit', 'Networks', '--max-vms', '-1'],
  ['join'],
  ['join', ' '],
  ['join', 'one', 'two'],
  ['join', 'one', '--web', 'nonsense'],
  ['completion'],
  ['completion', 'powershell'],
  ['x'.repeat(1_000_000)],
  ['vm', '\u0000\u001b[2J'],
];

describe('a wrong command line', () => {
  for (const argv of WRONG) {
    const name = argv
      .join(' ')
      .slice(0, 60)
      .replace(/\p{Cc}/gu, '?');
    test(`ends with 2 and a sentence: ${name}`, async () => {
      const ran = await labmesh([...argv]);
      expect(ran.code).toBe(2);
      if (!argv.includes('--json')) expect(ran.out).toBe('');
      const [message = '', hint = ''] = ran.err.split('\n');
      expect(message).toMatch(/^["“A-Z-].*[.?]$/);
      expect(hint).not.toBe('');
      expect(ran.err).not.toMatch(/\n\s+at |undefined/);
      expect(ran.err).not.toContain('\u001b');
      expect(ran.err.length).toBeLessThan(600);
    });

    test(`with --json, JSON alone on standard output: ${name}`, async () => {
      const ran = await labmesh([...argv, '--json']);
      if (argv.at(-1) === '--image' || argv.at(-1) === '--ca') return; // --json is the option's value there
      expect(ran.code).toBe(2);
      expect(ran.json()).toMatchObject({
        code: expect.any(String),
        message: expect.any(String),
        hint: expect.any(String),
      });
      expect(ran.out.trim().split('\n')).toHaveLength(1);
    });
  }

  test('a misspelt verb gets a suggestion', async () => {
    expect((await labmesh(['vm', 'strat'])).err).toContain('Did you mean start?');
  });

  test('--help is no fault, and has examples', async () => {
    for (const argv of [['--help'], ['vm', '--help'], ['vm', 'start', '--help'], []]) {
      const ran = await labmesh(argv);
      expect(ran.code).toBe(0);
      expect(ran.err).toBe('');
      expect(ran.out).toContain('Usage: labmesh');
    }
    expect((await labmesh(['vm', 'start', '--help'])).out).toContain('Examples:');
  });
});

describe('flags of up', () => {
  const parse = async (...argv: string[]) => {
    let seen: unknown;
    const ran = await labmesh(['up', ...argv], {
      up: async (options) => {
        seen = options;
        return 0;
      },
    });
    expect(ran.err).toBe('');
    expect(ran.code).toBe(0);
    return seen;
  };

  test('defaults', async () => {
    expect(await parse()).toMatchObject({
      data: '/var/lib/labmesh',
      web: { host: '0.0.0.0', port: 8443 },
      mesh: { host: '0.0.0.0', port: 8444 },
      bulk: { host: '0.0.0.0', port: 8445 },
      join: { host: '0.0.0.0', port: 8446 },
      localHttp: 8080,
      advertise: null,
      libvirt: null,
      accel: 'auto',
      tls: null,
      mdns: false,
      noHost: false,
    });
  });

  test('all of them', async () => {
    const line =
      '--name pc-3 --web [::]:0 --mesh :9 --bulk 127.0.0.1:7 --join :6 --local-http off --advertise pc-3.lab --accel tcg --tls-cert /t/pc.pem --tls-key /t/pc.key';
    expect(await parse(...line.split(' '), '--mdns', '--no-host', '--libvirt', '/run/x.sock')).toMatchObject({
      name: 'pc-3',
      web: { host: '::', port: 0 },
      mesh: { host: '0.0.0.0', port: 9 },
      bulk: { host: '127.0.0.1', port: 7 },
      join: { host: '0.0.0.0', port: 6 },
      localHttp: null,
      tls: { cert: '/t/pc.pem', key: '/t/pc.key' },
      advertise: 'pc-3.lab',
      libvirt: '/run/x.sock',
      accel: 'tcg',
      mdns: true,
      noHost: true,
    });
  });

  test('N2 join takes the same flags, and hands the token over', async () => {
    const seen: unknown[] = [];
    const ran = await labmesh(['join', ' LM1-ABC ', '--name', 'pc-7', '--no-host'], {
      join: async (options, token) => {
        seen.push(options, token);
        return 0;
      },
    });
    expect(ran.err).toBe('');
    expect(ran.code).toBe(0);
    expect(seen[0]).toMatchObject({ name: 'pc-7', noHost: true, join: { host: '0.0.0.0', port: 8446 } });
    expect(seen[1]).toBe('LM1-ABC');
    expect((await labmesh(['join', 'LM1-ABC'], { join: async () => 3 })).code).toBe(1);
  });

  test('a node that ends badly ends the command with 1', async () => {
    expect((await labmesh(['up'], { up: async () => 3 })).code).toBe(1);
  });
});

describe('restore', () => {
  test('hands file and folder over, and tells what was restored', async () => {
    const data = tempFolder();
    const seen: string[] = [];
    const ran = await labmesh(['cloud', 'restore', 'b.backup', '--data', data, '--json'], {
      restore: async (file, folder) => {
        seen.push(file, folder);
        return { takenAt: 0, records: 7 };
      },
    });
    expect(ran.code).toBe(0);
    expect(seen[0]).toEndWith('/b.backup');
    expect(seen[1]).toBe(data);
    expect(ran.json()).toMatchObject({ records: 7 });
  });

  test('a folder whose node runs is left alone', async () => {
    const data = tempFolder();
    await Bun.write(`${data}/run.json`, JSON.stringify({ pid: process.pid }));
    const ran = await labmesh(['cloud', 'restore', 'b.backup', '--data', data]);
    expect(ran.code).toBe(1);
    expect(ran.err).toContain('cli.node_running');
  });
});
