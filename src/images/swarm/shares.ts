/** The versions that this PC gives to others: whole ones, and those that are on their way here. */
import type { Layout } from '../layout.ts';
import { type LoadedVersion, loadVersion } from '../versions.ts';
import { Growth } from './growth.ts';
import { Seeding } from './seeding.ts';
import { type Sender, type Shared, serveTake } from './serve.ts';
import type { TakeRequest } from './source.ts';

/** A version nobody asked for lately is read again when somebody does: its hashes are not kept in memory for ever. */
const MAX_OPEN = 16;

export class Shares {
  readonly #layout: Layout;
  readonly #sender: Sender;
  /** In order of use, the least recent first. */
  readonly #open = new Map<string, Promise<Shared>>();

  constructor(layout: Layout, sender: Sender) {
    this.#layout = layout;
    this.#sender = sender;
  }

  /** @throws ImagesError `images.bad_request`, or what reading the version fails with */
  async take(versionId: string, askerId: string, request: TakeRequest): Promise<ReadableStream<Uint8Array>> {
    const shared = this.#open.get(versionId) ?? this.#load(versionId);
    this.#keep(versionId, shared);
    return await serveTake(await shared, this.#sender, askerId, request);
  }

  /** The version is on its way: its `present` grows from now on. Gives what is to be told of each chunk that comes. */
  growing(versionId: string, loaded: LoadedVersion): Growth {
    const shared = this.#shared(versionId, loaded);
    this.#keep(versionId, Promise.resolve(shared));
    return shared.growth;
  }

  /** What was known of the version is out of date. */
  forget(versionId: string): void {
    this.#open.delete(versionId);
  }

  async #load(versionId: string): Promise<Shared> {
    try {
      return this.#shared(versionId, await loadVersion(this.#layout.version(versionId), versionId));
    } catch (error) {
      this.forget(versionId);
      throw error;
    }
  }

  #shared(versionId: string, { manifest, present }: LoadedVersion): Shared {
    const diskPath = this.#layout.version(versionId).disk;
    const [seeding, growth] = [new Seeding(present.chunks), new Growth(present)];
    return { manifest, present, diskPath, seeding, growth };
  }

  #keep(versionId: string, shared: Promise<Shared>): void {
    this.#open.delete(versionId);
    this.#open.set(versionId, shared);
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= MAX_OPEN) return;
      this.#open.delete(oldest);
    }
  }
}
