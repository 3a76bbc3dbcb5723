import type { Author } from './author.ts';
import type { Change } from './change.ts';
import type { NodeProblem } from './entities/index.ts';

/** What the log holds: a plain object, the same on every node. */
export interface Command {
  /** ULID made at the door; names the operation and the audit entry that the command makes. */
  readonly id: string;
  /** A key of `commandDefinitions`. */
  readonly type: string;
  readonly author: Author;
  /** Commands of one author with the same key are carried out once; the later ones get the first one's outcome. */
  readonly key: string;
  /** The proposer's clock, ms since the epoch. The state's clock is the newest of these. */
  readonly at: number;
  readonly payload: unknown;
}

/** What a command did. A refusal is an outcome like any other: it is decided once, the same everywhere. */
export type Outcome =
  | {
      readonly ok: true;
      /** The entity the command made or changed. */
      readonly targetId: string | null;
      /** The operation that carries the work on, if it takes a while. */
      readonly operationId: string | null;
    }
  | ({ readonly ok: false } & NodeProblem);

/** One applied log entry, for those who watch the state. */
export interface Applied {
  readonly index: number;
  readonly command: Command | null;
  readonly outcome: Outcome | null;
  readonly changes: readonly Change[];
}
