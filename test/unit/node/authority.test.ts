/** The cloud's authority on real files, its certificates between real TLS servers and clients. */
import { afterEach, expect, test } from 'bun:test';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { newMeshIdentity } from '../../../src/gossip/identity.ts';
import { BulkClient, BulkServer, hostNameOf } from '../../../src/gossip/index.ts';
import { MembershipView } from '../../../src/gossip/membership/view.ts';
import { certificateMaker } from '../../../src/node/authority/load.ts';
import { type Authority, openAuthority } from '../../../src/node/index.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { CLOUD_ID, cleanup, FakeMembership, testNodeId } from '../../support/mesh.ts';

const { makeKey, makeRequest } = await certificateMaker();
const later = cleanup();
afterEach(() => later.run());

const DAY = 86_400_000;
const [FOUNDER, NEWCOMER, OTHER] = [testNodeId(0), testNodeId(1), testNodeId(2)];

interface Given {
  readonly names?: readonly string[];
  readonly now?: () => number;
  readonly dataDir?: string;
}

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'labmesh-authority-'));
  later(() => rmSync(dir, { recursive: true }));
  return dir;
}

async function open(nodeId: string, { names = [], now = Date.now, dataDir = folder() }: Given = {}) {
  const options = { dataDir, nodeId, cloudName: 'Lab, CN=evil', names, now, logger: silentLogger };
  const file = (name: string) => join(dataDir, 'tls', name);
  return { authority: await openAuthority(options), dataDir, file };
}

async function certify(signer: Authority, node: Authority, nodeId: string): Promise<string> {
  const certificate = await signer.sign(await node.certificateRequest(), nodeId, []);
  await node.install(certificate, signer.certificate ?? '');
  return certificate;
}

async function founded(given: Given = {}) {
  const founder = await open(FOUNDER, given);
  await founder.authority.found();
  await certify(founder.authority, founder.authority, FOUNDER);
  return founder;
}

function credentialsOf(authority: Authority) {
  const current = authority.current();
  if (current === null) throw new Error('no certificate');
  return { certificate: current.cert, key: current.key, authority: current.authority };
}

test('N2 TLS of Node itself accepts the certificates on both sides, by the node’s name and by its addresses', async () => {
  const { authority: founder } = await founded({ names: ['pc-1.lab.example'] });
  const { authority: newcomer } = await open(NEWCOMER);
  await certify(founder, newcomer, NEWCOMER);
  const [own, other] = [credentialsOf(founder), credentialsOf(newcomer)];
  const seen: string[] = [];
  const options = { cert: own.certificate, key: own.key, ca: own.authority };
  const server = createServer({ ...options, requestCert: true, rejectUnauthorized: true }, (socket) => {
    seen.push(socket.getPeerCertificate().subjectaltname ?? '');
    socket.end();
  });
  later(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const asked = { host: '127.0.0.1', port, cert: other.certificate, key: other.key, ca: other.authority };
  for (const servername of [hostNameOf(FOUNDER), 'localhost', 'pc-1.lab.example']) {
    const socket = await new Promise<TLSSocket>((resolve, reject) => {
      const opened = connect({ ...asked, servername }, () => resolve(opened));
      opened.on('error', reject);
    });
    expect(socket.authorized).toBe(true);
    await new Promise((resolve) => socket.on('close', resolve).resume());
  }
  expect(seen.length).toBe(3);
  expect(seen[0]).toContain(hostNameOf(NEWCOMER));
});

test('N2 the bulk door accepts them', async () => {
  const { authority: founder } = await founded();
  const { authority: newcomer } = await open(NEWCOMER);
  await certify(founder, newcomer, NEWCOMER);
  const [a, b] = [await newMeshIdentity(), await newMeshIdentity()];
  const membership = new FakeMembership();
  membership.set([
    { nodeId: FOUNDER, peerId: a.peerId, addresses: [] },
    { nodeId: NEWCOMER, peerId: b.peerId, addresses: [] },
  ]);
  const server = new BulkServer({
    nodeId: FOUNDER,
    cloudId: CLOUD_ID,
    view: new MembershipView(membership),
    credentials: credentialsOf(founder),
    hostname: '127.0.0.1',
    port: 0,
    logger: silentLogger,
    clock: Date.now,
  });
  server.serve('x', (_, { from }) => new Response(from));
  server.start();
  later(() => server.stop());
  const client = new BulkClient({ cloudId: CLOUD_ID, identity: b, credentials: credentialsOf(newcomer) });
  const answer = await client.request({ nodeId: FOUNDER, address: `127.0.0.1:${server.port}` }, '/x');
  expect(await answer.text()).toBe(NEWCOMER);
});

test('a certificate lives 397 days, and no longer than its authority', async () => {
  const start = Date.now();
  let now = start;
  const { authority } = await founded({ now: () => now });
  const [own] = [new X509Certificate(authority.current()?.cert ?? '')];
  expect(own.validToDate.getTime() - own.validFromDate.getTime()).toBe(397 * DAY);
  expect(authority.needsRenewal()).toBe(false);
  now = start + 290 * DAY;
  expect(authority.needsRenewal()).toBe(true);
  expect(authority.current()).not.toBeNull();
  now = start + 400 * DAY;
  expect(authority.current()).toBeNull();
  now = start + 3600 * DAY;
  const late = new X509Certificate(await certify(authority, authority, FOUNDER));
  expect(late.validToDate.getTime()).toBeLessThanOrEqual(start + 3650 * DAY);
  expect(authority.needsRenewal()).toBe(false); // it would not live longer
  now = start + 3651 * DAY;
  const refused = authority.sign(await authority.certificateRequest(), FOUNDER, []);
  await expect(refused).rejects.toMatchObject({ code: 'authority.expired' });
});

test('a PC with another name asks for another certificate, with the same key', async () => {
  const { authority, dataDir } = await founded();
  const named = await open(FOUNDER, { dataDir, names: ['new.example'] });
  expect(named.authority.needsRenewal()).toBe(true);
  expect(named.authority.current()?.cert).toBe(authority.current()?.cert ?? '');
  await certify(named.authority, named.authority, FOUNDER);
  expect(named.authority.needsRenewal()).toBe(false);
  expect(named.authority.current()?.key).toBe(authority.current()?.key ?? '');
});

test('X1 forged requests, names of others and what is no name are refused with a reason', async () => {
  const { authority } = await founded();
  const reasonOf = (request: string, names: readonly string[] = []) =>
    authority.sign(request, NEWCOMER, names).then(
      () => 'signed',
      (error) => (error.code === 'authority.request' ? error.data.reason : error.code),
    );
  const key = await makeKey();
  const good = await makeRequest(key, [hostNameOf(NEWCOMER), 'pc-7', '10.0.0.7', 'fd00::7']);
  expect(await reasonOf(good)).toBe('signed');
  const der = Buffer.from(good.replace(/-----[^-]+-----/g, ''), 'base64');
  const name = der.indexOf('pc-7'); // another host name under the old signature
  der.write('pc-8', name);
  const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----`;
  expect(await reasonOf(forged)).toBe('it is not signed by the key that it is for');
  expect(await reasonOf(await makeRequest(key, [hostNameOf(OTHER)]))).toContain('name of another node');
  expect(await reasonOf(good, [hostNameOf(OTHER).toUpperCase()])).toContain('name of another node');
  expect(await reasonOf(good, ['*.lab.example'])).toContain('no host name');
  expect(
    await reasonOf(
      good,
      Array.from({ length: 65 }, (_, i) => `pc-${i}`),
    ),
  ).toContain('more than 64');
  expect(await reasonOf('rubbish')).not.toBe('signed');
  expect(await reasonOf(`${good}${' '.repeat(40_000)}`)).toContain('longer than');
  // Who asks is what the mesh proved: the same request from another node is refused, and one without its name gets it.
  await expect(authority.sign(good, OTHER, [])).rejects.toMatchObject({ code: 'authority.request' });
  const nameless = new X509Certificate(await authority.sign(await makeRequest(key, ['pc-7']), OTHER, []));
  expect(nameless.checkHost(hostNameOf(OTHER))).toBe(hostNameOf(OTHER));
});

test('X1 only what the cloud signed for this node and its key is installed', async () => {
  const { authority: founder } = await founded();
  const { authority: newcomer, file } = await open(NEWCOMER);
  const { authority: other } = await open(OTHER);
  const { authority: stranger } = await open(OTHER);
  await stranger.found();
  const cloud = founder.certificate ?? '';
  const request = await newcomer.certificateRequest();
  const cases: [string, string, string][] = [
    [await founder.sign(await other.certificateRequest(), OTHER, []), cloud, 'another key'],
    [await stranger.sign(request, NEWCOMER, []), cloud, 'not issued by this cloud'],
    ['rubbish', cloud, 'cannot be read'],
    [await founder.sign(request, NEWCOMER, []), 'rubbish', 'authority cannot be read'],
  ];
  for (const [certificate, authority, reason] of cases) {
    const installing = newcomer.install(certificate, authority);
    await expect(installing).rejects.toMatchObject({ code: 'authority.certificate' });
    await expect(installing.catch(({ data }) => data.reason)).resolves.toContain(reason);
  }
  expect(newcomer.current()).toBeNull();
  expect(() => statSync(file('authority.pem'))).toThrow();
  const foreign = founder.install(await stranger.sign(request, NEWCOMER, []), stranger.certificate ?? '');
  await expect(foreign).rejects.toMatchObject({ data: { reason: 'the authority is of another cloud' } });
});

test('voters get the key of the authority, others lose it; it is readable by nobody else', async () => {
  const { authority: founder, file: at } = await founded();
  const { authority: voter, file, dataDir } = await open(NEWCOMER);
  await expect(voter.takeKey(founder.giveKey())).rejects.toMatchObject({ code: 'authority.certificate' });
  await certify(founder, voter, NEWCOMER);
  expect(() => voter.giveKey()).toThrow();
  const request = await voter.certificateRequest();
  await expect(voter.sign(request, NEWCOMER, [])).rejects.toMatchObject({ code: 'authority.no_key' });
  await expect(voter.found()).rejects.toMatchObject({ code: 'authority.no_key' });
  await expect(voter.takeKey(await makeKey())).rejects.toMatchObject({ code: 'authority.certificate' });
  await voter.takeKey(founder.giveKey());
  for (const path of [file('authority.key'), file('node.key'), at('authority.key'), at('node.key')])
    expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(dataDir, 'tls')).mode & 0o777).toBe(0o700);
  await certify(voter, founder, FOUNDER); // what it signs counts like the founder's
  const again = await open(NEWCOMER, { dataDir });
  expect(again.authority.holdsKey).toBe(true);
  await again.authority.dropKey();
  expect(again.authority.holdsKey).toBe(false);
  expect((await open(NEWCOMER, { dataDir })).authority.holdsKey).toBe(false);
});

test('a damaged authority is not replaced unasked; the node’s own files are made anew', async () => {
  const { authority, dataDir, file } = await founded();
  const before = authority.certificate;
  writeFileSync(file('node.pem'), 'rubbish');
  const second = await open(FOUNDER, { dataDir });
  expect(second.authority.current()).toBeNull();
  expect(second.authority.needsRenewal()).toBe(true);
  writeFileSync(file('node.key'), 'rubbish');
  const third = await open(FOUNDER, { dataDir });
  await certify(third.authority, third.authority, FOUNDER);
  expect(third.authority.current()?.authority).toBe(before ?? '');
  const key = readFileSync(file('authority.key'), 'utf8');
  for (const text of [readFileSync(file('node.key'), 'utf8'), 'rubbish']) {
    writeFileSync(file('authority.key'), text);
    await expect(open(FOUNDER, { dataDir })).rejects.toMatchObject({ code: 'authority.damaged' });
  }
  writeFileSync(file('authority.key'), key);
  writeFileSync(file('authority.pem'), 'rubbish');
  await expect(open(FOUNDER, { dataDir })).rejects.toMatchObject({ code: 'authority.damaged' });
});

test('a crash while founding leaves a key that the next start goes on with', async () => {
  const { authority, dataDir, file } = await founded();
  const key = authority.giveKey();
  unlinkSync(file('authority.pem'));
  unlinkSync(file('node.pem'));
  const again = await open(FOUNDER, { dataDir });
  await again.authority.found();
  expect(again.authority.giveKey()).toBe(key);
  await certify(again.authority, again.authority, FOUNDER);
  expect(again.authority.current()).not.toBeNull();
});

test('while an authority is replaced both are believed, and a certificate of the old one is renewed', async () => {
  const { authority: old } = await founded();
  const { authority: next } = await open(OTHER);
  await next.found();
  const { authority: node } = await open(NEWCOMER);
  await certify(old, node, NEWCOMER);
  const both = `${next.certificate}\n${old.certificate}`;
  await node.install(await old.sign(await node.certificateRequest(), NEWCOMER, []), both);
  expect(node.current()?.authority).toBe(both);
  expect(node.needsRenewal()).toBe(true);
  await node.install(await next.sign(await node.certificateRequest(), NEWCOMER, []), both);
  expect(node.needsRenewal()).toBe(false);
});
