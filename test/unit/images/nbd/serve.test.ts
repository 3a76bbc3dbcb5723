/** The server against the clients it is for: QEMU's own tools, on whole and on half-fetched versions. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { PresentBitmap } from '../../../../src/images/bitmap.ts';
import { chunkCount, chunkHash, type Manifest } from '../../../../src/images/index.ts';
import { Layout } from '../../../../src/images/layout.ts';
import { Lines, line, type Notice, noticeSchema, type Order } from '../../../../src/images/nbd/control.ts';
import { NbdServer } from '../../../../src/images/nbd/server.ts';
import { silentLogger } from '../../../../src/state/logger.ts';
import { until } from '../../../support/until.ts';
import { diskBytes, MiB, makeRig, type Rig, request, write } from '../rig.ts';

let rig: Rig;
let server: NbdServer;
let manifest: Manifest;
let source: string;
let bytes: Buffer;
let node: Node;

/** What the node does: hears wants, tells arrivals. */
class Node {
  readonly heard: Notice[] = [];
  readonly #socket = connect(join(rig.folder, 'control.sock'));

  constructor() {
    const lines = new Lines(noticeSchema);
    this.#socket.on('data', (data) => this.heard.push(...lines.take(Buffer.from(data))));
  }

  tell(order: Order): void {
    this.#socket.write(line(order));
  }

  end(): void {
    this.#socket.destroy();
  }

  wants(): number[] {
    return this.heard.flatMap((one) => (one.tell === 'want' ? one.chunks : []));
  }
}

async function opened(versionId: string): Promise<void> {
  node.tell({ tell: 'open', versionId });
  await until('opened', () => node.heard.some((one) => one.tell === 'opened' && one.versionId === versionId));
}

const uri = (versionId: string) => `nbd+unix:///${versionId}?socket=${join(rig.folder, 'nbd.sock')}`;

async function tool(...command: string[]): Promise<{ code: number; out: string }> {
  const run = Bun.spawn(command, { stdout: 'pipe', stderr: 'pipe', timeout: 30_000 });
  const [out, error] = await Promise.all([new Response(run.stdout).text(), new Response(run.stderr).text()]);
  return { code: await run.exited, out: out + error };
}

beforeAll(async () => {
  rig = await makeRig();
  bytes = diskBytes();
  source = write(rig.path('disk.raw'), bytes);
  const wanted = request(source, { asRaw: true });
  await rig.store.import(wanted);
  manifest = await rig.store.manifest(wanted.versionId);
  server = new NbdServer({
    dataDir: rig.dataDir,
    socket: join(rig.folder, 'nbd.sock'),
    control: join(rig.folder, 'control.sock'),
    patienceMs: 2000,
    version: 'test',
    logger: silentLogger,
    onRetired: () => {},
  });
  server.start();
  node = new Node();
});

afterAll(async () => {
  node.end();
  await server.stop();
  rig.remove();
});

describe('I4: QEMU reads a version over NBD', () => {
  test('every byte is the same, and zeros are told as holes', async () => {
    await opened(manifest.versionId);
    const compared = await tool(
      'qemu-img',
      'compare',
      '-f',
      'raw',
      '-F',
      'raw',
      source,
      uri(manifest.versionId),
    );
    expect(compared).toEqual({ code: 0, out: 'Images are identical.\n' });

    const { out } = await tool('qemu-img', 'map', '--output=json', '-f', 'raw', uri(manifest.versionId));
    const zeros = JSON.parse(out)
      .filter((one: { zero: boolean }) => one.zero)
      .reduce((sum: number, one: { length: number }) => sum + one.length, 0);
    const elided = Array.from({ length: chunkCount(manifest) }, (_, i) => chunkHash(manifest, i)).filter(
      (hash) => hash === null,
    ).length;
    expect(elided).toBeGreaterThan(0);
    expect(zeros).toBe(elided * MiB);
  });

  test('writes are refused, and the version stays as it is', async () => {
    const { out } = await tool('qemu-io', '-f', 'raw', '-c', 'write -P 7 0 4096', uri(manifest.versionId));
    expect(out).toMatch(/read-only|permission/i);
    expect(readFileSync(rig.store.localPath(manifest.versionId)).equals(bytes)).toBe(true);
  });

  test('an export that is not served is unknown', async () => {
    const { code, out } = await tool('qemu-img', 'info', uri('01J00000000000000000000000'));
    expect(code).not.toBe(0);
    expect(out).toContain('not available');
  });
});

describe('I4: a version of which parts are missing', () => {
  let versionId: string;

  beforeAll(async () => {
    const wanted = request(source, { asRaw: true });
    await rig.store.import(wanted);
    versionId = wanted.versionId;
    const paths = new Layout(rig.dataDir).version(versionId);
    const present = PresentBitmap.full(chunkCount(manifest));
    present.bytes[0] = (present.bytes[0] ?? 0) & ~1; // the first chunk is missing
    writeFileSync(paths.present, present.bytes);
    await opened(versionId);
  });

  test('a read of a missing chunk waits, is asked for once however many read it, and ends with the right bytes', async () => {
    const reads = [0, 1, 2].map(() =>
      tool('qemu-io', '-r', '-f', 'raw', '-c', 'read -v 0 16', uri(versionId)),
    );
    await until('a want', () => node.wants().length > 0);
    const early = await Promise.race([
      Promise.all(reads).then(() => 'read'),
      Bun.sleep(300).then(() => 'waits'),
    ]);
    expect(early).toBe('waits');
    expect(node.wants()).toEqual([0]);
    node.tell({ tell: 'arrived', versionId, chunks: [0] });
    for (const { code, out } of await Promise.all(reads)) {
      expect(code).toBe(0);
      expect(out).toContain(
        bytes
          .subarray(0, 4)
          .toString('hex')
          .replace(/(..)(?=.)/g, '$1 '),
      );
    }
  });

  test('I2 a chunk that was found damaged is waited for until it arrives again', async () => {
    const before = node.wants().length;
    node.tell({ tell: 'lost', versionId, chunks: [0] });
    const read = tool('qemu-io', '-r', '-f', 'raw', '-c', 'read 0 512', uri(versionId));
    await until('a want', () => node.wants().length > before);
    node.tell({ tell: 'arrived', versionId, chunks: [0] });
    expect((await read).code).toBe(0);
  });

  test('a read that waits for too long fails, which pauses the VM, and the chunk stays wanted', async () => {
    node.tell({ tell: 'lost', versionId, chunks: [0] });
    const { code, out } = await tool('qemu-io', '-r', '-f', 'raw', '-c', 'read 0 512', uri(versionId));
    expect([code, out]).toEqual([1, expect.stringContaining('Input/output error')]);
    const before = node.heard.length;
    node.end();
    node = new Node();
    await until('told again', () => node.wants().includes(0) && node.heard.length !== before);
    node.tell({ tell: 'arrived', versionId, chunks: [0] });
    expect((await tool('qemu-io', '-r', '-f', 'raw', '-c', 'read 0 512', uri(versionId))).code).toBe(0);
  });

  test('a reader that knows the version by its name alone is served, as after the server was started anew', async () => {
    const unasked = request(source, { asRaw: true });
    await rig.store.import(unasked);
    const { code } = await tool('qemu-io', '-r', '-f', 'raw', '-c', 'read 0 512', uri(unasked.versionId));
    expect(code).toBe(0);
  });

  test('a node that comes back hears again what is waited for, and in which order was read', async () => {
    const again = request(source, { asRaw: true });
    await rig.store.import(again);
    const present = PresentBitmap.full(chunkCount(manifest));
    present.bytes[0] = (present.bytes[0] ?? 0) & ~2;
    writeFileSync(new Layout(rig.dataDir).version(again.versionId).present, present.bytes);
    await opened(again.versionId);
    const read = tool(
      'qemu-io',
      '-r',
      '-f',
      'raw',
      '-c',
      'read 0 512',
      '-c',
      `read ${MiB} 512`,
      uri(again.versionId),
    );
    await until('a want', () =>
      node.heard.some((one) => one.tell === 'want' && one.versionId === again.versionId),
    );
    node.end();
    node = new Node();
    await until('a want', () =>
      node.heard.some((one) => one.tell === 'want' && one.versionId === again.versionId),
    );
    node.tell({ tell: 'arrived', versionId: again.versionId, chunks: [1] });
    expect((await read).code).toBe(0);
    await until('the order', () =>
      node.heard.some((one) => one.tell === 'read' && one.versionId === again.versionId),
    );
    const order = node.heard.flatMap((one) =>
      one.tell === 'read' && one.versionId === again.versionId ? one.chunks : [],
    );
    expect(order).toEqual([0, 1]);
  });
});

describe('X3: what is no client', () => {
  test.each([
    ['nothing but noise', Buffer.alloc(4096, 0xff)],
    ['an option as long as memory', Buffer.from('0000000349484156454f505400000007ffffffff', 'hex')],
  ])('%s ends that connection only', async (_, sent) => {
    const socket = connect(join(rig.folder, 'nbd.sock'));
    const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    socket.resume();
    socket.write(sent);
    await ended;
    const { code } = await tool('qemu-img', 'info', '-f', 'raw', uri(manifest.versionId));
    expect(code).toBe(0);
  });
});
