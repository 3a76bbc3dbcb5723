/** Signing in, cookies, headers, limits. */
import { describe, expect, test } from 'bun:test';
import { Attempts } from '../../../src/web/auth/attempts.ts';
import { hashPassword, verifyPassword } from '../../../src/web/auth/passwords.ts';
import { Refusals } from '../../../src/web/auth/refusals.ts';
import { createWebApp } from '../../../src/web/index.ts';
import { fakeCloud, userNamed } from '../../support/fake-cloud.ts';
import { until } from '../../support/until.ts';
import { ask, ROOT, STRANGER, signInAs } from './client.ts';

const node = fakeCloud('small');
const app = createWebApp(node);
const signIn = (name: string, password: string, address = '192.0.2.50') =>
  ask(app, { address }, 'POST', '/api/v1/session', { body: { name, password } });

describe('P1 sign-in', () => {
  test('the right name and password enter, in any case of the name; others do not, all with the same words', async () => {
    expect((await signIn('Ana ', 'labmesh')).status).toBe(201);
    const wrong = [
      await signIn('ana', 'Labmesh', '192.0.2.51'),
      await signIn('nobody', 'labmesh', '192.0.2.51'),
    ];
    for (const { status, text } of wrong) {
      expect(status).toBe(401);
      expect(text).toBe(wrong[0]?.text ?? '');
    }
  });

  test('those who are not let in are in the audit log: which account, from where, never what was typed', async () => {
    const own = fakeCloud('small');
    const web = createWebApp(own);
    const guess = (name: string, address: string) =>
      ask(web, { address }, 'POST', '/api/v1/session', { body: { name, password: 'wrong' } });
    const noted = () =>
      own.state.tables.audit
        .all()
        .filter(({ action, outcome }) => action === 'session.open' && outcome !== 'ok')
        .map(({ author, from, outcome }) => [author.name, author.id, from, outcome]);
    for (let n = 0; n < 9; n++) await guess('ana', '192.0.2.60');
    await guess('my secret', '192.0.2.61');
    await until('three entries in the audit log', () => noted().length === 3);
    const ana = userNamed(own, 'ana').id;
    expect(noted()).toEqual([
      ['ana', ana, '192.0.2.60', 'web.sign_in'],
      ['ana', ana, '192.0.2.60', 'web.sign_in_limit'],
      ['', '', '192.0.2.61', 'web.sign_in'],
    ]);
    expect(JSON.stringify([...own.machine.snapshot()])).not.toContain('my secret');
  });

  test('strangers cannot fill the audit log: one entry each quarter of an hour, sixty in an hour', () => {
    const refusals = new Refusals();
    const told = (from: number, now: number) => refusals.isNews(null, `10.0.0.${from}`, 'web.sign_in', now);
    const start = 1_800_000_000_000;
    expect([told(1, start), told(1, start + 14 * 60_000), told(1, start + 15 * 60_000)]).toEqual([
      true,
      false,
      true,
    ]);
    const later = Array.from({ length: 1000 }, (_, n) => told(n + 2, start + 16 * 60_000 + n));
    expect(later.filter(Boolean)).toHaveLength(58);
    expect(told(1, start + 61 * 60_000)).toBe(true);
  });

  test('the cookie is for HTTPS, this host, no script and no other site; over loopback it has another name', async () => {
    const cookie = (await signIn('ana', 'labmesh')).headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(
      /^__Host-labmesh=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    const body = JSON.stringify({ name: 'ana', password: 'labmesh' });
    const local = await app.request(
      'http://localhost:8080/api/v1/session',
      { method: 'POST', body, headers: { 'content-type': 'application/json' } },
      { door: 'loopback', address: '127.0.0.1' },
    );
    expect(local.headers.get('set-cookie')).toMatch(
      /^labmesh-local=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/,
    );
  });

  test('the state keeps the hash of the secret, never the secret', async () => {
    const { cookie } = await signInAs(app, 'bruno');
    const secret = cookie.split('=')[1] ?? '';
    expect(JSON.stringify([...node.machine.snapshot()])).not.toContain(secret);
  });

  test('signing in again ends the session that was there; signing out ends the new one', async () => {
    const first = await signInAs(app, 'chloe');
    const again = await ask(app, first, 'POST', '/api/v1/session', {
      body: { name: 'chloe', password: 'labmesh' },
    });
    const second = { cookie: again.headers.get('set-cookie')?.split(';')[0] ?? '', csrf: again.json.csrf };
    expect((await ask(app, first, 'GET', '/api/v1/me')).status).toBe(401);
    expect((await ask(app, second, 'GET', '/api/v1/me')).status).toBe(200);
    expect((await ask(app, second, 'DELETE', '/api/v1/session')).status).toBe(204);
    expect((await ask(app, second, 'GET', '/api/v1/me')).status).toBe(401);
  });

  test('a session ends by time, also when the clock of the PC is set back', async () => {
    const later = fakeCloud('empty', { now: Date.now() });
    const other = createWebApp(later);
    const client = await signInAs(other, 'admin');
    later.applyAsNode('node.register', {
      name: 'PC-1',
      address: 'x',
      version: '1',
      capacity: { cores: 1, ramMiB: 1, storageGiB: 1, tempGiB: 1 },
      accel: 'tcg',
      hostProblem: null,
    });
    expect((await ask(other, client, 'GET', '/api/v1/me')).status).toBe(200);
    later.state.now = Date.now() + 13 * 3_600_000; // a command of another node, whose clock is right
    expect((await ask(other, client, 'GET', '/api/v1/me')).status).toBe(401);
  });
});

describe('passwords', () => {
  test('whoever has somebody else’s password must change it before anything else', async () => {
    const made = await ask(app, ROOT, 'POST', '/api/v1/users', { body: { name: 'newcomer' } });
    const client = await signInAs(app, 'newcomer', made.json.password);
    expect((await ask(app, client, 'GET', '/api/v1/vms')).json.code).toBe('access.must_change_password');
    const change = (body: object) => ask(app, client, 'POST', '/api/v1/me/password', { body });
    const current = made.json.password;
    expect((await change({ current: 'wrong', password: 'a better one' })).json.code).toBe('web.password');
    expect((await change({ current, password: 'short' })).json.code).toBe('web.password_short');
    expect((await change({ current, password: current })).json.code).toBe('web.password_same');
    expect((await change({ current, password: 'NewComer' })).json.code).toBe('web.password_name');
    const other = await signInAs(app, 'newcomer', current);
    expect((await change({ current, password: 'a better one' })).status).toBe(204);
    expect((await ask(app, client, 'GET', '/api/v1/vms')).status).toBe(200);
    expect((await ask(app, other, 'GET', '/api/v1/me')).status).toBe(401);
  });

  test('are hashed with argon2id at the named cost', async () => {
    const hash = await hashPassword('correct horse');
    expect(hash).toStartWith('$argon2id$v=19$m=19456,t=2,p=1$');
    expect(await verifyPassword('correct horse', hash)).toBe(true);
    expect(await verifyPassword('correct horse', null)).toBe(false);
  });

  test('never stand in the log or the audit', () => {
    expect(JSON.stringify([...node.machine.snapshot()])).not.toContain('a better one');
  });
});

describe('X2 guessing is slowed down', () => {
  const fail = (attempts: Attempts, name: string, address: string, now: number) => {
    try {
      attempts.begin(name, address, now);
      return 0;
    } catch (error) {
      return (error as { data: { seconds: number } }).data.seconds;
    }
  };

  test('by name and address: a few free, then ever longer; another person at another place is not touched', () => {
    const attempts = new Attempts();
    const waits = Array.from({ length: 6 }, () => fail(attempts, 'ana', '192.0.2.1', 1000));
    expect(waits).toEqual([0, 0, 0, 0, 0, 5]);
    expect(fail(attempts, 'ANA ', '192.0.2.1', 5999)).toBe(1);
    expect(fail(attempts, 'ana', '192.0.2.1', 6001)).toBe(0);
    expect(fail(attempts, 'ana', '192.0.2.1', 6002)).toBe(10);
    expect(fail(attempts, 'ana', '192.0.2.2', 6002)).toBe(0);
    expect(fail(attempts, 'bruno', '192.0.2.1', 6002)).toBe(0);
  });

  test('many names from one place, and one name from many places', () => {
    const spray = new Attempts();
    for (let n = 0; n < 60; n++) expect(fail(spray, `user${n}`, '192.0.2.1', 1000)).toBe(0);
    expect(fail(spray, 'another', '192.0.2.1', 1001)).toBeGreaterThan(0);
    const many = new Attempts();
    for (let n = 0; n < 30; n++) expect(fail(many, 'ana', `192.0.2.${n}`, 1000)).toBe(0);
    expect(fail(many, 'ana', '198.51.100.1', 1001)).toBeGreaterThan(0);
  });

  test('a class that signs in behind one address is let in', () => {
    const attempts = new Attempts();
    for (let n = 0; n < 200; n++) {
      expect(fail(attempts, `student${n}`, '192.0.2.1', 1000 + n)).toBe(0);
      attempts.succeeded(`student${n}`, '192.0.2.1');
    }
  });

  test('R4 memory stays bounded whatever names are tried', () => {
    const attempts = new Attempts();
    for (let n = 0; n < 20_000; n++) fail(attempts, `u${n}`, `10.0.${n >> 8}.${n & 255}`, 1000);
    expect(attempts.size).toBeLessThanOrEqual(10_000);
  });

  test('at the door: 429 that says how long, even for the right password', async () => {
    const address = '203.0.113.9';
    const tries = await Promise.all(Array.from({ length: 8 }, () => signIn('dana', 'wrong', address)));
    expect(tries.filter((one) => one.status === 429)).toHaveLength(3);
    const right = await signIn('dana', 'labmesh', address);
    expect(right.status).toBe(429);
    expect(Number(right.headers.get('retry-after'))).toBe(right.json.data.seconds);
    expect((await signIn('dana', 'labmesh', '203.0.113.10')).status).toBe(201);
  });
});

test('X2 every answer carries the headers, refusals and pages and files too', async () => {
  for (const path of [
    '/',
    '/sign-in',
    '/nothing/here',
    '/api/v1/me',
    '/api/v1/openapi.json',
    '/static/vendor/htmx.min.js',
  ]) {
    const { headers } = await ask(app, STRANGER, 'GET', path);
    const policy = headers.get('content-security-policy') ?? '';
    expect([path, policy]).toEqual([
      path,
      expect.stringContaining("default-src 'none'; script-src 'self'; style-src 'self'"),
    ]);
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('permissions-policy')).toContain('camera=()');
    expect(headers.get('strict-transport-security')).toContain('max-age=');
  }
});

test('files are kept for ever under their tag, else asked for again; compressed where taken', async () => {
  const path = '/static/vendor/htmx.min.js';
  const first = await ask(app, STRANGER, 'GET', path, { headers: { 'accept-encoding': 'gzip, br' } });
  expect(first.headers.get('cache-control')).toBe('public, no-cache');
  expect(first.headers.get('content-encoding')).toBe('br');
  const etag = first.headers.get('etag') ?? '';
  expect((await ask(app, STRANGER, 'GET', path, { headers: { 'if-none-match': etag } })).status).toBe(304);
  expect((await ask(app, STRANGER, 'GET', `${path}?v=x`)).headers.get('cache-control')).toContain(
    'immutable',
  );
  expect((await ask(app, STRANGER, 'GET', '/static/..%2f..%2fpackage.json')).status).toBe(404);
});

test('a fault of ours is told with a number, and nothing of our insides', async () => {
  const lines: unknown[] = [];
  const note = (message: string, data?: object) => void lines.push({ message, ...data });
  const logger = { debug: note, info: note, warn: note, error: note, child: () => logger };
  const broken = fakeCloud('empty');
  broken.quorum = () => {
    throw new TypeError('secret of /root/path');
  };
  const { status, json, text } = await ask(createWebApp(broken, { logger }), ROOT, 'GET', '/api/v1/status');
  expect([status, json.code]).toEqual([500, 'web.fault']);
  expect(text).not.toContain('secret');
  expect(lines).toEqual([
    expect.objectContaining({ requestId: json.data.id, error: 'secret of /root/path' }),
  ]);
});

test('API tokens act as their person until given up, and are not cookies', async () => {
  const ana = await signInAs(app, 'ana');
  const { json } = await ask(app, ana, 'POST', '/api/v1/me/tokens', { body: { label: 'script', hours: 1 } });
  const bearer = { headers: { authorization: `Bearer ${json.token}` } };
  const me = await ask(app, STRANGER, 'GET', '/api/v1/me', bearer);
  expect(me.json).toMatchObject({ user: { name: 'ana' }, session: { kind: 'api' } });
  // No CSRF token: no browser sends this header by itself.
  expect(
    (await ask(app, STRANGER, 'PATCH', '/api/v1/me', { ...bearer, body: { language: 'es' } })).status,
  ).toBe(200);
  expect((await ask(app, { cookie: `__Host-labmesh=${json.token}` }, 'GET', '/api/v1/me')).status).toBe(401);
  const refused = await ask(app, STRANGER, 'GET', '/api/v1/settings', bearer);
  expect(refused.json.message).toMatch(/administra/); // in the person's language
  expect((await ask(app, ana, 'DELETE', `/api/v1/me/tokens/${json.id}`)).status).toBe(204);
  expect((await ask(app, STRANGER, 'GET', '/api/v1/me', bearer)).status).toBe(401);
  expect(userNamed(node, 'ana').language).toBe('es');
});
