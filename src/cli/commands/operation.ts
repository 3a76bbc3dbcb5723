/** `operation`: work that takes a while, running or over. */
import type { Command } from 'commander';
import { formatDuration, operationWord } from '../../texts/index.ts';
import type { OperationRow } from '../answers.ts';
import { progressText } from '../progress.ts';
import type { Session } from '../session.ts';
import { type Column, record, table } from '../table.ts';
import { parseWhole } from '../values.ts';
import { addVerb, type Program } from '../verb.ts';

/** What a person looks for is among the newest. */
const DEFAULT_ROWS = 20;

export function addOperationVerbs(program: Program, root: Command): void {
  const operation = root.command('operation').description('work that takes a while: running or over');
  addVerb<{ limit?: number }>(
    program,
    operation,
    'ls',
    'list operations, newest first',
    [['operation ls --limit 50', 'the newest 50']],
    async (session, _args, flags) => {
      const answer = await session.client.get<{ items: readonly OperationRow[] } | readonly OperationRow[]>(
        ['operations'],
        { limit: flags.limit ?? DEFAULT_ROWS },
      );
      const rows = 'items' in answer ? answer.items : answer;
      session.answer(rows, () => table(rows, columns(session), session.io.columns));
      return undefined;
    },
  ).option('--limit <n>', `how many (default: ${DEFAULT_ROWS})`, parseWhole(1, 200));
  addVerb(
    program,
    operation,
    'show <operation>',
    'show one operation and how far it is',
    [['operation show 01JQ6M', 'by id or its beginning']],
    async (session, [id = '']) => {
      const found = await session.client.get<OperationRow>(['operations', id]);
      session.answer(found, () => operationText(session, found));
      return undefined;
    },
  );
}

function columns(session: Session): Column<OperationRow>[] {
  return [
    { title: 'OPERATION', of: (one) => one.id },
    { title: 'WHAT', of: (one) => operationWord(one.kind, session.lang) },
    { title: 'ON', of: (one) => one.target.name, flexible: true },
    { title: 'STATE', of: (one) => one.state },
    { title: 'TOOK', of: (one) => took(one, session), right: true },
    { title: 'WHY', of: (one) => why(one, session)?.message ?? '', flexible: true },
  ];
}

function took(one: OperationRow, session: Session): string {
  return formatDuration((one.endedAt ?? Date.now()) - one.startedAt, session.lang);
}

function why(one: OperationRow, session: Session): { message: string; hint: string } | null {
  if (one.error === null) return null;
  const { message, hint } = one.error;
  return message !== undefined ? { message, hint: hint ?? '' } : session.say(one.error);
}

function operationText(session: Session, one: OperationRow): string {
  const fault = why(one, session);
  const step = one.progress;
  return record([
    ['Operation', one.id],
    ['What', operationWord(one.kind, session.lang)],
    ['On', `${one.target.name} (${one.target.id})`],
    ['State', one.state],
    ['Took', took(one, session)],
    ...(one.state === 'running' && step
      ? ([['Progress', progressText('', step, session.lang).slice(2)]] as const)
      : []),
    ...(fault
      ? ([
          ['Why', fault.message],
          ['What to do', fault.hint],
        ] as const)
      : []),
  ]);
}
