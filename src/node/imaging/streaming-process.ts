/**
 * The serving process of this PC, as the node sees it: found running, or started, and started again when it died. It is nobody's child for long:
 * the node may be killed or replaced while guests go on reading.
 */
import { closeSync, openSync } from 'node:fs';
import { ImagesError, type Notice, type Order } from '../../images/index.ts';
import type { Logger } from '../../state/index.ts';
import { ServingLink } from './streaming-link.ts';
import { makeServingFolder, type ServingSockets } from './streaming-sockets.ts';

/** The binary starts in half a second; a busy PC takes ten times that. */
const START_MS = 20_000;
const LOOK_EVERY_MS = 50;
/** A process that dies again and again is not started more often than this. */
const RESPAWN_MS = 250;
const LAST_RESPAWN_MS = 5000;
/** Of a node that fell: VMs that read from it are found within seconds of a start. */
const FOUND_MS = 10_000;

export interface ServingParts {
  readonly dataDir: string;
  readonly sockets: ServingSockets;
  /** The command that becomes the serving process; its arguments are added. */
  readonly command: readonly string[];
  /** This build's. */
  readonly version: string;
  readonly onNotice: (notice: Notice) => void;
  /** A process is there, with or without memory of what was told before. */
  readonly onUp: (pid: number) => void;
  readonly logger: Logger;
}

export class ServingProcess {
  readonly #parts: ServingParts;
  /** Clients by version. */
  readonly #clients = new Map<string, number>();
  #link: ServingLink | null = null;
  #opening: Promise<void> | null = null;
  #isNeeded = false;
  #retryMs = RESPAWN_MS;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #found: ReturnType<typeof setTimeout> | null = null;
  #stopped = false;

  constructor(parts: ServingParts) {
    this.#parts = parts;
  }

  /** Takes over one that runs, so that its guests get what they wait for; starts none. One that nobody turns out to need ends. */
  async adopt(): Promise<void> {
    await this.#connect();
    if (this.#link === null) return;
    this.#found = setTimeout(() => {
      if (!this.#isNeeded) this.#retire();
    }, FOUND_MS);
  }

  /** Ensures that one runs, now and from now on. @throws ImagesError `images.serving_failed` when it cannot be started */
  async ensure(): Promise<void> {
    this.#isNeeded = true;
    if (this.#link !== null && !this.#isOld) return;
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null;
    });
    await this.#opening;
  }

  /** Not heard while none runs: say it again in `onUp`. */
  tell(order: Order): void {
    this.#link?.tell(order);
  }

  /** Nobody needs it any more: it ends once nobody reads. */
  release(): void {
    this.#isNeeded = false;
    this.#retire();
  }

  /** Lets go of it. It stays while somebody reads. */
  stop(): void {
    this.#retire();
    this.abandon();
  }

  /** Lets go of it without a word, as a node that is killed does. */
  abandon(): void {
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    if (this.#found) clearTimeout(this.#found);
    const link = this.#link;
    this.#link = null;
    link?.close();
  }

  /** Of another build, and nobody reads: to be replaced. With readers it goes on, as it speaks our way. */
  get #isOld(): boolean {
    return this.#link !== null && this.#link.hello.version !== this.#parts.version && this.#isIdle;
  }

  get #isIdle(): boolean {
    return [...this.#clients.values()].every((count) => count === 0);
  }

  #retire(): void {
    if (this.#isIdle) this.#link?.tell({ tell: 'retire' });
  }

  async #open(): Promise<void> {
    if (this.#isOld) this.#retire();
    const until = performance.now() + START_MS;
    let isSpawned = false;
    // An old one is given its time to end; then what listens is ours.
    while (!this.#stopped) {
      if (this.#link === null || this.#isOld) await this.#connect();
      if (this.#link !== null && !this.#isOld) return;
      if (this.#link === null && !isSpawned) {
        await this.#spawn();
        isSpawned = true;
      }
      if (performance.now() > until) throw new ImagesError('images.serving_failed', { afterMs: START_MS });
      await Bun.sleep(LOOK_EVERY_MS);
    }
    throw new ImagesError('images.cancelled', {});
  }

  async #connect(): Promise<void> {
    if (this.#link !== null) return;
    const { sockets, onNotice, onUp, logger } = this.#parts;
    this.#clients.clear();
    const link = await ServingLink.open({
      control: sockets.control,
      onNotice: (notice) => {
        if (notice.tell === 'clients') this.#clients.set(notice.versionId, notice.count);
        onNotice(notice);
      },
      onEnd: () => this.#lost(),
      logger,
    });
    if (link === null) return;
    if (this.#stopped) return link.close();
    if (!link.isUnderstood) {
      // Its readers come back to the one that takes its place, as after a crash.
      logger.info('a serving process of another build is ended', { ...link.hello });
      link.close();
      killed(link.hello.pid);
      return;
    }
    this.#link = link;
    this.#retryMs = RESPAWN_MS;
    onUp(link.hello.pid);
  }

  async #spawn(): Promise<void> {
    const { dataDir, sockets, command, logger } = this.#parts;
    await makeServingFolder(sockets, dataDir);
    const log = openSync(sockets.log, 'w', 0o600);
    const child = Bun.spawn([...command, dataDir, sockets.nbd, sockets.control], {
      stdio: ['ignore', log, log],
      // A session of its own: what ends the node's terminal does not end it.
      detached: true,
      cwd: '/',
    });
    closeSync(log);
    child.unref();
    logger.info('the process that serves images to QEMU was started', { pid: child.pid });
  }

  #lost(): void {
    this.#link = null;
    this.#clients.clear();
    if (this.#stopped || !this.#isNeeded) return;
    this.#parts.logger.warn('the process that serves images to QEMU is gone; it is started again', {});
    this.#again();
  }

  #again(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#retryMs = Math.min(LAST_RESPAWN_MS, this.#retryMs * 2);
      if (!this.#isNeeded || this.#stopped) return;
      this.ensure().catch((error: unknown) => {
        this.#parts.logger.error('images cannot be served to QEMU', { error: String(error) });
        this.#again();
      });
    }, this.#retryMs);
  }
}

function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {} // it ended by itself
}
