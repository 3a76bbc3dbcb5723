/** `request`: VMs that wait for a place. A request is named as its VM is. */
import type { Command } from 'commander';
import { formatDuration, formatNumber, stateWord } from '../../texts/index.ts';
import type { RequestRow } from '../answers-plan.ts';
import type { Started, VmRow } from '../answers-vms.ts';
import { clockText } from '../clock.ts';
import { wholeList } from '../lists.ts';
import type { Session } from '../session.ts';
import { type Column, memory, table } from '../table.ts';
import { addVerb, type Program } from '../verb.ts';
import { addExplain, otherText } from './explain.ts';

export function addRequestVerbs(program: Program, root: Command): void {
  const request = root.command('request').description('VMs that wait for a place');
  addVerb(
    program,
    request,
    'ls',
    'list who waits, first the one who goes first',
    [['request ls', 'your own; of others only the numbers are counted']],
    async (session) => {
      const rows = await wholeList<RequestRow>(session, ['requests']);
      session.answer(rows, () =>
        rows.length === 0 ? 'Nobody waits.\n' : table(rows, columns(session), session.io.columns),
      );
      return undefined;
    },
  );
  addVerb(
    program,
    request,
    'cancel <request>',
    'give a request up: a VM that never ran is removed, a suspended one stays suspended',
    [['request cancel web', 'by the name or id of its VM']],
    async (session, [name = '']) => {
      const before = await session.client.get<VmRow>(['vms', name]);
      const { vm } = await session.client.delete<Started>(['requests', before.id]);
      const after = vm ?? { ...before, state: 'deleted', queue: null };
      session.answer(after, () =>
        after.state === 'deleted'
          ? `${before.name} does not wait any more, and is gone: it had never run.\n`
          : `${before.name} does not wait any more. It is ${stateWord(after.state, session.lang)}.\n`,
      );
      return undefined;
    },
  );
  addExplain(
    program,
    request,
    'explain <request>',
    'requests',
    'say why a request waits',
    'request explain web',
  );
}

function columns(session: Session): Column<RequestRow>[] {
  const { lang } = session;
  return [
    { title: 'NO.', of: (one) => String(one.position), right: true },
    { title: 'REQUEST', of: (one) => one.name, flexible: true },
    { title: 'OWNER', of: (one) => one.owner, flexible: true },
    { title: 'ASKS FOR', of: (one) => `${one.vcpus} vCPU, ${memory(one.ramMiB, lang)}` },
    { title: 'CLAIM', of: (one) => formatNumber(one.priority.total, lang), right: true },
    { title: 'WAITS', of: (one) => formatDuration(Date.now() - one.since, lang), right: true },
    {
      title: 'STARTS ABOUT',
      of: (one) => (one.expectedStart === null ? 'not known' : clockText(one.expectedStart, lang)),
    },
    { title: 'WHY', of: (one) => whyText(session, one), flexible: true },
    { title: 'ID', of: (one) => one.id },
  ];
}

function whyText(session: Session, { blockedBy, short }: RequestRow): string {
  if (blockedBy !== null) return `must not delay ${otherText(blockedBy)}`;
  return short === null ? '' : (short.message ?? session.say(short).message);
}
