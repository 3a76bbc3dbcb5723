/** What fails again and again costs nothing that stays: no file handle, child process, timer or listener, whatever it was that failed. */

import { heapStats } from 'bun:jsc';
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { getEventListeners } from 'node:events';
import { chmodSync, closeSync, openSync, readdirSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { ulid } from 'ulid';
import { PresentBitmap } from '../../../src/images/bitmap.ts';
import type { CaptureRequest, ChunkSource, TakeRequest } from '../../../src/images/index.ts';
import { until } from '../../support/until.ts';
import {
  converted,
  leftBehind,
  MiB,
  makeRig,
  noise,
  type Rig,
  refusal,
  request,
  tool,
  write,
} from './rig.ts';
import { sourceOf } from './swarm/swarm.ts';

const ROUNDS = 12;
const CHUNKS = 8;
let rig: Rig;
let target: Rig;
let versionId: string;
let manifestHash: string;
let raw: string;
let web: Server;
/** One caller's signal for all rounds, which is never used: whoever listened to it has to stop. */
const caller = new AbortController();

beforeAll(async () => {
  rig = await makeRig({ inspectMs: 20_000 });
  target = await makeRig();
  raw = write(rig.path('disk.raw'), noise(Buffer.alloc(CHUNKS * MiB), 61));
  const wanted = request(raw, { asRaw: true });
  ({ versionId } = wanted);
  ({ manifestHash } = await rig.store.import(wanted));
  web = createServer(answer);
  const { promise, resolve } = Promise.withResolvers<void>();
  web.listen(0, '127.0.0.1', resolve);
  await promise;
});
afterAll(async () => {
  web.closeAllConnections();
  web.close();
  await rig.store.stop();
  await target.store.stop();
  rig.remove();
  target.remove();
});

const answer: RequestListener = ({ url }, response) => {
  if (url === '/page') response.writeHead(200, { 'content-type': 'text/html' }).end('<p>');
  else if (url === '/circle') response.writeHead(302, { location: '/circle' }).end();
  else if (url === '/none') response.writeHead(404).end();
  else {
    response.writeHead(200, { 'content-length': MiB });
    response.write(Buffer.alloc(64 * 1024));
    if (url === '/broken') setTimeout(() => response.destroy(), 1);
  }
};

function held() {
  const children = readdirSync('/proc/self/task').flatMap((task) => {
    const text = readFileSync(`/proc/self/task/${task}/children`, 'utf8');
    return text.split(' ').filter((one) => one !== '');
  });
  Bun.gc(true);
  return {
    files: readdirSync('/proc/self/fd').length,
    children: children.length,
    timers: heapStats().objectTypeCounts.Timeout ?? 0,
    listeners: getEventListeners(caller.signal, 'abort').length,
  };
}

/** A signal of this round's own that ends the work when it has begun. */
function stopped(): { signal: AbortSignal; begun: () => void } {
  const own = new AbortController();
  return { signal: own.signal, begun: () => own.abort() };
}

const fetching = (sources: readonly ChunkSource[], more: object = {}) =>
  target.store.fetch({ versionId, manifestHash, sources, signal: caller.signal, ...more });

async function forget(): Promise<void> {
  if (target.store.has(versionId)) await target.store.remove(versionId);
}

const question = (chunks: readonly number[]): TakeRequest => {
  const want = PresentBitmap.empty(CHUNKS);
  for (const chunk of chunks) want.set(chunk);
  return { want: want.bytes, max: chunks.length, waitMs: 0, insist: true, reach: [] };
};

function layer(): string {
  const path = rig.path(`layer-${ulid()}.qcow2`);
  const below = ['-b', rig.store.localPath(versionId), '-F', 'raw'];
  tool('qemu-img', 'create', '-q', '-f', 'qcow2', ...below, path, String(CHUNKS * MiB));
  tool('qemu-io', '-c', 'write -P 5 0 3M', path);
  return path;
}

function capture(overlay: string, more: Partial<CaptureRequest> = {}): CaptureRequest {
  const facts = { versionId: ulid(), imageId: ulid(), number: 2, author: 'ana', os: 'linux' } as const;
  const disk = { overlay, baseVersionId: versionId, form: 'image', virtualBytes: CHUNKS * MiB } as const;
  return { ...facts, ...disk, createdAt: 1_800_000_000_000, signal: caller.signal, ...more };
}

const download = (path: string, more: object = {}) => {
  const address = web.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return rig.store.download({
    url: `http://127.0.0.1:${port}${path}`,
    maxBytes: MiB,
    allowPrivate: true,
    isOurs: () => false,
    patience: { stallMs: 50, leastBytes: 1, tries: 2, worthBytes: MiB, waitMs: () => 1 },
    signal: caller.signal,
    ...more,
  });
};

const rounds: Record<string, (n: number) => Promise<unknown>> = {
  async 'fetches from one who lies'() {
    const honest = sourceOf(rig.store, 'liar');
    const liar = { ...honest, take: async () => new Blob([new Uint8Array(MiB).fill(7)]).stream() };
    await refusal(fetching([liar]));
  },
  async 'fetches from one who says nothing'() {
    const silent = { ...sourceOf(rig.store, 'silent'), take: async () => new ReadableStream({}) };
    await refusal(fetching([silent], { stallMs: 10, giveUpMs: 50 }));
    await forget();
  },
  async 'fetches that are cancelled half way'() {
    const { signal, begun } = stopped();
    const onProgress = ({ done }: { done: number }) => done > 0 && begun();
    await fetching([sourceOf(rig.store, 'a')], { signal, onProgress }).catch(() => null);
    await forget();
  },
  async 'fetches of a manifest that nobody has'() {
    const nobody = { ...sourceOf(rig.store, 'a'), manifest: () => Promise.reject(new Error('gone')) };
    await refusal(fetching([nobody]));
  },
  async 'answers whose asker goes away'() {
    const stream = await rig.store.take(versionId, 'asker', question([0, 1, 2, 3]));
    const reader = stream.getReader();
    for (let pieces = 0; pieces < 3; pieces++) await reader.read();
    await reader.cancel();
  },
  async 'imports of what is no image'() {
    await refusal(rig.store.import(request(write(rig.path('letter'), 'Dear teacher,\n'.repeat(99)))));
  },
  async 'imports of what was cut off'() {
    const file = converted(rig, raw, 'qcow2');
    truncateSync(file, 2 * MiB);
    await refusal(rig.store.import(request(file, { signal: caller.signal })));
  },
  async 'imports that are cancelled'() {
    const { signal, begun } = stopped();
    const onProgress = ({ phase }: { phase: string }) => phase === 'copy' && begun();
    await refusal(rig.store.import(request(raw, { asRaw: true, signal, onProgress })));
  },
  async 'captures of a broken layer'() {
    const overlay = layer();
    const file = openSync(overlay, 'r+');
    writeSync(file, noise(Buffer.alloc(64), 8), 0, 64, 4 * 64 * 1024);
    closeSync(file);
    await refusal(rig.store.capture(capture(overlay)));
    await refusal(rig.store.capture(capture(rig.path('nothing'))));
  },
  async 'captures that are cancelled'() {
    const { signal, begun } = stopped();
    const onProgress = ({ phase }: { phase: string }) => phase === 'copy' && begun();
    await refusal(rig.store.capture(capture(layer(), { signal, onProgress })));
  },
  async 'restorations from a damaged version'() {
    const work = capture(layer(), { form: 'work' });
    await rig.store.capture(work);
    const file = rig.store.localPath(work.versionId);
    chmodSync(file, 0o644);
    write(file, Buffer.alloc(CHUNKS * MiB, 3));
    const made = { versionId: work.versionId, target: rig.path('os.qcow2'), below: null, virtualBytes: 0 };
    await refusal(rig.store.restoreWork({ ...made, signal: caller.signal }));
    await rig.store.remove(work.versionId);
  },
  async 'checks that are cancelled'() {
    const { signal, begun } = stopped();
    const onProgress = ({ phase }: { phase: string }) => phase === 'check' && begun();
    await rig.store.verify(versionId, { signal, onProgress }).catch(() => null);
    const scrub = { bytesPerSecond: () => 2 ** 40, signal: AbortSignal.abort() };
    await refusal(rig.store.scrub(versionId, scrub));
  },
  async 'exports that are cancelled, or have no place'(n) {
    const { signal, begun } = stopped();
    const onProgress = ({ phase }: { phase: string }) => phase === 'export' && begun();
    await refusal(
      rig.store.export(versionId, rig.path(`out-${n}.qcow2`), { format: 'qcow2', signal, onProgress }),
    );
    await refusal(rig.store.export(versionId, raw, { format: 'raw', signal: caller.signal }));
  },
  async 'uploads that break, or are another file'() {
    const { id } = await rig.store.uploads.create({
      name: 'a',
      sizeBytes: 20,
      owner: 'ana',
      sha256: 'a'.repeat(64),
    });
    const broken = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new Uint8Array(10));
        controller.error(new Error('the Wi-Fi is gone'));
      },
    });
    await rig.store.uploads.append(id, 0, broken).catch(() => null);
    const { offset } = await rig.store.uploads.status(id);
    await rig.store.uploads.append(id, offset, new Uint8Array(20 - offset));
    await refusal(rig.store.uploads.finish(id));
  },
  async 'downloads of pages, circles, nothing, and of what breaks off'() {
    for (const path of ['/page', '/circle', '/none', '/broken', '/still']) await refusal(download(path));
  },
  async 'downloads that are cancelled'() {
    const { signal, begun } = stopped();
    const onProgress = ({ total }: { total: number }) => total === MiB && setTimeout(begun, 1);
    const patience = { stallMs: 20_000 };
    expect((await refusal(download('/still', { signal, onProgress, patience }))).code).toBe(
      'images.cancelled',
    );
  },
};

for (const [name, round] of Object.entries(rounds)) {
  test(`${ROUNDS} ${name} leave nothing open and nothing on disk`, async () => {
    for (let n = 0; n < 2; n++) await round(n); // what is opened once for good
    const before = held();
    const folders = [leftBehind(rig), leftBehind(target)];
    for (let n = 0; n < ROUNDS; n++) await round(n);
    // Sockets and streams close a moment after whoever used them.
    await until('all is closed', () => held().files <= before.files, 5000).catch(() => null);
    const after = held();
    expect(after.files).toBeLessThanOrEqual(before.files);
    expect(after.children).toBeLessThanOrEqual(before.children);
    expect(after.listeners).toBe(0);
    expect(after.timers).toBeLessThan(before.timers + ROUNDS / 2);
    expect([leftBehind(rig), leftBehind(target)]).toEqual(folders);
  }, 60_000);
}
