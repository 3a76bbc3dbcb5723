/** A disk of its own: a small tmpfs in a private mount namespace, which only root can make. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { converted, diskBytes, MiB, makeRig, noise, type Rig, write } from './rig.ts';

// Skipped without root: a file system of our own cannot be mounted.
const asRoot = describe.skipIf(process.getuid?.() !== 0);

asRoot('a disk that fills (needs root to mount one)', () => {
  let rig: Rig;
  let source: string;
  beforeAll(async () => {
    rig = await makeRig();
    mkdirSync(rig.path('small'));
    source = converted(rig, write(rig.path('disk.raw'), noise(diskBytes(64 * MiB), 12)), 'qcow2');
  });
  afterAll(() => rig.remove());

  /** Imports inside a fresh tmpfs; `meanwhile` runs beside it; prints what is left at the end. */
  function importOn(tmpfs: string, reserveBytes: number, meanwhile = 'true'): string[] {
    // The one place with a shell: it runs inside the namespace, and its words are arguments.
    const script = `mount -t tmpfs -o size="$1" tmpfs "$2" && { (${meanwhile}) & } && "$3" "$4" "$2/data" "$5" "$6" "$7"; wait; ls -A "$2/data/images" | sed 's/^/left /'`;
    const importer = join(import.meta.dir, 'importer.ts');
    const args = [tmpfs, rig.path('small'), process.execPath, importer, source, ulid(), String(reserveBytes)];
    const result = spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', ...args], {
      encoding: 'utf8',
      timeout: 25_000,
    });
    expect(result.stderr).toBe('');
    return result.stdout.split('\n').filter((line) => line !== '');
  }

  test('GF39 too small from the start: refused before anything is written', () => {
    const lines = importOn('32m', 0);
    expect(lines.at(-1)).toBe('refused images.no_space');
    expect(lines.some((line) => line.startsWith('copy'))).toBe(false);
  });

  test('the reserve counts', () => {
    expect(importOn('96m', 48 * MiB).at(-1)).toBe('refused images.no_space');
    expect(importOn('128m', 48 * MiB)).toContain('done');
  });

  test('GF8 filled by somebody else in the middle: a sentence of its own, and nothing is left', () => {
    // The other one takes what is left once the import has begun to write.
    const fill = `while ! ls "$2"/data/images/.import-*/disk.raw; do sleep 0.01; done >/dev/null 2>&1; head -c 200M /dev/zero >"$2/hog" 2>/dev/null`;
    const lines = importOn('80m', 0, fill);
    expect(lines.at(-1)).toBe('refused images.disk_full');
    expect(lines.some((line) => line.startsWith('left'))).toBe(false);
  });
});
