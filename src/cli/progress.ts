/** One line that grows on a terminal: phase, bar, share, rate, time left. Elsewhere it is silent. */
import { formatBytes, formatDuration, formatNumber, type Lang } from '../texts/index.ts';
import type { Io } from './io.ts';

/** How far some work is. */
export interface Step {
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  readonly unit: 'bytes' | 'steps';
  /** Units per second; null until known. */
  readonly rate: number | null;
  readonly etaMs: number | null;
}

export interface ProgressLine {
  show(step: Step | null): void;
  /** Takes the line away, so that what is printed next stands alone. */
  clear(): void;
}

/** Redrawing faster than this only costs. */
const REDRAW_MS = 100;
const BAR = 24;

export function progressLine(io: Io, label: string, lang: Lang): ProgressLine {
  if (!io.errIsTerminal || io.env.TERM === 'dumb') return { show() {}, clear() {} };
  let drawnAt = 0;
  let drawn = false;
  return {
    show(step) {
      const now = performance.now();
      if (drawn && now - drawnAt < REDRAW_MS) return;
      drawnAt = now;
      drawn = true;
      io.err(`\r\u001b[K${progressText(label, step, lang).slice(0, Math.max(20, io.columns - 1))}`);
    },
    clear() {
      if (drawn) io.err('\r\u001b[K');
      drawn = false;
    },
  };
}

/** The line itself. */
export function progressText(label: string, step: Step | null, lang: Lang): string {
  if (step === null || step.total <= 0) return step ? `${label}: ${step.phase}` : `${label} …`;
  const share = Math.min(1, Math.max(0, step.done / step.total));
  const full = Math.round(share * BAR);
  const bar = `[${'#'.repeat(full)}${'.'.repeat(BAR - full)}]`;
  const amount = (value: number) =>
    step.unit === 'bytes' ? formatBytes(value, lang) : formatNumber(value, lang, 0);
  const parts = [
    `${label}: ${step.phase}`,
    bar,
    `${Math.floor(share * 100)}%`,
    `${amount(step.done)}/${amount(step.total)}`,
  ];
  if (step.rate !== null && step.unit === 'bytes') parts.push(`${formatBytes(step.rate, lang)}/s`);
  if (step.etaMs !== null)
    parts.push(
      lang === 'es'
        ? `quedan ${formatDuration(step.etaMs, lang)}`
        : `${formatDuration(step.etaMs, lang)} left`,
    );
  return parts.join('  ');
}
