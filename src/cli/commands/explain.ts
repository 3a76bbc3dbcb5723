/** `vm explain`, `request explain`: why a VM is where it is, or why it waits. */
import type { Command } from 'commander';
import { formatNumber, stateWord } from '../../texts/index.ts';
import type { Fault } from '../answers.ts';
import type { OtherVm, PriorityRow, TermRow, WhyRow } from '../answers-plan.ts';
import { clockText } from '../clock.ts';
import type { Session } from '../session.ts';
import { oneLine, table } from '../table.ts';
import { addVerb, type Program } from '../verb.ts';

const VERDICTS = { chosen: 'taken', fits: 'has room', dropped: 'left out' } as const;

export function addVmExplain(program: Program, vm: Command): void {
  addExplain(
    program,
    vm,
    'explain <vm>',
    'vms',
    'say why a VM is where it is, or why it waits',
    'vm explain web',
  );
}

export function addExplain(
  program: Program,
  parent: Command,
  usage: string,
  noun: 'vms' | 'requests',
  summary: string,
  example: string,
): void {
  addVerb(
    program,
    parent,
    usage,
    summary,
    [[example, 'its place in line, its claim, and what was thought of every PC']],
    async (session, [name = '']) => {
      const why = await session.client.get<WhyRow>([noun, name, 'why']);
      session.answer(why, () => whyText(session, why));
      return undefined;
    },
  );
}

function whyText(session: Session, why: WhyRow): string {
  return [answerLines(session, why), claimLines(session, why.priority), candidateLines(session, why)]
    .filter((part) => part !== '')
    .join('\n');
}

/** The short answer first. */
function answerLines(session: Session, why: WhyRow): string {
  const { vm, position, expectedStart, blockedBy, preempts, notPreempting } = why;
  const where = vm.node === null ? '' : ` on ${vm.node}`;
  const about =
    expectedStart === null ? 'nobody can say yet when' : `about ${clockText(expectedStart, session.lang)}`;
  const lines = [
    position === null
      ? `${vm.name} is ${stateWord(vm.state, session.lang)}${where}.`
      : `${vm.name} waits: number ${position} in line, ${about}.`,
  ];
  if (blockedBy !== null)
    lines.push(`It would fit, but must not delay ${otherText(blockedBy)}, which came before.`);
  if (preempts !== null)
    lines.push(`For it would be suspended on ${preempts.node}: ${preempts.vms.map(otherText).join(', ')}.`);
  if (notPreempting !== null) lines.push(saidOf(session, notPreempting));
  return lines.map((line) => `${oneLine(line)}\n`).join('');
}

function claimLines(session: Session, { base, total, terms }: PriorityRow): string {
  const points = (value: number) => formatNumber(value, session.lang, 2);
  const rows = terms.map((term) => `${points(term.points).padStart(8)}  ${oneLine(saidOf(session, term))}\n`);
  return `Its claim: ${points(total)} points (${points(base)} without the waiting)\n${rows.join('')}`;
}

function candidateLines(session: Session, { candidates }: WhyRow): string {
  if (candidates.length === 0) return 'No PC was looked at.\n';
  return table(
    candidates,
    [
      { title: 'PC', of: (one) => one.node, flexible: true },
      { title: 'VERDICT', of: (one) => VERDICTS[one.verdict] },
      {
        title: 'SCORE',
        of: ({ score }) => (score === null ? '' : formatNumber(score, session.lang, 5)),
        right: true,
      },
      { title: 'BECAUSE', of: (one) => becauseText(session, one.dropped, one.terms), flexible: true },
    ],
    session.io.columns,
  );
}

function becauseText(session: Session, dropped: Fault | null, terms: readonly TermRow[]): string {
  if (dropped !== null) return saidOf(session, dropped);
  return terms
    .map(
      (term) => `${formatNumber(term.points, session.lang, 5)} ${saidOf(session, term).replace(/\.$/, '')}`,
    )
    .join('; ');
}

function saidOf(session: Session, fault: Fault): string {
  return fault.message ?? session.say(fault).message;
}

/** What others have is not told to everybody. */
export function otherText({ name, owner }: OtherVm): string {
  return name === null ? "another's VM" : `${name} of ${owner ?? ''}`;
}
