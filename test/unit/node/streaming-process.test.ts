/** The serving process as the node keeps it: the real one, started, killed, adopted, replaced. */
import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { VERSION } from '../../../src/cli/index.ts';
import type { Notice } from '../../../src/images/index.ts';
import { ServingProcess } from '../../../src/node/imaging/streaming-process.ts';
import { servingSockets } from '../../../src/node/imaging/streaming-sockets.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { cleanup } from '../../support/mesh.ts';
import { until } from '../../support/until.ts';

const later = cleanup();
afterEach(() => later.run());

const main = resolve(import.meta.dir, '../../../src/main.ts');

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'labmesh-serving-'));
  later(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A node's end, in the life of one node process. */
function nodeOf(dataDir: string, version = VERSION) {
  const heard: Notice[] = [];
  const pids: number[] = [];
  const serving = new ServingProcess({
    dataDir,
    sockets: servingSockets(dataDir),
    command: [process.execPath, main, '_serve-images'],
    version,
    onNotice: (notice) => void heard.push(notice),
    onUp: (pid) => void pids.push(pid),
    logger: silentLogger,
  });
  later(() => {
    serving.stop();
    const pid = pids.at(-1);
    if (pid !== undefined) gone(pid);
  });
  return { serving, heard, pids };
}

function gone(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {}
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('is started when it is needed; QEMU’s user reaches its socket, and nobody but the node its orders', async () => {
  const dataDir = folder();
  const { serving, pids } = nodeOf(dataDir);
  await serving.adopt();
  expect(pids).toEqual([]);
  await serving.ensure();
  await serving.ensure();
  expect(pids).toHaveLength(1);
  const { nbd, control } = servingSockets(dataDir);
  expect(statSync(nbd).mode & 0o777).toBe(0o666);
  expect(statSync(control).mode & 0o777).toBe(0o600);
  expect(statSync(dataDir).mode & 0o011).toBe(0o011);
});

test('is started again when it is killed', async () => {
  const { serving, pids } = nodeOf(folder());
  await serving.ensure();
  gone(pids[0] ?? 0);
  await until('another', () => pids.length === 2, 30_000);
  expect(pids[1]).not.toBe(pids[0]);
});

test('outlives the node while it is read from, and is found by the next one', async () => {
  const dataDir = folder();
  const first = nodeOf(dataDir);
  await first.serving.ensure();
  const [pid = 0] = first.pids;
  const reader = await Bun.connect({ unix: servingSockets(dataDir).nbd, socket: { data() {} } });
  later(() => reader.terminate());
  await until('greeted', () => isAlive(pid));
  const second = nodeOf(dataDir);
  await second.serving.ensure();
  first.serving.stop();
  expect(second.pids).toEqual([pid]);
  expect(isAlive(pid)).toBe(true);
});

test('GF12 one that a fallen node left, and nobody needs, ends', async () => {
  const dataDir = folder();
  const first = nodeOf(dataDir);
  await first.serving.ensure();
  first.serving.abandon();
  const second = nodeOf(dataDir);
  await second.serving.adopt();
  expect(second.pids).toEqual(first.pids);
  await until('it ended', () => !isAlive(second.pids[0] ?? 0));
  await Bun.sleep(500); // longer than until it would be started again
  expect(second.pids).toHaveLength(1);
});

test('ends with a node that needs it no more', async () => {
  const { serving, pids } = nodeOf(folder());
  await serving.ensure();
  serving.stop();
  await until('it ended', () => !isAlive(pids[0] ?? 0));
});

test('one of an old build is replaced once nobody reads from it', async () => {
  const dataDir = folder();
  const old = nodeOf(dataDir);
  await old.serving.ensure();
  const newer = nodeOf(dataDir, '99.0.0');
  await newer.serving.adopt();
  expect(newer.pids).toEqual(old.pids);
  // What is started here calls itself of the old build again: that it is another process is what counts.
  await Promise.race([
    newer.serving.ensure().catch(() => {}),
    until('replaced', () => !isAlive(old.pids[0] ?? 0)),
  ]);
  expect(isAlive(old.pids[0] ?? 0)).toBe(false);
});

test('the sockets of a long data folder are elsewhere, and short', () => {
  const deep = `/tmp/${'x'.repeat(120)}`;
  const { nbd, control } = servingSockets(deep);
  for (const path of [nbd, control]) expect(Buffer.byteLength(path)).toBeLessThan(108);
  expect(servingSockets(deep).nbd).toBe(nbd);
  expect(servingSockets(`${deep}y`).nbd).not.toBe(nbd);
});
