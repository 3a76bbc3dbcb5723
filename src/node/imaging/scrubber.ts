/** Reads this PC's copies of images through, one after the other and slowly, so that what its disk forgot is found while others have it (I2). */
import { type ImageStore, ImagesError } from '../../images/index.ts';
import { type CloudMachine, type Logger, setting } from '../../state/index.ts';

const LOOK_EVERY_MS = 10 * 60_000;
const DAY_MS = 24 * 3_600_000;
/** 500 GB take a day; nobody who works at the PC or in its VMs notices. */
const BYTES_PER_SECOND = 6 * 1024 * 1024;
/** While somebody sits at this PC. */
const BESIDE_A_USER = 1024 * 1024;

export interface ScrubberParts {
  readonly machine: CloudMachine;
  readonly store: Pick<ImageStore, 'versions' | 'scrub' | 'lastChecked'>;
  readonly isUserHere: () => boolean;
  /** Ms since 1970. */
  readonly now: () => number;
  readonly logger: Logger;
  /** Default: at a pace that nobody notices. */
  readonly bytesPerSecond?: number;
}

export class Scrubber {
  readonly #parts: ScrubberParts;
  readonly #stopping = new AbortController();
  #timer: ReturnType<typeof setInterval> | null = null;
  #running: Promise<void> | null = null;

  constructor(parts: ScrubberParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#stopping.abort();
    await this.#running;
  }

  /** Begins with the copy that was not read for longest, if one's time has come. */
  look(): void {
    this.#running ??= this.#scrubNext().finally(() => {
      this.#running = null;
    });
  }

  /** Resolves when nothing is read any more. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #scrubNext(): Promise<void> {
    const { machine, store, now, logger, isUserHere, bytesPerSecond = BYTES_PER_SECOND } = this.#parts;
    const days = setting(machine.state, 'image.scrub_days');
    if (days === 0) return;
    try {
      const whole = store.versions().filter((one) => one.complete);
      const ages = await Promise.all(
        whole.map(async ({ versionId }) => ({ versionId, at: await store.lastChecked(versionId) })),
      );
      const [oldest] = ages.filter(({ at }) => now() - at > days * DAY_MS).sort((a, b) => a.at - b.at);
      if (oldest === undefined) return;
      const rate = () => (isUserHere() ? Math.min(BESIDE_A_USER, bytesPerSecond) : bytesPerSecond);
      const { signal } = this.#stopping;
      const report = await store.scrub(oldest.versionId, { bytesPerSecond: rate, signal });
      logger.info('an image was read through', { ...oldest, ...report, damaged: report.damaged.length });
    } catch (error) {
      if (error instanceof ImagesError && error.code === 'images.cancelled') return;
      logger.warn('an image could not be read through', { error: String(error) });
    }
  }
}
