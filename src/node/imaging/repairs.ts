/** Copies of which a part is damaged: the cloud is told, and what is missing comes from the other PCs (I2). */
import type { ImageStore } from '../../images/index.ts';
import type { Author, CloudMachine, CommandType, Logger, Payload } from '../../state/index.ts';
import { problemOf } from '../agent/problem.ts';
import type { Submit } from '../door.ts';

/** What could not be told or mended is tried again at this pace. */
const TICK_MS = 30_000;

export interface RepairParts {
  readonly nodeId: string;
  readonly machine: CloudMachine;
  readonly submit: Submit;
  readonly store: Pick<ImageStore, 'onDamaged' | 'isWhole' | 'versions'>;
  readonly fetch: (versionId: string) => Promise<void> | null;
  readonly logger: Logger;
}

interface Wound {
  chunks: number;
  isTold: boolean;
}

export class Repairs {
  readonly #parts: RepairParts;
  readonly #author: Author;
  readonly #wounds = new Map<string, Wound>();
  readonly #mending = new Map<string, Promise<void>>();
  readonly #cleanups: (() => void)[] = [];

  constructor(parts: RepairParts) {
    this.#parts = parts;
    this.#author = { kind: 'node', nodeId: parts.nodeId };
  }

  start(): void {
    const { store, machine, nodeId } = this.#parts;
    this.#cleanups.push(
      store.onDamaged((versionId, chunks) => {
        const wound = this.#wounds.get(versionId) ?? { chunks: 0, isTold: false };
        wound.chunks += chunks.length;
        this.#wounds.set(versionId, wound);
        void this.mend(versionId);
      }),
    );
    // Found damaged before a restart: the log still says that it is here.
    for (const { versionId, complete, chunks, presentChunks } of store.versions()) {
      const isListed = machine.state.tables.version.get(versionId)?.nodeIds.includes(nodeId) === true;
      if (!complete && isListed)
        this.#wounds.set(versionId, { chunks: chunks - presentChunks, isTold: false });
    }
    const look = () => {
      for (const versionId of this.#wounds.keys()) void this.mend(versionId);
    };
    const timer = setInterval(look, TICK_MS);
    this.#cleanups.push(() => clearInterval(timer));
    look();
  }

  async stop(): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
    await Promise.allSettled(this.#mending.values());
  }

  /** Resolves when the version is whole again or could not be mended now; never fails. */
  mend(versionId: string): Promise<void> {
    const running = this.#mending.get(versionId);
    if (running) return running;
    const mending = this.#mend(versionId)
      .catch((error: unknown) =>
        this.#parts.logger.warn('a damaged image could not be mended yet', {
          versionId,
          ...problemOf(error),
        }),
      )
      .finally(() => this.#mending.delete(versionId));
    this.#mending.set(versionId, mending);
    return mending;
  }

  async #mend(versionId: string): Promise<void> {
    const { machine, store, fetch, logger } = this.#parts;
    const wound = this.#wounds.get(versionId);
    if (wound === undefined) return;
    if (machine.state.tables.version.get(versionId) === undefined) {
      this.#wounds.delete(versionId); // deleted meanwhile
      return;
    }
    const { chunks } = wound;
    if (!wound.isTold && !store.isWhole(versionId)) {
      await this.#tell('image.damaged', { versionId, chunks });
      wound.isTold = true;
    }
    await fetch(versionId);
    if (!store.isWhole(versionId)) return; // nobody has it, or more of it broke meanwhile
    this.#wounds.delete(versionId);
    logger.warn('an image that this disk had damaged is whole again', { versionId, chunks });
    if (wound.isTold) await this.#tell('image.repaired', { versionId, chunks });
  }

  async #tell<T extends CommandType>(type: T, payload: Payload<T>): Promise<void> {
    await this.#parts.submit(type, payload, this.#author);
  }
}
