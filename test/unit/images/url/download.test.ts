/** Import by URL: a real server on loopback that behaves, breaks, lies and leads astray (GF9, GF10). */
import { afterEach, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net';
import { join } from 'node:path';
import { type DownloadRequest, downloadUrl } from '../../../../src/images/url/index.ts';
import { until } from '../../../support/until.ts';
import { leftBehind, MiB, makeRig, noise, refusal } from '../rig.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

const FILE = noise(Buffer.alloc(5 * MiB), 7);
const SUM = createHash('sha256').update(FILE).digest('hex');
const FAST = { stallMs: 300, leastBytes: 1, tries: 4, worthBytes: MiB, waitMs: () => 10 };

type Serve = (request: IncomingMessage, response: ServerResponse) => void;

async function listen(server: Server): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  undo.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A server; the address of `/disk.img` on it, and what was asked of it. */
async function serve(answer: Serve) {
  const asked: { url: string; range: string | undefined; host: string | undefined }[] = [];
  const port = await listen(
    createServer((request, response) => {
      const { range, host } = request.headers;
      asked.push({ url: request.url ?? '', range, host });
      answer(request, response);
    }),
  );
  return { url: `http://127.0.0.1:${port}/disk.img`, asked, port };
}

/** Downloads; what is left of it in the folder when it fails. */
async function fetchInto(url: string, more: Partial<DownloadRequest> = {}) {
  const rig = await makeRig();
  undo.push(() => rig.remove());
  const file = join(rig.folder, 'file');
  const request = { url, maxBytes: 64 * MiB, allowPrivate: true, isOurs: () => false, patience: FAST };
  const place = { file, folder: rig.folder, reserveBytes: 0, progressEveryMs: 1 };
  await downloadUrl({ ...request, ...more }, place);
  return file;
}

const whole: Serve = (_, response) => {
  response.writeHead(200, { 'content-length': FILE.length, etag: '"one"' });
  response.end(FILE);
};

/** Serves ranges properly, but hangs up after `most` bytes of each answer. */
function breaking(most: number, etagOf: (nth: number) => string = () => '"one"'): Serve {
  let nth = 0;
  return (request, response) => {
    const found = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
    const etag = etagOf(nth++);
    const isSame = request.headers['if-range'] === etag;
    const from = found && isSame ? Number(found[1]) : 0;
    const head = { etag, 'content-length': FILE.length - from };
    if (from > 0)
      response.writeHead(206, {
        ...head,
        'content-range': `bytes ${from}-${FILE.length - 1}/${FILE.length}`,
      });
    else response.writeHead(200, head);
    const end = Math.min(FILE.length, from + most);
    response.write(FILE.subarray(from, end), () =>
      end === FILE.length ? response.end() : response.destroy(),
    );
  };
}

test('a file comes as it is, with progress, and its sum is checked', async () => {
  const { url, asked } = await serve(whole);
  const seen: number[] = [];
  const file = await fetchInto(url, {
    sha256: SUM,
    onProgress: ({ phase, done, total }) => {
      if (phase === 'download' && total === FILE.length) seen.push(done);
    },
  });
  expect(readFileSync(file).equals(FILE)).toBe(true);
  expect(seen.length).toBeGreaterThan(0);
  expect(statSync(file).mode & 0o777).toBe(0o644);
  expect(asked).toHaveLength(1);
  const wrong = await refusal(fetchInto(url, { sha256: 'a'.repeat(64) }));
  expect(wrong).toMatchObject({ code: 'images.url_wrong_sum', data: { actual: SUM } });
});

test('GF9 GF10 a connection that breaks: it goes on where it was, and asks for no byte twice', async () => {
  const { url, asked } = await serve(breaking(1.5 * MiB));
  const file = await fetchInto(url, { sha256: SUM });
  expect(readFileSync(file).equals(FILE)).toBe(true);
  const [first, ...further] = asked.map(({ range }) => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1]));
  expect(first).toBeNaN();
  expect(further.length).toBeGreaterThanOrEqual(3);
  // What a socket had not given to the wire yet when it was cut off is asked for again, and nothing before it.
  for (const [n, from] of further.entries()) expect(from).toBeGreaterThan(further[n - 1] ?? 0);
});

test('a file that changed in between is fetched from its start', async () => {
  const { url } = await serve(breaking(3 * MiB, (nth) => (nth === 0 ? '"old"' : '"new"')));
  expect(readFileSync(await fetchInto(url, { sha256: SUM })).equals(FILE)).toBe(true);
});

test('one that became a shorter file is that file, and nothing of the longer one', async () => {
  let answers = 0;
  const { url } = await serve((_, response) => {
    answers += 1;
    const file = answers === 1 ? FILE : FILE.subarray(MiB, 2 * MiB);
    response.writeHead(200, { 'content-length': file.length, etag: `"${answers}"` });
    if (answers > 1) response.end(file);
    else response.write(file.subarray(0, 3 * MiB), () => response.destroy());
  });
  expect(readFileSync(await fetchInto(url)).equals(FILE.subarray(MiB, 2 * MiB))).toBe(true);
});

test('a server that gives less than was asked for is asked for the rest', async () => {
  const { url, asked } = await serve((request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const end = Math.min(FILE.length, from + 2 * MiB);
    const range = { 'content-range': `bytes ${from}-${end - 1}/${FILE.length}` };
    if (from === 0) {
      response.writeHead(200, { 'content-length': FILE.length, etag: '"one"' });
      response.write(FILE.subarray(0, end), () => response.destroy());
    } else {
      response.writeHead(206, { ...range, etag: '"one"', 'content-length': end - from });
      response.end(FILE.subarray(from, end));
    }
  });
  expect(readFileSync(await fetchInto(url)).equals(FILE)).toBe(true);
  expect(asked.length).toBeGreaterThan(2);
});

test('one of unknown length that breaks off is not taken for whole', async () => {
  const { url } = await serve((_, response) => {
    response.writeHead(200);
    response.write(FILE.subarray(0, MiB), () => response.destroy());
  });
  expect((await refusal(fetchInto(url))).code).toBe('images.url_broken');
});

test('what names no state of the file for sure is not gone on with', async () => {
  const now = new Date().toUTCString();
  for (const named of [{ etag: 'W/"weak"' }, { 'last-modified': now, date: now }]) {
    let answers = 0;
    const { url, asked } = await serve((_, response) => {
      answers += 1;
      response.writeHead(200, { 'content-length': FILE.length, ...named });
      if (answers > 1) response.end(FILE);
      else response.write(FILE.subarray(0, 2 * MiB), () => response.destroy());
    });
    expect(readFileSync(await fetchInto(url)).equals(FILE)).toBe(true);
    expect(asked.map(({ range }) => range)).toEqual([undefined, undefined]);
  }
});

test('one that gets now further, now less far, but never beyond, is given up', async () => {
  let answers = 0;
  const { url, asked } = await serve((_, response) => {
    answers += 1;
    response.writeHead(200, { 'content-length': FILE.length });
    response.write(FILE.subarray(0, answers % 2 === 1 ? 3 * MiB : 100), () => response.destroy());
  });
  expect((await refusal(fetchInto(url))).code).toBe('images.url_broken');
  expect(asked.length).toBeLessThan(10);
});

test('a server that knows no ranges: from the start, but not for ever', async () => {
  let answers = 0;
  const { url } = await serve((_, response) => {
    answers += 1;
    response.writeHead(200, { 'content-length': FILE.length });
    response.write(FILE.subarray(0, 2 * MiB), () =>
      answers < 3 ? response.destroy() : response.end(FILE.subarray(2 * MiB)),
    );
  });
  expect(readFileSync(await fetchInto(url)).equals(FILE)).toBe(true);
  expect(answers).toBe(3);
  const never = await serve((_, response) => {
    response.writeHead(200, { 'content-length': FILE.length });
    response.write(FILE.subarray(0, 2 * MiB), () => response.destroy());
  });
  expect(await refusal(fetchInto(never.url))).toMatchObject({ code: 'images.url_broken' });
  expect(never.asked.length).toBeLessThan(10);
});

test('a part that is not the one asked for is refused', async () => {
  let answers = 0;
  const { url } = await serve((_, response) => {
    answers += 1;
    if (answers === 1) {
      response.writeHead(200, { 'content-length': FILE.length, etag: '"one"' });
      response.write(FILE.subarray(0, MiB), () => response.destroy());
      return;
    }
    response.writeHead(206, { 'content-range': `bytes 5-9/${FILE.length}`, 'content-length': 5 });
    response.end('hello');
  });
  expect(await refusal(fetchInto(url))).toMatchObject({ code: 'images.url_changed' });
});

test('one that stands still is given up and tried again, then named', async () => {
  const { url, asked } = await serve((_, response) => {
    response.writeHead(200, { 'content-length': FILE.length });
    response.write(FILE.subarray(0, 10));
  });
  expect(await refusal(fetchInto(url))).toMatchObject({ code: 'images.url_broken', data: { tries: 4 } });
  expect(asked).toHaveLength(4);
});

test('GF9 nobody there, or errors that pass: tried again', async () => {
  const port = await listen(createTcp());
  for (const one of undo.splice(0)) await one();
  const gone = await refusal(fetchInto(`http://127.0.0.1:${port}/x`));
  expect(gone).toMatchObject({ code: 'images.url_unreachable', data: { host: `127.0.0.1:${port}` } });
  let answers = 0;
  const { url } = await serve((request, response) => {
    answers += 1;
    if (answers < 3) response.writeHead(503).end();
    else whole(request, response);
  });
  await fetchInto(url);
  expect(answers).toBe(3);
});

test('redirects are followed, five at most, and a circle is named', async () => {
  const hop: Serve = (request, response) => {
    const left = Number(request.url?.split('/').at(-1));
    if (left === 0) return whole(request, response);
    response.writeHead(302, { location: `/hop/${left - 1}` }).end();
  };
  const { port, asked } = await serve(hop);
  await fetchInto(`http://127.0.0.1:${port}/hop/5`, { sha256: SUM });
  asked.length = 0;
  const far = await refusal(fetchInto(`http://127.0.0.1:${port}/hop/60`));
  expect(far).toMatchObject({ code: 'images.url_redirects', data: { limit: 5 } });
  expect(asked).toHaveLength(6);
});

test('only the web: no other scheme, no passwords, also not after a redirect', async () => {
  for (const [text, reason] of [
    ['file:///etc/shadow', 'scheme'],
    ['ftp://example.org/x', 'scheme'],
    ['gopher://127.0.0.1/', 'scheme'],
    ['not an address', 'syntax'],
    ['http://', 'syntax'],
    ['https://ana:secret@example.org/x', 'password'],
  ] as const)
    expect(await refusal(fetchInto(text))).toMatchObject({ code: 'images.url_invalid', data: { reason } });
  const { url } = await serve((_, response) => {
    response.writeHead(302, { location: 'file:///etc/passwd' }).end();
  });
  expect(await refusal(fetchInto(url))).toMatchObject({ code: 'images.url_invalid' });
});

test('addresses of this PC and of private networks are not asked, however they are written', async () => {
  const { port, asked } = await serve(whole);
  const names = new Map([
    ['inside.example', ['127.0.0.1']],
    ['mapped.example', ['::ffff:127.0.0.1']],
    ['campus.example', ['192.168.7.7']],
    ['meta.example', ['169.254.169.254']],
  ]);
  const resolve = async (host: string) => names.get(host) ?? [];
  for (const [host, kind] of [
    ['127.0.0.1', 'loopback'],
    ['0x7f.1', 'loopback'],
    ['2130706433', 'loopback'],
    ['[::1]', 'loopback'],
    ['[::ffff:7f00:1]', 'loopback'],
    ['inside.example', 'loopback'],
    ['mapped.example', 'loopback'],
    ['campus.example', 'private'],
    ['meta.example', 'link-local'],
    ['0.0.0.0', 'reserved'],
  ] as const) {
    const refused = await refusal(fetchInto(`http://${host}:${port}/x`, { allowPrivate: false, resolve }));
    expect({ host, code: refused.code, kind: refused.data.kind }).toEqual({
      host,
      code: 'images.url_forbidden',
      kind,
    });
  }
  const link = await refusal(fetchInto('http://169.254.169.254/latest', { resolve }));
  expect(link.code).toBe('images.url_forbidden'); // whatever admins allow
  const ours = { allowPrivate: false, resolve: async () => ['203.0.114.9'], isOurs: () => true };
  expect((await refusal(fetchInto('http://pc-2.example/x', ours))).data.kind).toBe('cloud');
  expect(asked).toEqual([]);
});

test('nor after a redirect; and a name that changes its mind is asked once, and connected to what was looked at', async () => {
  const { port, asked } = await serve((request, response) => {
    if (request.url === '/inward')
      response.writeHead(302, { location: `http://inner.example:${port}/x` }).end();
    else whole(request, response);
  });
  // A stand-in for a public address: the looks, not the wire, are under test here.
  const looked: string[] = [];
  const resolve = async (host: string) => {
    looked.push(host);
    return host === 'inner.example' ? ['10.0.0.1', '192.168.0.1'] : ['127.0.0.1'];
  };
  const isPublicOnly = { allowPrivate: true, resolve };
  const answer = fetchInto(`http://outer.example:${port}/y`, isPublicOnly);
  expect(readFileSync(await answer).equals(FILE)).toBe(true);
  expect(looked).toEqual(['outer.example']);
  expect(asked[0]?.host).toBe(`outer.example:${port}`);
  // With the private ones refused, the redirect's target is looked at as the first address was.
  const strict = await refusal(
    fetchInto(`http://inner.example:${port}/inward`, { allowPrivate: false, resolve }),
  );
  expect(strict).toMatchObject({ code: 'images.url_forbidden', data: { address: '10.0.0.1' } });
});

test('pages for people, packed answers, empty ones, errors: each by name', async () => {
  const answers: [string, Serve][] = [
    [
      'images.url_html',
      (_, r) => r.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<p>'),
    ],
    ['images.url_html', (_, r) => r.writeHead(200).end('\n<!DOCTYPE html><html><body>Sign in</body></html>')],
    ['images.url_encoded', (_, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end('x')],
    ['images.url_empty', (_, r) => r.writeHead(200, { 'content-length': 0 }).end()],
    ['images.url_empty', (_, r) => r.writeHead(200, { 'transfer-encoding': 'chunked' }).end()],
    ['images.url_status', (_, r) => r.writeHead(404).end('no')],
    ['images.url_status', (_, r) => r.writeHead(403).end('no')],
    ['images.url_status', (_, r) => r.writeHead(204).end()],
    ['images.url_status', (_, r) => r.writeHead(302).end()],
  ];
  for (const [code, answer] of answers) {
    const { url } = await serve(answer);
    expect({ code: (await refusal(fetchInto(url))).code, of: code }).toEqual({ code, of: code });
  }
});

test('too large: by what it says before a byte is written, and by what comes where it says nothing', async () => {
  const says = await serve((_, response) => {
    response.writeHead(200, { 'content-length': 9_000_000_000_000 });
    response.write('x');
  });
  expect(await refusal(fetchInto(says.url))).toMatchObject({
    code: 'images.url_too_large',
    data: { bytes: 9_000_000_000_000, limitBytes: 64 * MiB },
  });
  let sent = 0;
  const silent = await serve((_, response) => {
    response.writeHead(200);
    const more = () => {
      sent += MiB;
      if (sent < 512 * MiB && !response.destroyed) response.write(FILE.subarray(0, MiB), more);
    };
    more();
  });
  expect(await refusal(fetchInto(silent.url, { maxBytes: 3 * MiB }))).toMatchObject({
    code: 'images.url_too_large',
  });
  expect(sent).toBeLessThan(64 * MiB); // what the sockets hold, not what it would have sent
  const absurd = await listen(
    createTcp((socket) => {
      socket.on('error', () => {});
      socket.once('data', () =>
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nabc'),
      );
    }),
  );
  expect((await refusal(fetchInto(`http://127.0.0.1:${absurd}/x`))).code).toStartWith('images.url_');
});

test('one of unknown length is whole when the server says that it ends', async () => {
  const { url } = await serve((_, response) => {
    response.writeHead(200);
    response.end(FILE);
  });
  expect(readFileSync(await fetchInto(url, { sha256: SUM })).equals(FILE)).toBe(true);
});

test('certificates are checked for the name that was asked', async () => {
  const key = new URL('../../../support/', import.meta.url);
  expect(existsSync(key)).toBe(true);
  const rig = await makeRig();
  undo.push(() => rig.remove());
  const made = Bun.spawnSync([
    ...['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-keyout', rig.path('key'), '-out', rig.path('cert'), '-days', '2', '-subj', '/CN=mirror.example'],
    ...['-addext', 'subjectAltName=DNS:mirror.example'],
  ]);
  expect(made.exitCode).toBe(0);
  const ca = readFileSync(rig.path('cert'), 'utf8');
  const tls = { key: readFileSync(rig.path('key')), cert: ca };
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', tls, fetch: () => new Response(FILE) });
  undo.push(() => server.stop(true));
  const more = { ca, resolve: async () => ['127.0.0.1'] };
  await fetchInto(`https://mirror.example:${server.port}/x`, { ...more, sha256: SUM });
  for (const [host, options] of [
    ['other.example', more],
    ['mirror.example', { resolve: more.resolve }],
  ] as const) {
    const refused = await refusal(fetchInto(`https://${host}:${server.port}/x`, options));
    expect(refused.code).toBe('images.url_untrusted');
  }
});

test('cancelled: ends at once, and the store keeps nothing of it; a failed one neither', async () => {
  const { url } = await serve((_, response) => {
    response.writeHead(200, { 'content-length': FILE.length });
    response.write(FILE.subarray(0, MiB));
  });
  const rig = await makeRig();
  undo.push(() => rig.remove());
  const abort = new AbortController();
  const seen: number[] = [];
  const request = { url, maxBytes: 64 * MiB, allowPrivate: true, isOurs: () => false, signal: abort.signal };
  const running = refusal(rig.store.download({ ...request, onProgress: ({ done }) => seen.push(done) }));
  await until('it has begun', () => seen.length > 0);
  expect(readdirSync(join(rig.dataDir, 'images'))).toHaveLength(1);
  abort.abort();
  expect(await running).toMatchObject({ code: 'images.cancelled' });
  expect(leftBehind(rig)).toEqual([]);
  const lacking = await serve((_, response) => response.writeHead(404).end());
  const { signal: _, ...unbound } = request;
  expect((await refusal(rig.store.download({ ...unbound, url: lacking.url }))).code).toBe(
    'images.url_status',
  );
  expect(leftBehind(rig)).toEqual([]);
  const good = await serve(whole);
  const file = await rig.store.download({ ...unbound, url: good.url, sha256: SUM });
  expect(file.path.endsWith('/disk.img')).toBe(true);
  await file.remove();
  expect(leftBehind(rig)).toEqual([]);
});

test('a disk without room is said before a byte is written', async () => {
  const { url } = await serve(whole);
  const rig = await makeRig({ reserveBytes: Number.MAX_SAFE_INTEGER / 2 });
  undo.push(() => rig.remove());
  const request = { url, maxBytes: 64 * MiB, allowPrivate: true, isOurs: () => false };
  expect((await refusal(rig.store.download(request))).code).toBe('images.no_space');
  expect(leftBehind(rig)).toEqual([]);
});
