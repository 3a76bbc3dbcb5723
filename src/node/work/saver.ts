/** Makes a version of a VM's disk and tells the log of it until the log has answered. */
import type { ImageStore } from '../../images/index.ts';
import {
  type Author,
  type CloudMachine,
  LabmeshError,
  type Logger,
  type Payload,
  type Vm,
} from '../../state/index.ts';
import { problemOf } from '../agent/problem.ts';
import type { Submit } from '../door.ts';
import type { PendingVersions } from './pending.ts';

/** The log is asked again for so long: the version is here, only the word is missing. */
const TELL_FOR_MS = 10 * 60_000;
const TELL_AGAIN_MS = 1000;

export interface SaverParts {
  readonly nodeId: string;
  readonly machine: CloudMachine;
  readonly submit: Submit;
  readonly store: Pick<ImageStore, 'capture' | 'has' | 'remove' | 'isWhole'>;
  readonly pending: PendingVersions;
  readonly newId: () => string;
  readonly now: () => number;
  readonly logger: Logger;
}

/** What the log is told of a version. */
export interface VersionFacts {
  readonly versionId: string;
  readonly manifestHash: string;
  readonly virtualBytes: number;
  readonly storedBytes: number;
  readonly chunks: number;
}

export class Saver {
  readonly #parts: SaverParts;
  readonly #author: Author;
  #stopping = false;
  /** The log has answered since the start: what it holds here is what it held before a crash. */
  #isCaughtUp = false;

  constructor(parts: SaverParts) {
    this.#parts = parts;
    this.#author = { kind: 'node', nodeId: parts.nodeId };
  }

  stop(): void {
    this.#stopping = true;
  }

  /** Whether the version that the VM was made of is whole here, without which nobody knows what was changed. */
  canCapture(vm: Vm): boolean {
    return this.#baseOf(vm) === null || this.#parts.store.isWhole(vm.versionId);
  }

  /** Reads a disk that nobody writes. @throws ImagesError; nothing is left of it then */
  async capture(vm: Vm, overlay: string, virtualBytes: number, signal: AbortSignal): Promise<VersionFacts> {
    const { machine, store, pending, newId, now } = this.#parts;
    const image = machine.state.tables.image.get(vm.imageId);
    if (!image) throw new LabmeshError('not_found', { kind: 'image', id: vm.imageId });
    const versionId = newId();
    await pending.begin(versionId);
    try {
      const before = machine.state.tables.version.get(vm.work?.versionId ?? '')?.number ?? 0;
      const { manifestHash, storedBytes, chunks } = await store.capture({
        versionId,
        imageId: image.id,
        number: before + 1,
        author: vm.ownerId,
        os: image.os,
        createdAt: now(),
        overlay,
        baseVersionId: this.#baseOf(vm),
        form: 'work',
        virtualBytes,
        signal,
      });
      return { versionId, manifestHash, virtualBytes, storedBytes, chunks };
    } catch (error) {
      await pending.end(versionId);
      throw error;
    }
  }

  /** Tells what was saved. True when the log took it; what it refused is removed again. */
  async saved(payload: Payload<'vm.saved'>): Promise<boolean> {
    return await this.#tell(payload.versionId, () => this.#parts.submit('vm.saved', payload, this.#author));
  }

  /** As `saved`, for what a lost PC still had. */
  async recovered(payload: Payload<'vm.recovered'>): Promise<boolean> {
    return await this.#tell(payload.versionId, () =>
      this.#parts.submit('vm.recovered', payload, this.#author),
    );
  }

  /** Once: the next failure, or success, says it again. */
  async failed(payload: Payload<'vm.save_failed'>): Promise<void> {
    await this.#answerTo(() => this.#parts.submit('vm.save_failed', payload, this.#author));
  }

  async strayGone(id: string): Promise<void> {
    await this.#answerTo(() => this.#parts.submit('vm.stray_gone', { id }, this.#author));
  }

  async #tell(versionId: string, send: () => Promise<unknown>): Promise<boolean> {
    const { pending, store, now, logger } = this.#parts;
    const until = now() + TELL_FOR_MS;
    while (!this.#stopping && now() < until) {
      const refusal = await this.#answerTo(send);
      if (refusal === null) {
        await pending.end(versionId);
        return true;
      }
      if (isFinal(refusal)) {
        logger.info('the log did not take saved work', { version: versionId, code: refusal });
        if (store.has(versionId)) await store.remove(versionId);
        await pending.end(versionId);
        return false;
      }
      await Bun.sleep(TELL_AGAIN_MS);
    }
    return false; // swept when the log answers again
  }

  /** The code with which the log refused, or could not be asked; null: done. */
  async #answerTo(send: () => Promise<unknown>): Promise<string | null> {
    try {
      await send();
      this.#isCaughtUp = true;
      return null;
    } catch (error) {
      const { code } = problemOf(error);
      if (isFinal(code)) this.#isCaughtUp = true;
      return code;
    }
  }

  /** Removes versions that a crash cut off before the log knew of them. Nothing may be under way. */
  async sweep(): Promise<void> {
    const { pending, store, machine, logger } = this.#parts;
    if (!this.#isCaughtUp) return;
    for (const versionId of await pending.list()) {
      if (!machine.state.tables.version.get(versionId) && store.has(versionId)) {
        await store.remove(versionId);
        logger.info('saved work that the log never heard of was removed', { version: versionId });
      }
      await pending.end(versionId);
    }
  }

  /** Null for what was installed from a CD: its disk began empty. */
  #baseOf(vm: Vm): string | null {
    const { version } = this.#parts.machine.state.tables;
    return version.get(vm.versionId)?.kind === 'iso' ? null : vm.versionId;
  }
}

/** The log has spoken; everything else is a way to it that is closed just now. */
function isFinal(code: string): boolean {
  return ['vm.', 'node.', 'access.', 'payload.', 'command.', 'not_found'].some((start) =>
    code.startsWith(start),
  );
}
