import type { StateMachine } from '../../../../src/election/index.ts';

/** Remembers every command in order, with the index it came at: what was applied can be read off. */
export interface ListMachine extends StateMachine<number> {
  readonly applied: { index: number; command: unknown }[];
}

/** The outcome is the number of commands so far; the command 'throw' throws. */
export function listMachine(): ListMachine {
  const applied: { index: number; command: unknown }[] = [];
  return {
    applied,
    apply({ index, command }) {
      if (command === 'throw') throw new Error('as asked');
      applied.push({ index, command });
      return applied.length;
    },
    *snapshot() {
      yield* applied;
    },
    restore(records) {
      applied.length = 0;
      for (const record of records) {
        if (typeof record !== 'object' || record === null || !('index' in record) || !('command' in record)) {
          throw new Error(`not a record: ${JSON.stringify(record)}`);
        }
        applied.push({ index: Number(record.index), command: record.command });
      }
    },
  };
}
