import { ElectionError } from './errors.ts';

/**
 * The records of a state as bytes: one JSON value a line, in pieces of about `pieceBytes`. A record is never longer
 * than a command may be, so a piece is bounded too. A line may not span pieces.
 */
export class PieceBuilder {
  records = 0;
  bytes = 0;
  readonly #pieceBytes: number;
  readonly #maxRecordBytes: number;
  #lines: string[] = [];
  #length = 0;

  constructor(limits: { snapshotPieceBytes: number; maxCommandBytes: number }) {
    this.#pieceBytes = limits.snapshotPieceBytes;
    this.#maxRecordBytes = limits.maxCommandBytes;
  }

  /** @returns a piece when one is full. @throws ElectionError log.too_large, log.not_json */
  add(record: unknown): Buffer | null {
    const line: string | undefined = JSON.stringify(record);
    if (line === undefined)
      throw new ElectionError('log.not_json', { reason: `a record of type ${typeof record}` });
    if (line.length > this.#maxRecordBytes) {
      throw new ElectionError('log.too_large', { bytes: line.length, maxBytes: this.#maxRecordBytes });
    }
    this.#lines.push(line);
    this.#length += line.length + 1;
    this.records += 1;
    return this.#length >= this.#pieceBytes ? this.#cut() : null;
  }

  /** The last piece, if anything is left. */
  end(): Buffer | null {
    return this.#lines.length > 0 ? this.#cut() : null;
  }

  #cut(): Buffer {
    const piece = Buffer.from(`${this.#lines.join('\n')}\n`);
    this.#lines = [];
    this.#length = 0;
    this.bytes += piece.length;
    return piece;
  }
}

/** The records of pieces made by `PieceBuilder`. */
export function* recordsOf(pieces: Iterable<Buffer>): Generator<unknown> {
  for (const piece of pieces) {
    for (const line of piece.toString('utf8').split('\n')) {
      if (line !== '') yield JSON.parse(line);
    }
  }
}
