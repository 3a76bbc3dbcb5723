/** Where chunks of a version come from: another PC, however it is reached. */
export interface ChunkSource {
  /** Names it in reports. */
  readonly id: string;
  /** The encoded manifest. Fails with any error; the signal ends it. */
  manifest(versionId: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
  /**
   * The bytes of `count` chunks from chunk `from` on, one behind the other, without those that the manifest has as zeros.
   * Nothing of it is believed before it was hashed.
   */
  data(
    versionId: string,
    from: number,
    count: number,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>>;
}
