import { afterAll, beforeAll, expect, test } from 'bun:test';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { openImageStore } from '../../../src/images/index.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { converted, diskBytes, MiB, makeRig, noise, type Rig, write } from './rig.ts';

const SIZE = 192 * MiB;
let rig: Rig;
let source: string;
let disk: Buffer;

beforeAll(async () => {
  rig = await makeRig();
  disk = noise(diskBytes(SIZE), 11);
  disk[510] = 0x55;
  disk[511] = 0xaa;
  source = converted(rig, write(rig.path('disk.raw'), disk), 'qcow2');
});
afterAll(() => rig.remove());

/** Runs the importer and kills it with -9 as soon as a line of its output satisfies `when`. */
async function killWhen(
  dataDir: string,
  versionId: string,
  when: (line: string) => boolean,
): Promise<string[]> {
  const child = spawn(process.execPath, [join(import.meta.dir, 'importer.ts'), dataDir, source, versionId], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
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

/** qemu-img processes that still have a file of this folder open. */
function stragglers(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      if (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() !== 'qemu-img') return false;
      return readdirSync(`/proc/${pid}/fd`).some((fd) =>
        readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith(folder),
      );
    } catch {
      return false; // it ended meanwhile
    }
  });
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the condition did not come true in 10 s');
    await Bun.sleep(10);
  }
}

const points: [string, (line: string) => boolean][] = [
  ['before it looks at the file', (line) => line.startsWith('started')],
  ['while it looks at the file', (line) => line.startsWith('inspect')],
  ['at the first byte', (line) => line.startsWith('copy 0 ')],
  ['in the middle', (line) => /^copy (\d{8,}) /.test(line)],
  ['when all is hashed', (line) => line.startsWith(`copy ${SIZE} `)],
  ['while it is made durable', (line) => line.startsWith('flush 0')],
];

for (const [name, when] of points) {
  test(`GF12 kill -9 during an import, ${name}: nothing is left, and the same import works afterwards`, async () => {
    const dataDir = rig.path(`data-${ulid()}`);
    const versionId = ulid();
    const lines = await killWhen(dataDir, versionId, when);
    expect(lines.at(-1)).not.toBe('done');
    // The converter dies with the node: it must not go on writing into what start() removes.
    await until(() => stragglers(dataDir).length === 0);
    const store = openImageStore({ dataDir, logger: silentLogger, limits: { reserveBytes: 0 } });
    const report = await store.start();
    expect(report.damaged).toEqual([]);
    if (store.has(versionId)) {
      // Killed after the rename that publishes: then all of it is there.
      expect(await store.verify(versionId)).toEqual({ checked: 192, damaged: [] });
    } else {
      expect(readdirSync(join(dataDir, 'images'))).toEqual([]);
      expect(await killWhen(dataDir, versionId, () => false)).toContain('done');
      await store.start();
      expect(await store.verify(versionId)).toEqual({ checked: 192, damaged: [] });
    }
    expect(existsSync(join(dataDir, 'images', versionId, 'manifest.json'))).toBe(true);
  }, 30_000);
}
