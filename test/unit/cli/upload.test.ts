/** `image import` to another PC, which restarts in the middle (I1). */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serveLoopback } from '../../../src/web/serve.ts';
import { createWebApp } from '../../../src/web/server.ts';
import { fakeCloud } from '../../support/fake-cloud.ts';
import { labmesh, tempFolder, tokenOf } from './support/harness.ts';

const node = fakeCloud('small', { stepMs: 5 });
const page = serveLoopback(createWebApp(node), 0);
const folder = tempFolder();
const file = join(folder, 'disk.qcow2');
/** So many of the next pieces are answered as by a PC that does not know who sends. */
let strange = 0;
const offsets: string[] = [];
let between: ReturnType<typeof Bun.serve>;

beforeAll(() => {
  writeFileSync(file, Buffer.alloc(12 * 1024 * 1024, 1)); // two pieces
  between = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    maxRequestBodySize: 64 * 1024 * 1024,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      if (request.method === 'PATCH') offsets.push(search);
      if (request.method === 'PATCH' && strange-- > 0)
        return Response.json(
          { code: 'access.signed_out', message: 'Who?', hint: 'Sign in.', data: {} },
          { status: 401 },
        );
      const headers = new Headers(request.headers);
      headers.set('host', `127.0.0.1:${page.port}`);
      const body = request.method === 'GET' ? undefined : await request.arrayBuffer();
      return await fetch(`http://127.0.0.1:${page.port}${pathname}${search}`, {
        method: request.method,
        headers,
        body,
      });
    },
  });
});
afterAll(async () => {
  await Promise.all([between.stop(true), page.stop(), node.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

test('I1 a PC that does not know for a moment who sends is asked again, and nothing is sent twice', async () => {
  strange = 2;
  const words = [
    'image',
    'import',
    file,
    '--name',
    'sent',
    '--url',
    `http://127.0.0.1:${between.port}`,
    '--json',
  ];
  const sent = await labmesh(words, { env: { LABMESH_TOKEN: tokenOf(node, 'teresa') } });
  expect(sent.err).toBe('');
  expect(sent.json()).toMatchObject({ name: 'sent', state: 'ready' });
  expect(offsets.map((one) => Number(one.slice('?offset='.length)))).toEqual([0, 0, 0, 8 * 1024 * 1024]);
});

test('who is refused for good is told so, not asked again and again', async () => {
  offsets.length = 0;
  strange = 0;
  const words = [
    'image',
    'import',
    file,
    '--name',
    'refused',
    '--url',
    `http://127.0.0.1:${between.port}`,
    '--json',
  ];
  const refused = await labmesh(words, { env: { LABMESH_TOKEN: 'x'.repeat(43) } });
  expect([refused.code, refused.json()]).toMatchObject([3, { code: 'access.signed_out' }]);
  expect(offsets).toEqual([]);
});
