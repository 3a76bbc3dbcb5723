import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { openImageStore } from '../../../src/images/index.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { MiB, makeRig, noise, type Rig, request, tool, write } from './rig.ts';

const SIZE = 96 * MiB;
const capturer = join(import.meta.dir, 'capturer.ts');
let rig: Rig;
let base: string;
let overlay: string;
let overlayBytes: Buffer;

beforeAll(async () => {
  rig = await makeRig();
  const wanted = request(write(rig.path('base.raw'), noise(Buffer.alloc(SIZE), 31)), { asRaw: true });
  await rig.store.import(wanted);
  base = wanted.versionId;
  overlay = rig.path('layer.qcow2');
  const file = rig.store.localPath(base);
  tool('qemu-img', 'create', '-q', '-f', 'qcow2', '-b', file, '-F', 'raw', overlay, String(SIZE));
  tool('qemu-io', '-c', 'write -P 5 1M 24M', '-c', 'write -z 40M 4M', overlay);
  overlayBytes = readFileSync(overlay);
});
afterAll(() => rig.remove());

/** Captures in a process of its own and kills it with -9 as soon as a line of its output satisfies `when`. */
async function killWhen(versionId: string, when: (line: string) => boolean): Promise<string[]> {
  const args = [capturer, rig.dataDir, overlay, versionId, base, String(SIZE)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n').filter((one) => one !== '')) {
      lines.push(line);
      if (when(line)) child.kill('SIGKILL');
    }
  });
  await new Promise((resolve) => child.once('close', resolve));
  return lines;
}

const points: [string, (line: string) => boolean][] = [
  ['before it looks at the layer', (line) => line === 'started'],
  ['while it looks at the layer', (line) => line.startsWith('inspect')],
  ['at the first byte', (line) => line.startsWith('copy 0 ')],
  ['in the middle', (line) => /^copy \d{8,} /.test(line)],
  ['when all is written', (line) => line.startsWith(`copy ${SIZE} `)],
  ['while it is made durable', (line) => line.startsWith('flush 0')],
];

for (const [name, when] of points) {
  test(`GF12 kill -9 during a capture, ${name}: the old version and the layer are whole, and it works afterwards`, async () => {
    const versionId = ulid();
    const lines = await killWhen(versionId, when);
    expect(lines.some((line) => line.startsWith('done'))).toBe(false);
    const store = openImageStore({ dataDir: rig.dataDir, logger: silentLogger, limits: { reserveBytes: 0 } });
    const report = await store.start();
    expect(report.damaged).toEqual([]);
    expect(readFileSync(overlay).equals(overlayBytes)).toBe(true);
    expect(await store.verify(base)).toEqual({ checked: 96, damaged: [] });
    if (!store.has(versionId)) {
      expect(readdirSync(join(rig.dataDir, 'images')).filter((one) => one.startsWith('.'))).toEqual([]);
      expect((await killWhen(versionId, () => false)).at(-1)).toBe(`done ${24 * MiB}`);
      await store.start();
    }
    expect(await store.verify(versionId)).toEqual({ checked: 96, damaged: [] });
    tool('qemu-img', 'compare', '-q', '-f', 'raw', '-F', 'qcow2', store.localPath(versionId), overlay);
    await store.remove(versionId);
  }, 60_000);
}

// Skipped without root: a file system of our own cannot be mounted.
describe.skipIf(process.getuid?.() !== 0)('a disk that fills (needs root to mount one)', () => {
  /** Captures inside a fresh tmpfs that holds the base already; `meanwhile` runs beside it; prints what is left at the end. */
  function captureOn(tmpfs: string, reserveBytes: number, meanwhile = 'true'): string[] {
    mkdirSync(rig.path('small'), { recursive: true });
    // The one place with a shell: it runs inside the namespace, and its words are arguments.
    const script = `mount -t tmpfs -o size="$1" tmpfs "$2" && cp -r --sparse=always "$3" "$2/data" && { (${meanwhile}) & } && shift 3 && "$@"; wait; ls -A "$SMALL/data/images" | sed 's/^/left /'`;
    const run = [process.execPath, capturer, join(rig.path('small'), 'data'), overlay, ulid(), base];
    const args = [tmpfs, rig.path('small'), rig.dataDir, ...run, String(SIZE), String(reserveBytes)];
    const result = spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', ...args], {
      encoding: 'utf8',
      timeout: 40_000,
      env: { ...process.env, SMALL: rig.path('small') },
    });
    expect(result.stderr).toBe('');
    return result.stdout.split('\n').filter((line) => line !== '');
  }

  test('GF36 GF39 the store lacks space for the result of an edit: refused before anything moves', () => {
    const lines = captureOn('150m', 0);
    expect(lines).toContain('refused images.no_space');
    expect(lines.some((line) => line.startsWith('copy'))).toBe(false);
    expect(lines.filter((line) => line.startsWith('left'))).toEqual([`left ${base}`]);
  }, 60_000);

  test('the reserve counts, and with room it goes through', () => {
    expect(captureOn('200m', 60 * MiB)).toContain('refused images.no_space');
    expect(captureOn('300m', 60 * MiB)).toContain(`done ${24 * MiB}`);
  }, 60_000);

  test('GF8 filled by somebody else in the middle: told by name, and nothing is left', () => {
    const fill = `while ! ls "$SMALL"/data/images/.import-*/disk.raw; do sleep 0.01; done >/dev/null 2>&1; head -c 300M /dev/zero >"$SMALL/hog" 2>/dev/null`;
    const lines = captureOn('200m', 0, fill);
    expect(lines).toContain('refused images.disk_full');
    expect(lines.filter((line) => line.startsWith('left'))).toEqual([`left ${base}`]);
  }, 60_000);
});
