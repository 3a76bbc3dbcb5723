/** Who finds a chunk damaged says so here: it is struck out, one after the other, and everybody concerned hears of it. */
import type { Logger } from '../state/logger.ts';
import type { PresentBitmap } from './bitmap.ts';
import { strikeOut } from './damage.ts';
import type { DamageListener } from './interface.ts';
import type { Layout } from './layout.ts';
import { chunkHash } from './manifest.ts';
import { loadVersion } from './versions.ts';

/** Chunks that a log line names. */
const MAX_NAMED = 20;

export interface StruckParts {
  readonly layout: Layout;
  readonly logger: Logger;
  /** What is here of a version that is on its way, as its transfer has it in memory. */
  readonly growing: (versionId: string) => PresentBitmap | undefined;
  /** What is known of the version is out of date. */
  readonly onChanged: (versionId: string) => Promise<void>;
}

export class Struck {
  readonly #parts: StruckParts;
  readonly #listeners = new Set<DamageListener>();
  /** Each rewrites a bitmap: two at once would undo one another. */
  #last: Promise<void> = Promise.resolve();

  constructor(parts: StruckParts) {
    this.#parts = parts;
  }

  /** @throws ImagesError, or what writing fails with */
  strikeOut(versionId: string, chunks: readonly number[]): Promise<void> {
    const done = this.#last.then(() => this.#strikeOut(versionId, chunks));
    this.#last = done.catch(() => {});
    return done;
  }

  /** The same for one who goes on with other things; never fails. */
  found(versionId: string, chunk: number): void {
    this.strikeOut(versionId, [chunk]).catch((error: unknown) =>
      this.#parts.logger.error('a damaged chunk could not be struck out', {
        versionId,
        chunk,
        error: String(error),
      }),
    );
  }

  onDamaged(listener: DamageListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when nothing is written any more. */
  settled(): Promise<void> {
    return this.#last;
  }

  async #strikeOut(versionId: string, chunks: readonly number[]): Promise<void> {
    const { layout, logger, growing, onChanged } = this.#parts;
    const { manifest } = await loadVersion(layout.version(versionId), versionId);
    const present = growing(versionId);
    // Else its next flush would say that they are here.
    for (const chunk of chunks) if (chunkHash(manifest, chunk) !== null) present?.clear(chunk);
    await strikeOut(layout.version(versionId), manifest, chunks);
    logger.error('chunks of an image are damaged on this disk', {
      versionId,
      chunks: chunks.slice(0, MAX_NAMED),
    });
    if (present === undefined) await onChanged(versionId);
    for (const listener of this.#listeners) listener(versionId, chunks);
  }
}
