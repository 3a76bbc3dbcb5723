/** Where chunks of a version come from: another PC, however it is reached. */

/** "Give me some of these." */
export interface TakeRequest {
  /** The chunks that are wanted: one bit each, as in `bitmap.ts`. */
  readonly want: Uint8Array;
  /** At most so many of them. */
  readonly max: number;
  /** None of them is there yet, as far as the asker knows: the answer may wait so long for the first to come, in ms. */
  readonly waitMs: number;
  /** Send even what others have got from there. */
  readonly insist: boolean;
  /** Other PCs that this one can ask. */
  readonly reach: readonly string[];
}

export interface ChunkSource {
  /** Node id of the PC. */
  readonly id: string;
  /** The encoded manifest. Fails with any error; the signal ends it. */
  manifest(versionId: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
  /** An answer in the form of `answer.ts`. Nothing of it is believed before it was hashed. */
  take(versionId: string, request: TakeRequest, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
}
