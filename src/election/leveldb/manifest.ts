import { ByteReader, Malformed } from './reader.ts';

/** What LevelDB's MANIFEST says is there: the sum of its version edits (db/version_edit.cc). */
export interface Manifest {
  /** Write-ahead logs from this number on hold what no table holds yet; 0 in a database never opened to the end. */
  readonly logNumber: number;
  /** An older log still needed, 0 if none. */
  readonly previousLog: number;
  /** Live tables: number -> size in bytes. */
  readonly tables: ReadonlyMap<number, number>;
}

const COMPARATOR = 1;
const LOG_NUMBER = 2;
const NEXT_FILE = 3;
const LAST_SEQUENCE = 4;
const COMPACT_POINTER = 5;
const DELETED_FILE = 6;
const NEW_FILE = 7;
const PREVIOUS_LOG = 9;

/** @throws Malformed */
export function readManifest(edits: readonly Buffer[]): Manifest {
  const state = { logNumber: 0, previousLog: 0, tables: new Map<number, number>() };
  for (const edit of edits) {
    const reader = new ByteReader(edit);
    while (reader.left > 0) readField(reader, state);
  }
  return state;
}

function readField(
  reader: ByteReader,
  state: { logNumber: number; previousLog: number; tables: Map<number, number> },
): void {
  const tag = reader.varint();
  switch (tag) {
    case COMPARATOR:
      reader.prefixed();
      return;
    case LOG_NUMBER:
      state.logNumber = reader.varint();
      return;
    case PREVIOUS_LOG:
      state.previousLog = reader.varint();
      return;
    case NEXT_FILE:
    case LAST_SEQUENCE:
      reader.varint();
      return;
    case COMPACT_POINTER:
      reader.varint();
      reader.prefixed();
      return;
    case DELETED_FILE:
      reader.varint();
      state.tables.delete(reader.varint());
      return;
    case NEW_FILE: {
      reader.varint();
      const number = reader.varint();
      state.tables.set(number, reader.varint());
      reader.prefixed();
      reader.prefixed();
      return;
    }
    default:
      throw new Malformed(`a field with tag ${tag}`);
  }
}
