/** A simulated day as a picture: for each policy the vCPUs held over time by class, as a share of all cores, and who waits. */
import { CLASSES, type Sample } from '../../../test/sim/schedule/samples.ts';

export interface Panel {
  readonly title: string;
  readonly samples: readonly Sample[];
}

const WIDTH = 960;
const PANEL = 210;
const PLOT = { left: 56, right: 56, top: 34, height: 130 };
const HOUR = 3_600_000;
/** vCPUs may be promised beyond the cores. */
const MOST = 1.25;
/** Colours that people tell apart who see no red or no green (Okabe and Ito). */
const COLOUR = {
  exam: '#d55e00',
  class: '#0072b2',
  personal: '#cc79a7',
  interactive: '#56b4e9',
  batch: '#999999',
} as const;

export function plotDay(panels: readonly Panel[]): string {
  const height = panels.length * PANEL + 40;
  const last = Math.max(1, ...panels.flatMap(({ samples }) => samples.map(({ at }) => at)));
  const queue = Math.max(1, ...panels.flatMap(({ samples }) => samples.map(({ waiting }) => waiting)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="white"/>`,
    ...panels.map((panel, n) => drawPanel(panel, n * PANEL, last, queue)),
    legend(panels.length * PANEL + 16),
    '</svg>',
    '',
  ].join('\n');
}

function drawPanel({ title, samples }: Panel, top: number, last: number, queue: number): string {
  const width = WIDTH - PLOT.left - PLOT.right;
  const bottom = top + PLOT.top + PLOT.height;
  const x = (at: number) => round(PLOT.left + (at / last) * width);
  const y = (share: number) => round(bottom - (Math.min(share, MOST) / MOST) * PLOT.height);
  const below = samples.map(() => 0);
  const areas = CLASSES.map((kind) => {
    const from = [...below];
    for (const [n, { held, cores }] of samples.entries())
      below[n] = (below[n] ?? 0) + held[kind] / Math.max(1, cores);
    const up = samples.map(({ at }, n) => `${x(at)},${y(below[n] ?? 0)}`);
    const back = samples.map(({ at }, n) => `${x(at)},${y(from[n] ?? 0)}`).reverse();
    return `<polygon points="${[...up, ...back].join(' ')}" fill="${COLOUR[kind]}"/>`;
  });
  const line = samples.map(
    ({ at, waiting }) => `${x(at)},${round(bottom - (waiting / queue) * PLOT.height)}`,
  );
  const hours = Array.from({ length: Math.floor(last / HOUR / 6) + 1 }, (_, n) => n * 6);
  const [left, right] = [PLOT.left, WIDTH - PLOT.right];
  return [
    `<text x="${left}" y="${top + 22}" font-size="14" font-weight="bold">${escaped(title)}</text>`,
    ...areas,
    `<line x1="${left}" x2="${right}" y1="${y(1)}" y2="${y(1)}" stroke="#444" stroke-dasharray="2 3"/>`,
    `<polyline points="${line.join(' ')}" fill="none" stroke="black" stroke-width="1.5"/>`,
    `<line x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}" stroke="#444"/>`,
    ...[0, 0.5, 1].map(
      (share) => `<text x="${left - 8}" y="${y(share) + 4}" text-anchor="end">${share * 100} %</text>`,
    ),
    `<text x="${right + 8}" y="${top + PLOT.top + 4}">${queue}</text>`,
    `<text x="${right + 8}" y="${bottom + 4}">0</text>`,
    ...hours.map((hour) => {
      const label = `${hour % 24}:00`;
      return `<text x="${x(hour * HOUR)}" y="${bottom + 16}" text-anchor="middle">${label}</text>`;
    }),
  ].join('\n');
}

function legend(y: number): string {
  const boxes = CLASSES.map((kind, n) => {
    const x = PLOT.left + n * 110;
    return `<rect x="${x}" y="${y - 10}" width="12" height="12" fill="${COLOUR[kind]}"/><text x="${x + 18}" y="${y}">${kind}</text>`;
  });
  const x = PLOT.left + CLASSES.length * 110;
  const wait = `<line x1="${x}" x2="${x + 20}" y1="${y - 4}" y2="${y - 4}" stroke="black" stroke-width="1.5"/><text x="${x + 26}" y="${y}">waiting (right scale)</text>`;
  return `${boxes.join('\n')}\n${wait}`;
}

const round = (value: number): number => Math.round(value * 10) / 10;

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
