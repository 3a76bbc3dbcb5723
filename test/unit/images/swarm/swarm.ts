/** Stores that ask one another through functions: what the swarm's tests have in common. */
import { readFileSync } from 'node:fs';
import type { ChunkSource, ImageStore } from '../../../../src/images/index.ts';
import { readHead } from '../../../../src/images/swarm/answer.ts';
import { ByteReader } from '../../../../src/images/swarm/read.ts';
import { MiB, makeRig, type Rig } from '../rig.ts';

const patience = { stallMs: 20_000, signal: new AbortController().signal };

/** Rigs that are closed together. */
export class Rigs {
  readonly #all: Rig[] = [];

  async make(...args: Parameters<typeof makeRig>): Promise<Rig> {
    const rig = await makeRig(...args);
    this.#all.push(rig);
    return rig;
  }

  async close(): Promise<void> {
    for (const rig of this.#all.splice(0)) {
      await rig.store.stop();
      rig.remove();
    }
  }
}

/** @param sent is told each chunk that the store sends */
export function sourceOf(
  store: ImageStore,
  id: string,
  { askerId = 'asker', sent = [] }: { askerId?: string; sent?: number[] } = {},
): ChunkSource {
  return {
    id,
    manifest: async (versionId) =>
      new Blob([new Uint8Array(await store.encodedManifest(versionId))]).stream(),
    take: async (versionId, request) => {
      const reader = new ByteReader(await store.take(versionId, askerId, request), patience);
      const bytes = new Uint8Array(await reader.all(64 * MiB));
      const { chunks = 0 } = store.versions().find((one) => one.versionId === versionId) ?? {};
      const again = new ByteReader(new Blob([bytes]).stream(), patience);
      sent.push(...((await readHead(again, chunks))?.chosen ?? []));
      return new Blob([bytes]).stream();
    },
  };
}

export const diskOf = (store: ImageStore, versionId: string): Buffer =>
  readFileSync(store.localPath(versionId));
