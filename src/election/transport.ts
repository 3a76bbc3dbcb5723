import type { Message } from './messages.ts';
import type { SnapshotInfo } from './store.ts';

/**
 * How the members of a log reach each other. Handed in; the real one rides on the mesh, pieces of snapshots on its bulk door.
 * Messages may be lost, late, doubled and out of order; they must come from whom they say and be well-formed.
 */
export interface Transport {
  /** Hands a message over. Never waits, never throws: what cannot be sent is lost. */
  send(to: string, message: Message): void;
  /** Returns how to stop listening. */
  onMessage(listener: (from: string, message: Message) => void): () => void;
  /** One piece of the snapshot at `index` that `from` holds; rejects when it has another by now, or at its deadline. */
  fetchPiece(from: string, index: number, piece: number): Promise<SnapshotPiece>;
  /** Answers such requests. Returns how to stop. */
  onFetchPiece(serve: (index: number, piece: number) => Promise<SnapshotPiece | null>): () => void;
}

export interface SnapshotPiece {
  readonly info: SnapshotInfo;
  readonly bytes: Buffer;
}
