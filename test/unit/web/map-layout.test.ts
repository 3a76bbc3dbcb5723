/** N13: the map's places and judgements. */
import { expect, test } from 'bun:test';
import {
  edgesOf,
  MAP_SIDE,
  type MapNode,
  type Measured,
  ringOf,
} from '../../../src/web/components/map-layout.ts';

const pc = (id: string, role: MapNode['role'] = 'worker', up = true): MapNode => ({ id, role, up });
const way = (from: string, to: string, rttMs = 1, bytesPerSecond: number | null = 100e6): Measured => ({
  from,
  to,
  rttMs,
  bytesPerSecond,
});
const both = (a: string, b: string, rttMs = 1, rate: number | null = 100e6) => [
  way(a, b, rttMs, rate),
  way(b, a, rttMs, rate),
];

test('N13 the master stands at the top, roles side by side, all within the picture and apart', () => {
  const nodes = [
    pc('w1'),
    pc('v2', 'voter'),
    pc('m', 'master'),
    pc('s', 'standby'),
    ...Array.from({ length: 46 }, (_, n) => pc(`w${n + 2}`)),
  ];
  const places = ringOf(nodes);
  expect(places.slice(0, 3).map((one) => one.id)).toEqual(['m', 'v2', 's']);
  expect(places[0]).toMatchObject({ x: MAP_SIDE / 2 });
  for (const { x, y } of places) {
    expect(Math.min(x, y)).toBeGreaterThan(0);
    expect(Math.max(x, y)).toBeLessThan(MAP_SIDE);
  }
  expect(new Set(places.map(({ x, y }) => `${x} ${y}`)).size).toBe(50);
  expect(ringOf([pc('only', 'master')])).toEqual([{ id: 'only', role: 'master', x: 320, y: 320 }]);
});

test('N13 both ways make one edge, which shows the worse of them', () => {
  const edges = edgesOf([pc('a'), pc('b')], [way('a', 'b', 1, 90e6), way('b', 'a', 2, null)]);
  expect(edges).toEqual([{ from: 'a', to: 'b', rttMs: 2, bytesPerSecond: 90e6, finding: 'ordinary' }]);
});

test('N13 a way that is slow in time or throughput stands out, and comes first', () => {
  const nodes = [pc('a'), pc('b'), pc('c'), pc('d')];
  const edges = edgesOf(nodes, [
    ...both('a', 'b'),
    ...both('a', 'c'),
    ...both('b', 'c'),
    ...both('a', 'd', 12),
    ...both('b', 'd', 1, 5e6),
    ...both('c', 'd', 40),
  ]);
  expect(edges.slice(0, 3).map((one) => [`${one.from}${one.to}`, one.finding])).toEqual([
    ['cd', 'slow'],
    ['ad', 'slow'],
    ['bd', 'slow'],
  ]);
  expect(edges.slice(3).map((one) => one.finding)).toEqual(['ordinary', 'ordinary', 'ordinary']);
});

test('N13 one way only: said of a PC that answers and measures others, not of one that is off or new', () => {
  const measured = [way('a', 'b'), ...both('a', 'c'), way('b', 'c'), way('c', 'b')];
  const finding = (b: MapNode) =>
    edgesOf([pc('a'), b, pc('c')], measured).find((one) => one.from === 'a' && one.to === 'b')?.finding;
  expect(finding(pc('b'))).toBe('oneWay');
  expect(finding(pc('b', 'worker', false))).toBe('ordinary');
  expect(edgesOf([pc('a'), pc('b')], [way('a', 'b')])[0]?.finding).toBe('ordinary');
  // The one who reaches the other is named first, whatever the ids.
  expect(edgesOf([pc('a'), pc('b'), pc('c')], [way('b', 'a'), ...both('a', 'c')])[0]).toMatchObject({
    from: 'b',
    to: 'a',
    finding: 'oneWay',
  });
});

test('N13 ways to PCs that left, and to itself, are not drawn', () => {
  expect(edgesOf([pc('a'), pc('b')], [way('a', 'gone'), way('a', 'a'), way('gone', 'b')])).toEqual([]);
});
