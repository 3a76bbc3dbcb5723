/** `status`, `doctor`, `version`: how things are. */
import type { Command } from 'commander';
import { formatDuration, formatNumber, stateWord } from '../../texts/index.ts';
import type { CheckRow } from '../answers.ts';
import type { Status } from '../answers-nodes.ts';
import { CliError } from '../errors.ts';
import type { Session } from '../session.ts';
import { record, table } from '../table.ts';
import { addVerb, type Program } from '../verb.ts';
import { powerText } from './cloud-power.ts';
import { nodeColumns } from './node.ts';

/** The checks start QEMU under a deadline of their own and ask the disk. */
const DOCTOR_MS = 120_000;

export function addStatusVerbs(program: Program, root: Command): void {
  addVerb(
    program,
    root,
    'status',
    'show the cloud, this node, and how many VMs run',
    [
      ['status', 'the node of this PC'],
      ['status --json', 'the same for a script'],
      ['status --url https://pc-3:8443', 'as another PC sees it'],
    ],
    async (session) => {
      const status = await session.client.get<Status>(['status']);
      session.answer(status, () => statusText(session, status));
      return undefined;
    },
  );
  addVerb(
    program,
    root,
    'doctor',
    'check this PC and say how to mend what is wrong',
    [
      ['doctor', 'each check: ok, warning or fault, with the way out'],
      ['doctor --json', 'for monitoring: ends with 1 when a check finds a fault'],
    ],
    async (session) => {
      const answer = await session.client.get<readonly CheckRow[] | { checks: readonly CheckRow[] }>(
        ['doctor'],
        {},
        session.timeoutMs ?? DOCTOR_MS,
      );
      const checks = 'checks' in answer ? answer.checks : answer;
      session.answer(checks, () => doctorText(session, checks));
      const faults = checks.filter((check) => check.status === 'fault').length;
      if (faults === 0) return undefined;
      // The answer is complete already: a second JSON value on standard output would spoil it.
      if (session.json) return 1;
      throw new CliError('cli.doctor_faults', { faults });
    },
  );
}

function statusText(session: Session, status: Status): string {
  const { cloud, me, master, quorum, power, vms } = status;
  const count = (key: string) => `${formatNumber(vms[key] ?? 0, session.lang)} ${key}`;
  const since = master?.since ? `, for ${formatDuration(Date.now() - master.since, session.lang)}` : '';
  const may = quorum.mayFail === 1 ? '1 more may fail' : `${quorum.mayFail} more may fail`;
  const head = record([
    ['Cloud', cloud.name],
    ['This PC', `${me.name}: ${stateWord(me.state, session.lang)}, ${me.role}`],
    ['Master', master ? `${master.name} (term ${master.term}${since})` : 'none now: nothing can be changed'],
    ['Voters', `${quorum.alive} of ${quorum.voters} alive; ${may}`],
    ...(power.state === 'on' ? [] : [['Power', powerText(power, session)] as const]),
    [
      'VMs',
      [count('running'), count('suspended'), count('stopped'), count('waiting'), count('failed')].join(', '),
    ],
  ]);
  const cause = me.cause ? `${me.cause.message}\n${me.cause.hint}\n\n` : '';
  return `${cause}${head}\n${table(status.nodes, nodeColumns(session), session.io.columns)}`;
}

function doctorText(session: Session, checks: readonly CheckRow[]): string {
  const { paint } = session;
  const mark = { ok: paint.good('ok     '), warning: paint.warn('warning'), fault: paint.bad('fault  ') };
  return checks
    .map(({ status, message, hint }) => {
      const mend = status === 'ok' || hint === '' ? '' : `         ${hint}\n`;
      return `${mark[status]}  ${message}\n${mend}`;
    })
    .join('');
}
