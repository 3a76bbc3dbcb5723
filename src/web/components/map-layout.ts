/** Where the PCs of the map stand, and what its connections are like. Pure: ids in, places and judgements out. */

export type MapRole = 'master' | 'voter' | 'standby' | 'worker';

export interface MapNode {
  readonly id: string;
  readonly role: MapRole;
  /** It answers, so what it measured holds. */
  readonly up: boolean;
}

/** What one PC measured of its way to another. */
export interface Measured {
  readonly from: string;
  readonly to: string;
  readonly rttMs: number;
  readonly bytesPerSecond: number | null;
}

/** Two PCs and what they measured of each other. */
export interface MapEdge {
  /** Who reaches the other; of an edge that both measured, the one with the lower id. */
  readonly from: string;
  readonly to: string;
  /** The slower of both ways. */
  readonly rttMs: number;
  readonly bytesPerSecond: number | null;
  readonly finding: 'ordinary' | 'slow' | 'oneWay';
}

export interface Place {
  readonly id: string;
  readonly role: MapRole;
  readonly x: number;
  readonly y: number;
}

/** The side of the square that the map is drawn in. */
export const MAP_SIDE = 640;
/** Room for names around the ring. */
const MARGIN = 90;
/** Beyond this an image of 10 GB takes over a quarter of an hour: below 100 Mbit/s, a cable or a switch is at fault. */
export const SLOW_BYTES = 10e6;
/** In one building a packet is back within 2 ms; people feel a console from about 30 ms on. */
const SLOW_MS = 30;
/** …and on a campus that is slow throughout, what is far above the others. */
const FAR_ABOVE = 4;
const LEAST_SLOW_MS = 5;

const ORDER: readonly MapRole[] = ['master', 'voter', 'standby', 'worker'];

/** On a ring, the master at the top and the roles side by side. */
export function ringOf(nodes: readonly MapNode[]): Place[] {
  const sorted = [...nodes].sort(
    (a, b) => ORDER.indexOf(a.role) - ORDER.indexOf(b.role) || (a.id < b.id ? -1 : 1),
  );
  const middle = MAP_SIDE / 2;
  const radius = sorted.length === 1 ? 0 : middle - MARGIN;
  return sorted.map(({ id, role }, n) => {
    const angle = (n / sorted.length) * 2 * Math.PI - Math.PI / 2;
    return {
      id,
      role,
      x: round(middle + radius * Math.cos(angle)),
      y: round(middle + radius * Math.sin(angle)),
    };
  });
}

/** One edge per pair, what stands out first, then the slowest. Ways to PCs that are not in `nodes` are left out. */
export function edgesOf(nodes: readonly MapNode[], measured: readonly Measured[]): MapEdge[] {
  const known = new Map(nodes.map((one) => [one.id, one]));
  const ways = measured.filter((one) => one.from !== one.to && known.has(one.from) && known.has(one.to));
  const speaks = new Set(ways.map((one) => one.from));
  const limit = slowFrom(ways.map((one) => one.rttMs));
  const pairs = new Map<string, Measured[]>();
  for (const way of ways) {
    const key = [way.from, way.to].sort().join(' ');
    pairs.set(key, [...(pairs.get(key) ?? []), way]);
  }
  const edges = [...pairs.values()].flatMap((both) => {
    const [first, back] = [...both].sort((a, b) => (a.from < b.from ? -1 : 1));
    if (!first) return [];
    const rttMs = Math.max(...both.map((one) => one.rttMs));
    const rates = both.flatMap((one) => one.bytesPerSecond ?? []);
    const bytesPerSecond = rates.length === 0 ? null : Math.min(...rates);
    const other = known.get(first.to);
    // Only of a PC that answers and measures others does it mean anything that it measured nothing here.
    const oneWay = back === undefined && other?.up === true && speaks.has(first.to);
    const slow = rttMs >= limit || (bytesPerSecond !== null && bytesPerSecond < SLOW_BYTES);
    const finding = oneWay ? 'oneWay' : slow ? 'slow' : 'ordinary';
    return [{ from: first.from, to: first.to, rttMs, bytesPerSecond, finding } as const];
  });
  const weight = (edge: MapEdge) => (edge.finding === 'oneWay' ? 2 : edge.finding === 'slow' ? 1 : 0);
  return edges.sort((a, b) => weight(b) - weight(a) || b.rttMs - a.rttMs);
}

/** From how many ms on a way counts as slow among these. */
function slowFrom(rtts: readonly number[]): number {
  const sorted = [...rtts].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return Math.min(SLOW_MS, Math.max(LEAST_SLOW_MS, median * FAR_ABOVE));
}

function round(n: number): number {
  return Math.round(n * 10) / 10;
}
