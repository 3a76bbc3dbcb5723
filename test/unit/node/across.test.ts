/** C2 things of a PC asked for on another, over a real bulk door with real certificates. */
import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openImageStore } from '../../../src/images/index.ts';
import {
  type BulkLink,
  type LocalParts,
  openAcross,
  openUnixStream,
  serveAcross,
} from '../../../src/node/across/index.ts';
import { ownedUploads } from '../../../src/node/imaging/owned-uploads.ts';
import type { UsagePoint } from '../../../src/node/interface.ts';
import { type Author, LabmeshError, silentLogger } from '../../../src/state/index.ts';
import { startBulkDoor } from '../../support/bulk-door.ts';
import { FakeConsole } from '../../support/fake-console.ts';
import { cleanup, testNodeId } from '../../support/mesh.ts';
import { until } from '../../support/until.ts';
import { as, id, lab, NODE, running, STUDENT } from '../state/world.ts';

const later = cleanup();
afterEach(() => later.run());

const HERE = testNodeId(5);
const POINT: UsagePoint = {
  t: 1,
  cpu: 0.5,
  ramMiB: 7,
  diskReadBytes: null,
  diskWriteBytes: null,
  netRxBytes: 0,
  netTxBytes: 0,
};
const never = () => {
  throw new Error('asked on the wrong PC');
};

/** NODE hosts a VM and serves a bulk door; HERE shows the pages. */
async function twoPcs() {
  const { server, client, peer, membership, members } = await startBulkDoor(later);
  const world = lab();
  const vmId = running(world);
  const screen = FakeConsole.listen('far');
  later(() => screen.stop());
  const dataDir = mkdtempSync(join(tmpdir(), 'labmesh-across-'));
  later(() => rmSync(dataDir, { recursive: true, force: true }));
  const store = openImageStore({ dataDir, logger: silentLogger, limits: { reserveBytes: 0 } });
  await store.start();
  later(() => store.stop());
  const imports: { uploadId: string; author: Author }[] = [];
  const far: LocalParts = {
    nodeId: NODE,
    state: world.state,
    openConsole: () => openUnixStream(screen.path),
    serialLog: async (_, maxBytes) => ({ text: '\u0007log'.slice(-maxBytes), totalBytes: 4 }),
    screenshot: async () => Uint8Array.of(1, 2, 3),
    usage: async () => [POINT],
    uploads: ownedUploads(store),
    importImage: async ({ source }, author) => {
      if (!('uploadId' in source)) throw new Error('no upload');
      imports.push({ uploadId: source.uploadId, author });
      return { index: 7, targetId: id(50), operationId: id(51) };
    },
  };
  serveAcross(server, far);
  const link: BulkLink = {
    request: (nodeId, target, options) => client.request({ ...peer, nodeId: known(nodeId) }, target, options),
    connect: (nodeId, target) => client.connect({ ...peer, nodeId: known(nodeId) }, target),
  };
  const known = (nodeId: string) => {
    if (nodeId !== NODE) throw new LabmeshError('bulk.unreachable', { nodeId, reason: 'no address' });
    return peer.nodeId;
  };
  const near: LocalParts = {
    nodeId: HERE,
    state: world.state,
    openConsole: never,
    serialLog: never,
    screenshot: never,
    usage: never,
    uploads: { create: never, status: never, append: never, discard: never },
    importImage: never,
  };
  const applied: number[] = [];
  const waitForApplied = async (index: number) => void applied.push(index);
  const open = (local: LocalParts, way: BulkLink | null) => openAcross({ local, link: way, waitForApplied });
  const pc1 = open(far, null);
  const pc2 = open(near, link);
  const retire = () => membership.set(members.slice(0, 1));
  return { server, world, vmId, screen, far, near, link, open, pc1, pc2, imports, applied, retire };
}

test('C2 the screen of a VM on another PC: bytes both ways, its end, a retired asker', async () => {
  const { pc2, vmId, screen, retire } = await twoPcs();
  const watch = async () => {
    const stream = await pc2.openConsole(vmId);
    const seen = { stream, bytes: Buffer.alloc(0), ended: false };
    stream.onData((bytes) => {
      seen.bytes = Buffer.concat([seen.bytes, bytes]);
    });
    stream.onEnd(() => {
      seen.ended = true;
    });
    return seen;
  };
  const seen = await watch();
  await until('version', () => seen.bytes.toString('latin1') === 'RFB 003.008\n');
  await seen.stream.write(Buffer.from('RFB 003.008\n\x01\x01', 'latin1'));
  await seen.stream.write(Uint8Array.of(4, 1, 0, 0, 0, 0, 0, 0x61, 3, 0, 0, 0, 0, 0, 1, 64, 0, 200));
  await until('key and picture', () => screen.keys.includes(0x61) && seen.bytes.length > 320 * 200 * 4);
  screen.cut();
  await until('its end', () => seen.ended);

  const other = await watch();
  await until('open', () => screen.clients === 1);
  retire();
  await until('cut at both ends', () => other.ended && screen.clients === 0);
  await expect(pc2.openConsole(vmId)).rejects.toMatchObject({ code: 'vm.node_silent' });
});

test('C2 whoever leaves the page lets go of the far screen', async () => {
  const { pc2, vmId, screen } = await twoPcs();
  const stream = await pc2.openConsole(vmId);
  await until('open', () => screen.clients === 1);
  stream.end();
  await until('closed there', () => screen.clients === 0);
});

test('C2 a PC that shows too many screens already is busy, not silent', async () => {
  const { pc2, vmId } = await twoPcs();
  const all = async () => {
    for (let screens = 0; screens < 100; screens++) await pc2.openConsole(vmId);
  };
  await expect(all()).rejects.toMatchObject({ code: 'bulk.busy', data: { max: 64 } });
});

test('log, picture and charts of a VM on another PC, and the charts of that PC', async () => {
  const { pc2, vmId, far } = await twoPcs();
  expect(await pc2.serialLog(vmId, 3)).toEqual({ text: 'log', totalBytes: 4 });
  expect(await pc2.screenshot(vmId)).toEqual(Buffer.from([1, 2, 3]));
  expect(await pc2.usage(vmId, 'week')).toEqual([POINT]);
  expect(await pc2.usage(NODE, 'hour')).toEqual([POINT]);
  Object.assign(far, { screenshot: async () => null });
  expect(await pc2.screenshot(vmId)).toBeNull();
});

test('a refusal there is one here; nothing is passed on in a circle', async () => {
  const { pc2, vmId, far, server, near, link, open } = await twoPcs();
  const refuse = async () => {
    throw new LabmeshError('vm.no_console', { name: 'web' });
  };
  Object.assign(far, { openConsole: refuse, serialLog: refuse });
  const { name } = far.state.tables.vm.get(vmId) ?? {};
  await expect(pc2.openConsole(vmId)).rejects.toMatchObject({ code: 'vm.no_console', data: { name } });
  await expect(pc2.serialLog(vmId, 10)).rejects.toMatchObject({
    code: 'vm.no_console',
    data: { name: 'web' },
  });
  serveAcross(server, { ...far, nodeId: testNodeId(8) }); // it does not see itself as the VM's place
  await expect(pc2.screenshot(vmId)).rejects.toMatchObject({ code: 'across.not_here' });
  await expect(pc2.openConsole(vmId)).rejects.toMatchObject({ code: 'across.not_here' });
  await expect(open(near, link).screenshot(id(77))).rejects.toMatchObject({ code: 'not_found' });
});

test('another PC that does not answer, or a cloud without a mesh, is named in a sentence', async () => {
  const { vmId, near, open, server, pc2 } = await twoPcs();
  const silent = { code: 'vm.node_silent', data: { node: 'pc-1' } };
  await expect(open(near, null).openConsole(vmId)).rejects.toMatchObject(silent);
  await expect(open(near, null).usage(NODE, 'day')).rejects.toMatchObject(silent);
  await server.stop();
  await expect(pc2.openConsole(vmId)).rejects.toMatchObject(silent);
  await expect(pc2.serialLog(vmId, 10)).rejects.toMatchObject(silent);
  await expect(pc2.uploads.status(`${NODE}.${id(3)}`, null)).rejects.toMatchObject({
    code: 'upload.node_silent',
    data: { node: 'pc-1' },
  });
});

test('an upload begun on one PC is continued, imported and discarded over another', async () => {
  const { pc1, pc2, imports, applied } = await twoPcs();
  const begun = await pc1.uploads.create({ name: 'disk.img', sizeBytes: 3_000_000, ownerId: STUDENT });
  expect(begun.id).toStartWith(`${NODE}.`);
  const piece = (length: number) => new Blob([new Uint8Array(length).fill(7)]).stream();
  await pc1.uploads.append(begun.id, STUDENT, 0, piece(1_000_000));
  expect(await pc2.uploads.status(begun.id, STUDENT)).toEqual({ ...begun, offset: 1_000_000 });
  const whole = await pc2.uploads.append(begun.id, STUDENT, 1_000_000, piece(2_000_000));
  expect(whole).toEqual({ ...begun, offset: 3_000_000 });
  const wrong = pc2.uploads.append(begun.id, STUDENT, 5, piece(10));
  await expect(wrong).rejects.toMatchObject({
    code: 'images.upload_wrong_offset',
    data: { offset: 3_000_000 },
  });
  await expect(pc2.uploads.status(begun.id, id(5))).rejects.toMatchObject({ code: 'images.upload_unknown' });

  const request = { name: 'mine', os: 'linux', shared: false } as const;
  const accepted = await pc2.importImage({ ...request, source: { uploadId: begun.id } }, as(STUDENT));
  expect(accepted).toEqual({ index: 7, targetId: id(50), operationId: id(51) });
  expect(imports).toEqual([{ uploadId: begun.id.slice(27), author: as(STUDENT) }]);
  expect(applied).toEqual([7]);

  await pc2.uploads.discard(begun.id, STUDENT);
  await expect(pc1.uploads.status(begun.id, STUDENT)).rejects.toMatchObject({
    code: 'images.upload_unknown',
  });
  for (const bad of ['x', `${NODE}.x`, `${NODE}.${id(1)}.${id(1)}`, '../..', ''])
    await expect(pc2.uploads.status(bad, STUDENT)).rejects.toMatchObject({ code: 'not_found' });
});
