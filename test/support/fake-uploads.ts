/** Uploads in memory: counts bytes and forgets them. */
import type { UploadStatus, Uploads } from '../../src/node/interface.ts';
import { LabmeshError } from '../../src/state/index.ts';

export class FakeUploads implements Uploads {
  readonly #uploads = new Map<string, UploadStatus & { ownerId: string }>();
  readonly #newId: () => string;

  constructor(newId: () => string) {
    this.#newId = newId;
  }

  async create(request: {
    name: string;
    sizeBytes: number;
    sha256?: string;
    ownerId: string;
  }): Promise<UploadStatus> {
    const { name, sizeBytes, ownerId } = request;
    const upload = { id: this.#newId(), name, sizeBytes, offset: 0, ownerId };
    this.#uploads.set(upload.id, upload);
    return statusOf(upload);
  }

  async status(id: string, ownerId: string | null): Promise<UploadStatus> {
    return statusOf(this.#need(id, ownerId));
  }

  async append(
    id: string,
    ownerId: string | null,
    offset: number,
    bytes: ReadableStream<Uint8Array>,
  ): Promise<UploadStatus> {
    const upload = this.#need(id, ownerId);
    if (offset !== upload.offset)
      throw new LabmeshError('upload.offset', { offset, expected: upload.offset });
    let received = 0;
    for await (const piece of bytes) {
      received += piece.length;
      if (upload.offset + received > upload.sizeBytes) {
        throw new LabmeshError('upload.too_long', { sizeBytes: upload.sizeBytes });
      }
    }
    const next = { ...upload, offset: upload.offset + received };
    this.#uploads.set(id, next);
    return statusOf(next);
  }

  async discard(id: string, ownerId: string | null): Promise<void> {
    this.#need(id, ownerId);
    this.#uploads.delete(id);
  }

  /** A finished upload becomes an image. */
  take(id: string, ownerId: string | null): void {
    this.needFinished(id, ownerId);
    this.#uploads.delete(id);
  }

  /** @throws LabmeshError for an upload that is unknown, another's, or not all there */
  needFinished(id: string, ownerId: string | null): void {
    const upload = this.#need(id, ownerId);
    if (upload.offset < upload.sizeBytes) {
      throw new LabmeshError('upload.unfinished', { offset: upload.offset, sizeBytes: upload.sizeBytes });
    }
  }

  /** How many are open. */
  get size(): number {
    return this.#uploads.size;
  }

  #need(id: string, ownerId: string | null) {
    const upload = this.#uploads.get(id);
    if (!upload || (ownerId !== null && upload.ownerId !== ownerId)) {
      throw new LabmeshError('not_found', { kind: 'upload', id });
    }
    return upload;
  }
}

function statusOf({ id, name, sizeBytes, offset }: UploadStatus): UploadStatus {
  return { id, name, sizeBytes, offset };
}
