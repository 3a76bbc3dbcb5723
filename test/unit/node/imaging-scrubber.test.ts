/** Which copy is read through, when, and how fast (I2). */
import { expect, test } from 'bun:test';
import { Scrubber } from '../../../src/node/imaging/scrubber.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { lab } from '../state/world.ts';

const DAY = 24 * 3_600_000;
const NOW = 1_000 * DAY;

/** Copies and when each was last read through; what is read of them, and how fast. */
function pc(copies: Record<string, { at: number; complete?: boolean }>, isUserHere = false) {
  const world = lab();
  const read: { versionId: string; bytesPerSecond: number }[] = [];
  const scrubber = new Scrubber({
    machine: world.machine,
    store: {
      versions: () =>
        Object.entries(copies).map(([versionId, { complete = true }]) => ({
          ...{ versionId, imageId: 'i', number: 1, parent: null, author: 'x', os: 'linux', createdAt: 1 },
          ...{ boot: 'disk', virtualBytes: 1, chunkBytes: 1, manifestHash: '', chunks: 1, dataChunks: 1 },
          ...{ presentChunks: complete ? 1 : 0, complete, storedBytes: 1 },
        })),
      lastChecked: async (versionId) => copies[versionId]?.at ?? 0,
      scrub: async (versionId, { bytesPerSecond }) => {
        read.push({ versionId, bytesPerSecond: bytesPerSecond() });
        const copy = copies[versionId];
        if (copy) copy.at = NOW;
        return { checked: 1, damaged: [] };
      },
    },
    isUserHere: () => isUserHere,
    now: () => NOW,
    logger: silentLogger,
  });
  const look = async () => {
    scrubber.look();
    await scrubber.idle();
    return read.map(({ versionId }) => versionId);
  };
  return { world, read, look };
}

test('I2 the copy that was not read for longest first, one a look, and none whose time has not come', async () => {
  const { look } = pc({
    young: { at: NOW - 29 * DAY },
    old: { at: NOW - 40 * DAY },
    older: { at: NOW - 50 * DAY },
    part: { at: NOW - 60 * DAY, complete: false },
  });
  expect(await look()).toEqual(['older']);
  expect(await look()).toEqual(['older', 'old']);
  expect(await look()).toEqual(['older', 'old']);
});

test('I2 as often as the setting says; never where it says 0', async () => {
  const { world, look } = pc({ one: { at: NOW - 3 * DAY } });
  expect(await look()).toEqual([]);
  world.ok('setting.set', { key: 'image.scrub_days', value: 0 });
  expect(await look()).toEqual([]);
  world.ok('setting.set', { key: 'image.scrub_days', value: 2 });
  expect(await look()).toEqual(['one']);
});

test('I11 slower while somebody sits at the PC', async () => {
  const [alone, beside] = [pc({ one: { at: 0 } }), pc({ one: { at: 0 } }, true)];
  await alone.look();
  await beside.look();
  expect(beside.read[0]?.bytesPerSecond).toBe(1024 * 1024);
  expect(alone.read[0]?.bytesPerSecond).toBe(6 * 1024 * 1024);
});
