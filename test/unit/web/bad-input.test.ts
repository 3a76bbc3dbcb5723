/** Every route of the API, walked from its own table, with everything that a hostile or broken client could send. */
import { describe, expect, test } from 'bun:test';
import { type ApiRoute, apiTable, createWebApp } from '../../../src/web/index.ts';
import { fakeCloud, userNamed, vmOf } from '../../support/fake-cloud.ts';
import { type Answer, ask, type Client, forgedCookie, ROOT, STRANGER, signInAs } from './client.ts';

const node = fakeCloud('small');
const app = createWebApp(node);
const admin = await signInAs(app, 'admin');
const ana = await signInAs(app, 'ana');
/** Signs out for good in the walk through its own route. */
const leaver = await signInAs(app, 'tom');
const foreign = vmOf(node, 'teresa');

const BAD_IDS = [
  'x'.repeat(1_000_000),
  '..%2F..%2Fetc%2Fpasswd',
  '%2e%2e%2f%2e%2e',
  '%00',
  '%0d%0aSet-Cookie:%20a=b',
  '%F0%9F%92%A9%E2%80%AE',
  '%ff%fe',
  '__proto__',
  'constructor',
  "'%20OR%201=1",
];
const NASTY: unknown[] = [
  null,
  -1,
  1.5,
  1e308,
  '',
  ' ',
  'x'.repeat(1_000_000),
  '\u0000\u202e\ud800',
  [],
  {},
  [[]],
  true,
  '../../etc',
];

/** What everybody but an id may be: routes that need no parameter are asked as they are. */
function pathOf(route: ApiRoute, id = '01ARZ3NDEKTSV4RRFFQ69G5FAV'): string {
  return `/api/v1${route.path.replace(/\{\w+\}/g, id)}`;
}

/** The state but for the clock and the audit log, which notes refusals on purpose. */
function snapshot(): string {
  const records = [...node.machine.snapshot()] as { kind: string; entity?: unknown }[];
  return JSON.stringify(records.filter(({ kind }) => !['meta', 'recent', 'audit'].includes(kind)));
}

/** A refusal in the one shape, without a trace of our insides. */
function expectRefusal(answer: Answer, what: string): void {
  const { status, json, text } = answer;
  const found = { what, status, code: json?.code, message: json?.message, hint: json?.hint };
  expect({ ...found, ok: status >= 400 && status < 500 }).toMatchObject({ ok: true });
  expect([what, typeof json?.code, typeof json?.message, typeof json?.hint]).toEqual([
    what,
    'string',
    'string',
    'string',
  ]);
  expect([
    what,
    json.message.length > 0 && json.hint.length > 0 && !/no words for/.test(json.message),
  ]).toEqual([what, true]);
  expect([what, /\bat .*:\d+:\d+|node_modules|\.ts\b|TypeError/.test(text)]).toEqual([what, false]);
  // A megabyte that was sent is not sent back.
  expect([what, text.length < 2000]).toEqual([what, true]);
}

function mainClient(route: ApiRoute): Client {
  if (route.path === '/session') return leaver;
  return route.who === 'local' ? ROOT : admin;
}

describe.each(apiTable.map((route) => [`${route.method} ${route.path}`, route] as const))(
  '%s',
  (_, route) => {
    const changes = route.method !== 'GET';

    test('GF20 GF27 ids that do not exist, path tricks, control characters, a megabyte', async () => {
      if (!route.path.includes('{')) return;
      const before = snapshot();
      for (const id of BAD_IDS) {
        const answer = await ask(
          app,
          mainClient(route),
          route.method,
          pathOf(route, id),
          changes ? { body: {} } : {},
        );
        expectRefusal(answer, `${route.path} ${id.slice(0, 30)}`);
      }
      expect(snapshot()).toBe(before);
    });

    test('wrong bodies: no JSON, other shapes, wrong types, too large, wrong content type', async () => {
      if (!changes) return;
      const before = snapshot();
      const client = mainClient(route);
      let accepted = 0;
      const send = async (raw: string, type: string) => {
        const answer = await ask(app, client, route.method, pathOf(route), {
          raw,
          headers: { 'content-type': type },
        });
        if (answer.status < 300) accepted += 1;
        return answer;
      };
      expectRefusal(
        await send('x'.repeat(route.maxBytes + 1), route.takes ?? 'application/json'),
        'too large',
      );
      expectRefusal(await send('<a/>', 'text/xml'), 'wrong type');
      if (route.takes !== null) return;
      for (const raw of ['{', '[]', 'null', '"x"', '{"__proto__":{"admin":true}}']) {
        const answer = await send(raw, 'application/json');
        if (route.body || raw === '{' || route.path.includes('{')) expectRefusal(answer, raw);
      }
      expect(({} as Record<string, unknown>).admin).toBeUndefined();
      if (!route.body) return;
      const fields = Object.keys((route.body as unknown as { shape: Record<string, unknown> }).shape);
      for (const field of [...fields, 'unknownField']) {
        for (const value of NASTY) {
          const answer = await send(JSON.stringify({ [field]: value }), 'application/json');
          const what = `${field}=${JSON.stringify(value).slice(0, 20)}`;
          // Some values are right for a field that stands alone, on a route that names nothing that exists.
          if (answer.status < 300) expect([what, route.path.includes('{')]).toEqual([what, false]);
          else expectRefusal(answer, what);
        }
      }
      if (accepted === 0) expect(snapshot()).toBe(before);
    });

    test('wrong queries', async () => {
      if (!route.query) return;
      for (const query of [
        'nope=1',
        'limit=0',
        'limit=1e9',
        'limit=x',
        'span=eon',
        'offset=-1',
        'wait=999',
        `text=${'x'.repeat(70_000)}`,
      ]) {
        const answer = await ask(app, mainClient(route), route.method, `${pathOf(route)}?${query}`, {
          ...(route.takes ? { raw: 'x', headers: { 'content-type': route.takes } } : {}),
        });
        expectRefusal(answer, query);
      }
    });

    test('strangers, forged and stale sessions', async () => {
      if (route.who === 'anyone') return;
      const before = snapshot();
      const bearer = (token: string) => ({ headers: { authorization: token } });
      const tries: [Client, Record<string, unknown>][] = [
        [STRANGER, {}],
        [{ cookie: forgedCookie() }, {}],
        [{ cookie: '__Host-labmesh=../../x' }, {}],
        [{ cookie: `labmesh-local=${admin.cookie.split('=')[1]}` }, {}],
        [STRANGER, bearer('Bearer x')],
        [STRANGER, bearer(`Bearer ${admin.cookie.split('=')[1]}`)],
        [STRANGER, bearer('Basic YWRtaW46bGFibWVzaA==')],
      ];
      for (const [client, what] of tries) {
        const answer = await ask(app, client, route.method, pathOf(route), what);
        expectRefusal(answer, JSON.stringify(what));
        expect(answer.status).toBe(401);
      }
      expect(snapshot()).toBe(before);
    });

    test('forged requests from another site, without a token or with another one', async () => {
      if (!changes || route.who === 'anyone') return;
      const before = snapshot();
      const forged: Record<string, string>[] = [
        { 'x-csrf-token': '' },
        { 'x-csrf-token': ana.csrf },
        { 'x-csrf-token': 'x'.repeat(5000) },
        { origin: 'https://evil.example' },
        { origin: 'null' },
        { origin: 'https://pc-1.lab.example:8444' },
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
      ];
      for (const headers of forged) {
        const answer = await ask(app, admin, route.method, pathOf(route), { headers });
        expectRefusal(answer, JSON.stringify(headers).slice(0, 60));
        expect(answer.status).toBe(403);
      }
      expect(snapshot()).toBe(before);
    });

    test("a student: another person's things are as unknown as none", async () => {
      if (!route.path.startsWith('/vms/{id}')) return;
      const before = snapshot();
      const body = changes
        ? {
            body: route.path.endsWith('renew') ? { hours: 2 } : route.method === 'PATCH' ? { name: 'x' } : {},
          }
        : {};
      const other = await ask(app, ana, route.method, pathOf(route, foreign.id), body);
      const none = await ask(app, ana, route.method, pathOf(route), body);
      // Where only teachers may, a student is told that, whatever the id.
      const isForAll = route.who !== 'teacher' && route.who !== 'admin';
      expect([other.status, other.json.code]).toEqual(isForAll ? [404, 'not_found'] : [403, 'access.denied']);
      expect(other.text.replaceAll(foreign.id, '?')).toBe(
        none.text.replaceAll('01ARZ3NDEKTSV4RRFFQ69G5FAV', '?'),
      );
      expect(snapshot()).toBe(before);
    });

    test('another method', async () => {
      const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND'];
      const taken = apiTable.filter((one) => one.path === route.path).map((one) => one.method as string);
      const shadowed = apiTable.some(
        (one) => one.path !== route.path && pathOf(one, route.path.split('/').at(-1)) === pathOf(route),
      );
      if (shadowed || route.path === '/users/import') return;
      for (const method of methods.filter((one) => !taken.includes(one) && one !== 'TRACE')) {
        const answer = await ask(app, mainClient(route), method, pathOf(route));
        expectRefusal(answer, method);
        expect(answer.status).toBe(405);
      }
    });
  },
);

test('the walk has left every account able to sign in', async () => {
  for (const name of ['admin', 'teresa', 'ana']) expect((await signInAs(app, name)).csrf).not.toBe('');
  expect(userNamed(node, 'admin').role).toBe('admin');
});
