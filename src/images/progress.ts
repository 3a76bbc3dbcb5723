/** How far a long piece of work is, as operations show it. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly unit: 'bytes';
  /** Bytes per second over the last seconds; 0 while unknown. */
  readonly rate: number;
  /** Null while the rate is unknown. */
  readonly etaMs: number | null;
  readonly phase: ProgressPhase;
}

/** `inspect` looks at the file, `copy` converts and hashes, `flush` makes it durable, `check` hashes again, `fetch` brings from other PCs, `download` from the web. */
export type ProgressPhase = 'inspect' | 'copy' | 'flush' | 'check' | 'export' | 'fetch' | 'download';

export type OnProgress = (progress: Progress) => void;

// Weight of the newest sample in the rate: with four samples a second it follows within about two seconds.
const NEWEST = 0.2;

/** Turns "so many bytes done" into progress with rate and time left, told at most every `everyMs`. */
export class ProgressMeter {
  private readonly tell: OnProgress;
  private readonly everyMs: number;
  private phase: ProgressPhase = 'inspect';
  private total = 0;
  private last = { at: 0, done: 0 };
  private rate = 0;

  constructor(tell: OnProgress | undefined, everyMs: number) {
    this.tell = tell ?? (() => {});
    this.everyMs = everyMs;
  }

  enter(phase: ProgressPhase, total: number): void {
    this.phase = phase;
    this.total = total;
    this.last = { at: performance.now(), done: 0 };
    this.emit(0);
  }

  at(done: number): void {
    const now = performance.now();
    const elapsed = now - this.last.at;
    if (elapsed < this.everyMs) return;
    const newest = ((done - this.last.done) * 1000) / elapsed;
    this.rate = this.rate === 0 ? newest : this.rate * (1 - NEWEST) + newest * NEWEST;
    this.last = { at: now, done };
    this.emit(done);
  }

  /** The phase is over: tells its last value whatever the interval. */
  end(): void {
    this.emit(this.total);
  }

  private emit(done: number): void {
    const rate = Math.round(this.rate);
    const etaMs = rate > 0 ? Math.round(((this.total - done) * 1000) / rate) : null;
    this.tell({ done, total: this.total, unit: 'bytes', rate, etaMs, phase: this.phase });
  }
}
