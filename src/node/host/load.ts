/** How busy this PC is, sampled from /proc. */
import { readFile, statfs } from 'node:fs/promises';
import type { Logger } from '../../state/index.ts';
import type { Load } from '../interface.ts';

const GIB = 2 ** 30;
/** N3: everybody sees a change within 2 s. */
const EVERY_MS = 2000;

interface CpuTimes {
  readonly busy: number;
  readonly total: number;
}

/** Measures every two seconds and keeps the newest sample. */
export class LoadSampler {
  readonly #dataDir: string;
  readonly #tell: () => void;
  readonly #logger: Logger;
  #before: CpuTimes | null = null;
  #latest: Load | null = null;
  #timer: ReturnType<typeof setInterval> | null = null;

  /** @param tell called after each new sample */
  constructor(dataDir: string, tell: () => void, logger: Logger) {
    this.#dataDir = dataDir;
    this.#tell = tell;
    this.#logger = logger;
  }

  latest(): Load | null {
    return this.#latest;
  }

  async start(now: () => number): Promise<void> {
    const sample = async () => {
      try {
        await this.#sample(now());
        this.#tell();
      } catch (error) {
        this.#logger.warn('the load could not be measured', { error: String(error) });
      }
    };
    await sample();
    this.#timer = setInterval(sample, EVERY_MS);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  /** Measures now; CPU use is that since the sample before (the first one says 0). */
  async #sample(now: number): Promise<void> {
    const [times, memory, disk] = await Promise.all([cpuTimes(), memoryKiB(), statfs(this.#dataDir)]);
    const before = this.#before;
    this.#before = times;
    const span = before ? times.total - before.total : 0;
    this.#latest = {
      at: now,
      cpu: before && span > 0 ? Math.min(1, Math.max(0, (times.busy - before.busy) / span)) : 0,
      ramUsedMiB: Math.round((memory.total - memory.available) / 1024),
      ramTotalMiB: Math.round(memory.total / 1024),
      diskFreeGiB: (disk.bavail * disk.bsize) / GIB,
      diskTotalGiB: (disk.blocks * disk.bsize) / GIB,
    };
  }
}

/** The first line of /proc/stat: user nice system idle iowait irq softirq steal … in ticks (man 5 proc). */
async function cpuTimes(): Promise<CpuTimes> {
  const line = (await readFile('/proc/stat', 'utf8')).split('\n', 1)[0] ?? '';
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  const total = ticks.reduce((sum, n) => sum + n, 0);
  const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0);
  return { busy: total - idle, total };
}

async function memoryKiB(): Promise<{ total: number; available: number }> {
  const text = await readFile('/proc/meminfo', 'utf8');
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
  return { total: field('MemTotal'), available: field('MemAvailable') };
}
