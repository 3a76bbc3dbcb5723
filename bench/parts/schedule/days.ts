/** School days of several seeds at two loads: one day alone says little about who starts more of them in time. */
import { schoolDay } from '../../../test/sim/schedule/school-day.ts';
import { runDay } from './day.ts';

/**
 * The issue's comparison: the default policy and the papers' algorithm as they have it. The kinder reading of it stays with the single day:
 * under the greater load it promises more disk for saved memory than a PC has, and the simulation breaks off.
 */
export const COMPARED = ['penalty', 'papers: first fit'] as const;

const SEEDS = 5;
/** Starts, of those asked for: as many, and so many that a good part has to wait. */
const LOADS = [1, 1.3];
/** A day of a thousand PCs takes minutes for each algorithm; the load on each PC is what matters. */
const MOST_PCS = 100;

export interface ComparedDay {
  readonly pcs: number;
  readonly requests: number;
  readonly seed: number;
  /** Starts asked for in the end, with all seats of classes. */
  readonly asked: number;
  /** Refused or late, in the order of `COMPARED`. */
  readonly bad: readonly number[];
}

/** @param requests starts for so many `pcs`; a smaller cloud gets as many for each PC */
export function compareDays(pcs: number, requests: number, firstSeed: number): ComparedDay[] {
  const size = Math.min(pcs, MOST_PCS);
  return LOADS.flatMap((load) =>
    Array.from({ length: SEEDS }, (_, n) => {
      const starts = Math.round((requests / pcs) * size * load);
      return compareDay(size, starts, firstSeed + n);
    }),
  );
}

function compareDay(pcs: number, requests: number, seed: number): ComparedDay {
  const workload = schoolDay({ pcs, requests, seed });
  const found = COMPARED.map((name) => runDay(name, workload, seed).figures);
  const bad = found.map(({ refused, late }) => refused + late);
  console.error(`seed ${seed}, ${requests} starts: ${bad.join(', ')}`);
  return { pcs, requests, seed, asked: found[0]?.asked ?? 0, bad };
}
