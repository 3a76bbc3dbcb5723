/** `node`: the PCs of the cloud. */
import type { Command } from 'commander';
import { formatDuration, formatNumber, stateWord } from '../../texts/index.ts';
import type { NodeRow } from '../answers-nodes.ts';
import { wholeList } from '../lists.ts';
import type { Session } from '../session.ts';
import { type Column, record, table } from '../table.ts';
import { addVerb, type Program } from '../verb.ts';
import { addNodeChanges } from './node-change.ts';
import { addNodeDrain, blockingLines } from './node-drain.ts';

export function addNodeVerbs(program: Program, root: Command): void {
  const node = root.command('node').description('the PCs of the cloud');
  addVerb(
    program,
    node,
    'ls',
    'list the PCs',
    [['node ls', 'every PC with what it has and gives']],
    async (session) => {
      const nodes = await wholeList<NodeRow>(session, ['nodes']);
      session.answer(nodes, () => table(nodes, nodeColumns(session), session.io.columns));
      return undefined;
    },
  );
  addVerb(
    program,
    node,
    'show <node>',
    'show one PC',
    [['node show pc-3', 'by name, id, or the beginning of an id']],
    async (session, [name = '']) => {
      const found = await session.client.get<NodeRow>(['nodes', name]);
      session.answer(found, () => nodeText(session, found));
      return undefined;
    },
  );
  addNodeChanges(program, node);
  addNodeDrain(program, node);
}

export function nodeColumns(session: Session): Column<NodeRow>[] {
  const number = (value: number) => formatNumber(value, session.lang);
  return [
    { title: 'PC', of: (one) => one.name, flexible: true },
    { title: 'STATE', of: (one) => one.state },
    { title: 'ROLE', of: (one) => one.role },
    { title: 'VCPUS', of: (one) => `${number(one.used.vcpus)}/${number(one.cores)}`, right: true },
    {
      title: 'MEMORY',
      of: (one) => `${gib(one.used.ramMiB, session)}/${gib(one.ramMiB, session)} GB`,
      right: true,
    },
    { title: 'DISK', of: (one) => `${number(one.used.diskGiB)}/${number(one.diskGiB)} GB`, right: true },
    { title: 'RUNS BY', of: (one) => one.accel },
    { title: 'SEEN', of: (one) => seenText(session, one), right: true },
    { title: 'ADDRESS', of: (one) => one.address, flexible: true },
    { title: 'VERSION', of: (one) => one.version },
  ];
}

function gib(mib: number, session: Session): string {
  return formatNumber(mib / 1024, session.lang);
}

function nodeText(session: Session, one: NodeRow): string {
  const number = (value: number) => formatNumber(value, session.lang);
  const problem = one.hostProblem ? (one.hostProblem.message ?? session.say(one.hostProblem).message) : null;
  const cause = one.cause ? (one.cause.message ?? session.say(one.cause).message) : null;
  const head = record([
    ['PC', one.name],
    ['Id', one.id],
    ['State', `${stateWord(one.state, session.lang)}, ${one.role}`],
    ...(cause ? ([['Why', cause]] as const) : []),
    ...(problem ? ([['Runs no VMs', problem]] as const) : []),
    ['Guests run by', one.accel],
    ['vCPUs', `${number(one.used.vcpus)} of ${number(one.cores)} in use`],
    ['Memory', `${gib(one.used.ramMiB, session)} of ${gib(one.ramMiB, session)} GB in use`],
    ['Disk', `${number(one.used.diskGiB)} of ${number(one.diskGiB)} GB in use`],
    ['VMs', number(one.vms)],
    ['VMs may use', `${number(one.share)}% of it${one.owner ? `, shared by ${one.owner.name}` : ''}`],
    ['Images', one.images.join(', ') || 'none'],
    ['Address', one.address],
    ['Version', one.version],
    ['Seen', seenText(session, one)],
  ]);
  return head + blockingLines(session, one.drain).join('');
}

function seenText(session: Session, { seenMs }: NodeRow): string {
  return seenMs === null ? 'never' : `${formatDuration(seenMs, session.lang)} ago`;
}
