/** What qemu-img says and does is not believed either, and it is ended when it does not end: a stand-in of the same name, run as the real one is. */
import { afterEach, beforeEach, expect, test } from 'bun:test';
import { chmodSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../support/until.ts';
import { leftBehind, MiB, makeRig, type Rig, refusal, request, write } from './rig.ts';

const SIZE = 8 * MiB;
const path = process.env.PATH;
let rig: Rig;
let source: string;

beforeEach(async () => {
  rig = await makeRig({ inspectMs: 60_000 });
  source = write(rig.path('disk.raw'), Buffer.alloc(SIZE, 7));
});
afterEach(() => {
  process.env.PATH = path;
  rig.remove();
});

const info = { 'virtual-size': SIZE, format: 'raw' };
const entry = { start: 0, length: SIZE, depth: 0, present: true, zero: false, data: true, offset: 0 };

/** Puts a script in the tool's place that answers to each of its commands as told; left out: as a sound tool would. */
function pretend(answers: { info?: string; map?: string; convert?: string }): void {
  const folder = rig.path('bin');
  mkdirSync(folder);
  // The tool runs as nobody.
  for (const passed of [rig.folder, folder]) chmodSync(passed, 0o755);
  const script = [
    '#!/bin/sh',
    'case "$1" in',
    `info) ${answers.info ?? say(info)};;`,
    `map) ${answers.map ?? say([entry])};;`,
    `convert) ${answers.convert ?? `head -c ${SIZE} <&3 >&4`};;`,
    'esac',
  ];
  chmodSync(write(join(folder, 'qemu-img'), `${script.join('\n')}\n`), 0o755);
  process.env.PATH = `${folder}:${path}`;
}

const say = (value: unknown) => `echo '${JSON.stringify(value)}'`;
const imported = (more: object = {}) => rig.store.import(request(source, { asRaw: true, ...more }));

test('the stand-in does what the real one does', async () => {
  pretend({});
  expect(await imported()).toMatchObject({ virtualBytes: SIZE, chunks: 8, format: 'raw' });
});

/** Processes of the stand-in that hang. */
function sleepers(): string[] {
  const children = readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
  );
  return children.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'sleep';
    } catch {
      return false; // it has just ended
    }
  });
}

test.each(['info', 'map', 'convert'])(
  'X4 one that hangs at %s is ended when the import is cancelled',
  async (command) => {
    pretend({ [command]: 'exec sleep 600' });
    const stop = new AbortController();
    const ended = refusal(imported({ signal: stop.signal }));
    await until('it hangs', () => sleepers().length > 0);
    stop.abort();
    expect((await ended).code).toBe('images.cancelled');
    expect(sleepers()).toEqual([]);
    expect(leftBehind(rig)).toEqual([]);
  },
  30_000,
);

test('X4 one that hangs is ended by its deadline', async () => {
  rig.remove();
  rig = await makeRig({ inspectMs: 300 });
  source = write(rig.path('disk.raw'), Buffer.alloc(SIZE, 7));
  pretend({ info: 'exec sleep 600' });
  expect((await refusal(imported())).code).toBe('images.timed_out');
}, 30_000);

test('X4 one that writes without end is cut off at the size of the disk', async () => {
  pretend({ convert: `exec head -c ${64 * MiB} /dev/zero >&4` });
  expect(await refusal(imported())).toMatchObject({ code: 'images.over_limit', data: { limit: 'output' } });
  expect(leftBehind(rig)).toEqual([]);
});

test('a second opinion: what it says of other files counts, whatever the header looked like', async () => {
  const split = { ...info, 'format-specific': { data: { 'data-file': '/etc/shadow' } } };
  for (const [said, code] of [
    [{ ...info, 'backing-filename': '/etc/shadow' }, 'images.backing_file'],
    [split, 'images.external_data'],
    [{ ...info, encrypted: true }, 'images.encrypted'],
    [{ ...info, 'virtual-size': 0 }, 'images.damaged'],
    [{ ...info, 'virtual-size': 2 ** 50 }, 'images.too_large'],
    ['no answer', 'images.damaged'],
  ] as const) {
    pretend({ info: say(said) });
    expect((await refusal(imported())).code).toBe(code);
    process.env.PATH = path;
    Bun.spawnSync(['rm', '-r', rig.path('bin')]);
  }
});

test('a map with gaps, beyond the disk, or out of order is none: what it leaves out would come in as zeros', async () => {
  const half = SIZE / 2;
  for (const [map, code] of [
    [[{ ...entry, length: half }], 'images.damaged'],
    [[{ ...entry, start: half, length: half, offset: half }], 'images.damaged'],
    [[entry, { ...entry, start: SIZE }], 'images.damaged'],
    [[{ ...entry, offset: half }], 'images.truncated'],
    ['nonsense', 'images.damaged'],
  ] as const) {
    pretend({ map: say(map) });
    expect((await refusal(imported())).code).toBe(code);
    process.env.PATH = path;
    Bun.spawnSync(['rm', '-r', rig.path('bin')]);
  }
  expect(leftBehind(rig)).toEqual([]);
});

test('one that says that it failed, or dies, is believed', async () => {
  for (const [convert, code] of [
    ['echo "qemu-img: error while reading at byte 0: Input/output error" >&2; exit 1', 'images.damaged'],
    ['echo "qemu-img: No space left on device" >&2; exit 1', 'images.disk_full'],
    ['kill -9 $$', 'images.tool_failed'],
  ] as const) {
    pretend({ convert });
    expect((await refusal(imported())).code).toBe(code);
    process.env.PATH = path;
    Bun.spawnSync(['rm', '-r', rig.path('bin')]);
  }
  expect(leftBehind(rig)).toEqual([]);
});
