/** The doors as real servers: HTTPS with the cloud's own certificate, plain HTTP for this PC, the control socket. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { openAuthority } from '../../../src/node/index.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import {
  createWebApp,
  providedCertificate,
  type ServerCertificate,
  startWebServer,
  type WebServer,
  watchProvided,
} from '../../../src/web/index.ts';
import { fakeCloud } from '../../support/fake-cloud.ts';
import { until } from '../../support/until.ts';

const dir = mkdtempSync(join(tmpdir(), 'labmesh-doors-'));
const node = fakeCloud('small');
const app = createWebApp(node);
const DAY = 86_400_000;
let tls: ServerCertificate;
let server: WebServer;

async function certificate(names: string[]): Promise<ServerCertificate> {
  const logger = silentLogger;
  const nodeId = '01JD0000000000000000000000';
  const options = { dataDir: dir, nodeId, cloudName: 'Lab, CN=evil', names, now: Date.now, logger };
  const authority = await openAuthority(options);
  const issuer = await authority.found();
  await authority.install(await authority.sign(await authority.certificateRequest(), nodeId, []), issuer);
  const current = authority.current();
  if (current === null) throw new Error('no certificate');
  return current;
}
const start = (port: number, control: string) =>
  startWebServer({ app, web: { host: '127.0.0.1', port }, localHttp: 'off', control, tls });

beforeAll(async () => {
  tls = await certificate(['pc-1.lab.example']);
  const control = join(dir, 'run', 'control.sock');
  server = await startWebServer({ app, web: { host: '127.0.0.1', port: 0 }, localHttp: 0, control, tls });
});

afterAll(async () => {
  await server.stop();
  await node.stop();
  rmSync(dir, { recursive: true });
});

describe('HTTPS', () => {
  test('a client that trusts the authority reaches the page; one that does not is warned', async () => {
    const trusted = await fetch(`${server.web}/api/v1/openapi.json`, { tls: { ca: tls.authority ?? '' } });
    expect(trusted.status).toBe(200);
    expect(trusted.headers.get('strict-transport-security')).toMatch(/^max-age=\d+$/);
    await expect(fetch(`${server.web}/api/v1/openapi.json`)).rejects.toThrow();
  });

  test('a renewed certificate is shown without a restart; open connections and the port stay', async () => {
    const names = () =>
      new Promise<string>((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port: server.webPort, ca: tls.authority ?? '' }, () => {
          resolve(socket.getPeerCertificate().subjectaltname ?? '');
          socket.destroy();
        });
        socket.on('error', reject);
      });
    const open = await fetch(`${server.web}/api/v1/openapi.json`, { tls: { ca: tls.authority ?? '' } });
    expect(await names()).not.toContain('renewed.example');
    await server.renew(await certificate(['renewed.example']));
    expect(await names()).toContain('renewed.example');
    expect(await open.json()).toHaveProperty('openapi');
    const broken = { ...tls, cert: 'rubbish' };
    await expect(server.renew(broken)).rejects.toMatchObject({ code: 'web.certificate' });
    expect(await names()).toContain('renewed.example');
  });

  test('a provided certificate must fit its key and be valid', async () => {
    const path = (name: string) => join(dir, 'tls', name);
    const fits = await providedCertificate({ cert: path('node.pem'), key: path('node.key') }, Date.now());
    expect(fits.authority).toBeNull();
    const wrong = [
      { cert: path('node.pem'), key: path('authority.key'), now: Date.now() },
      { cert: path('node.pem'), key: path('node.key'), now: Date.now() + 500 * DAY },
      { cert: path('missing.pem'), key: path('node.key'), now: Date.now() },
      { cert: path('node.key'), key: path('node.key'), now: Date.now() },
    ];
    for (const { now, ...paths } of wrong) {
      await expect(providedCertificate(paths, now)).rejects.toMatchObject({ code: 'web.certificate' });
    }
  });
});

describe('a provided certificate that is renewed', () => {
  test('is shown from the next look on; one that cannot be used is told, and the former stays', async () => {
    const files = { cert: join(dir, 'own.pem'), key: join(dir, 'own.key') };
    const write = async ({ cert, key }: { cert: string; key: string }) => {
      await Bun.write(files.key, key);
      await Bun.write(files.cert, cert);
    };
    const [first, second] = [await certificate(['a.example']), await certificate(['b.example'])];
    await write(first);
    const ending = new AbortController();
    const [fresh, faults]: [string[], unknown[]] = [[], []];
    watchProvided({
      files,
      shown: await providedCertificate(files, Date.now()),
      onNew: ({ cert }) => fresh.push(cert),
      onFault: (error) => faults.push(error),
      signal: ending.signal,
      everyMs: 10,
    });
    try {
      await write({ ...second, cert: 'rubbish' });
      await until('the fault is told', () => faults.length > 0);
      expect(fresh).toEqual([]);
      await write(second);
      await until('it is shown', () => fresh.length > 0);
      expect(fresh).toEqual([second.cert]);
    } finally {
      ending.abort();
    }
  });
});

describe('plain HTTP on the loopback address', () => {
  test('answers to its own names alone (a name that points to 127.0.0.1 does not get in)', async () => {
    expect(server.local).toStartWith('http://localhost:');
    const foreign = await fetch(`${server.local}/api/v1/openapi.json`, { headers: { host: 'evil.example' } });
    expect(foreign.status).toBe(400);
    expect(await foreign.json()).toMatchObject({ code: 'web.host' });
    const own = await fetch(`${server.local}/api/v1/openapi.json`);
    expect(own.status).toBe(200);
    expect(own.headers.get('strict-transport-security')).toBeNull();
  });
});

describe('control socket', () => {
  test('acts as admin, for its owner alone', async () => {
    expect(statSync(server.control).mode & 0o777).toBe(0o600);
    expect(statSync(join(dir, 'run')).mode & 0o777).toBe(0o700);
    const me = await fetch('http://localhost/api/v1/me', { unix: server.control });
    expect(await me.json()).toMatchObject({ user: null, role: 'admin' });
    const made = await fetch('http://localhost/api/v1/users', {
      method: 'POST',
      unix: server.control,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'zoe' }),
    });
    expect(made.status).toBe(201);
    expect(node.state.tables.audit.all().at(-1)).toMatchObject({ action: 'user.add', from: 'control' });
  });

  test('a socket left by a killed node is taken over, one that answers is not', async () => {
    await expect(start(0, server.control)).rejects.toMatchObject({ code: 'web.socket_taken' });
    const left = join(dir, 'left.sock');
    const child = Bun.spawn([
      process.execPath,
      '-e',
      `Bun.serve({unix:${JSON.stringify(left)},fetch:()=>new Response()});console.log(1)`,
    ]);
    await child.stdout.getReader().read();
    child.kill('SIGKILL');
    await child.exited;
    expect(statSync(left).isSocket()).toBe(true);
    const again = await start(0, left);
    await again.stop();
  });

  test('what is no socket is left alone', async () => {
    mkdirSync(join(dir, 'plain'));
    const file = join(dir, 'plain', 'control.sock');
    writeFileSync(file, 'mine');
    await expect(start(0, file)).rejects.toMatchObject({ code: 'web.socket_taken' });
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });
});

describe('a door that cannot be opened', () => {
  test('a taken port and a foreign address are named, and no other door stays open', async () => {
    const control = join(dir, 'second.sock');
    expect(await start(server.webPort, control).catch((error) => error)).toMatchObject({
      code: 'web.port_taken',
      data: { port: server.webPort },
    });
    await expect(fetch('http://localhost/', { unix: control })).rejects.toThrow();
    const elsewhere = startWebServer({
      app,
      web: { host: '192.0.2.1', port: 0 },
      localHttp: 'off',
      control,
      tls,
    });
    expect(await elsewhere.catch((error) => error.code)).toMatch(/^web\.(address_unknown|listen_failed)$/);
  });
});
