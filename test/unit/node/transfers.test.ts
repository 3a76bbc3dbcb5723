/** What PCs tell of images on their way: who has a part, how far a transfer is; never more than an announcement takes. */
import { expect, test } from 'bun:test';
import { type Facts, factsSchema } from '../../../src/gossip/announce/announcement.ts';
import { MAX_BODY_BYTES } from '../../../src/gossip/announce/limits.ts';
import type { PeerFigures, Transfer } from '../../../src/images/index.ts';
import { openPartBoard } from '../../../src/node/imaging/part-board.ts';
import { Transfers } from '../../../src/node/imaging/transfers.ts';
import { id } from '../state/world.ts';

const GIB = 2 ** 30;
const large = 900 * GIB + 1;

function transferOf(peers: readonly PeerFigures[]): Transfer {
  const ignore = () => {};
  return { setSources: ignore, demand: ignore, expect: ignore, onArrived: ignore, peers: () => [...peers] };
}

function facts(more: Partial<Facts> = {}): Facts {
  return {
    capacity: { cores: 128, ramBytes: large, diskBytes: large, accelerator: 'kvm' },
    load: { cpu: 1 / 3, ramFreeBytes: large, diskFreeBytes: large, isLocalUserPresent: true },
    images: [],
    roles: [],
    version: '0.10.10-rc.10',
    bulk: 'a-pc-with-quite-a-long-name.lab.example.org:8445',
    ...more,
  };
}

test('I11 the fullest announcement still fits: as many images, ways, parts and transfers as there may be', () => {
  const transfers = new Transfers(() => {});
  const peers = Array.from({ length: 40 }, (_, i) => ({
    id: id(i),
    bytes: large - i,
    bytesPerSecond: 123_456_789.123,
    state: 'resting' as const,
  }));
  for (let i = 0; i < 20; i++) {
    transfers.began(id(i));
    transfers.flows(id(i), transferOf(peers));
    const amounts = {
      done: large,
      total: large,
      unit: 'bytes',
      rate: 123_456_789.1,
      etaMs: 9_999_999.5,
    } as const;
    transfers.progress(id(i), { phase: 'fetch', ...amounts });
  }
  const told = transfers.facts().map(({ from, ...one }) => ({ ...one, from: [...from] }));
  const full = facts({
    images: Array.from({ length: 64 }, (_, i) => id(i)),
    parts: Array.from({ length: 16 }, (_, i) => id(i)),
    links: Array.from({ length: 32 }, (_, i) => ({
      to: id(i),
      rttMs: 0.123456789012345,
      bytesPerSecond: 123_456_789,
    })),
    transfers: told,
  });
  expect(factsSchema.safeParse(full).success).toBe(true);
  expect(JSON.stringify(full).length).toBeLessThan(MAX_BODY_BYTES - 200);
  expect(told[0]?.from[0]).toEqual({ nodeId: id(0), bytes: large, rate: 123_456_789, state: 'resting' });
});

test('I3 who announces a part or all of a version is a holder to ask; this PC itself is none', () => {
  const [me, fetching, whole, other] = [id(1), id(2), id(3), id(4)];
  const all = [
    { nodeId: me, facts: facts({ parts: ['v'] }) },
    { nodeId: fetching, facts: facts({ parts: ['v'] }) },
    { nodeId: whole, facts: facts({ images: ['v'] }) },
    { nodeId: other, facts: facts() },
  ];
  const listeners: ((announced: { nodeId: string }) => void)[] = [];
  const onAnnounced = (listener: (announced: { nodeId: string }) => void) => {
    listeners.push(listener);
    return () => {};
  };
  const board = openPartBoard({ board: { all: () => all }, onAnnounced }, me);
  expect(board.holders('v')).toEqual([fetching, whole]);
  let told = 0;
  board.onChange(() => told++);
  for (const nodeId of [me, fetching]) for (const listener of listeners) listener({ nodeId });
  expect(told).toBe(1);
});

test('a transfer is told from its beginning to its end, and each change once', () => {
  let changes = 0;
  const transfers = new Transfers(() => changes++);
  transfers.began('v');
  expect(transfers.facts()).toEqual([
    { versionId: 'v', done: 0, total: 0, rate: null, etaMs: null, from: [] },
  ]);
  expect(transfers.flowing()).toEqual([]);
  const transfer = transferOf([]);
  transfers.flows('v', transfer);
  expect(transfers.flowing()).toEqual([{ versionId: 'v', transfer }]);
  transfers.ended('v');
  expect(transfers.facts()).toEqual([]);
  expect(changes).toBe(3);
});
