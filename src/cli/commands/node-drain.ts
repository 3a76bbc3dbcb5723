/** `node drain`: empty a PC of running VMs, and say what blocks it meanwhile. */
import { type Command, Option } from 'commander';
import { stateWord } from '../../texts/index.ts';
import type { DrainRow, NodeRow } from '../answers-nodes.ts';
import { REQUEST_MS } from '../client.ts';
import { CliError } from '../errors.ts';
import type { Session } from '../session.ts';
import { shellWord } from '../shell-word.ts';
import { oneLine } from '../table.ts';
import { parseDeadline } from '../values.ts';
import { addVerb, type Program } from '../verb.ts';
import { watch } from '../watch.ts';

interface DrainFlags {
  readonly deadline?: number;
  readonly move?: boolean;
  readonly suspend?: boolean;
  readonly wait?: boolean;
}

const FATES: Readonly<Record<string, string>> = {
  waits: 'goes on until the deadline, then is suspended',
  suspends: 'is suspended now',
  ending: 'its owner ends it',
  unreachable: 'its PC does not answer',
};

export function addNodeDrain(program: Program, node: Command): void {
  addVerb<DrainFlags>(
    program,
    node,
    'drain <node>',
    'empty a PC of running VMs and give it no new ones; waits until it is empty',
    [
      ['node drain pc-3', 'its VMs go elsewhere, or are suspended until it is back'],
      ['node drain pc-3 --wait --deadline 1h', 'people may finish; suspended after an hour'],
      ['node drain pc-3 --no-wait', 'then look with "node show pc-3"'],
    ],
    async (session, [name = ''], flags) => {
      const { deadline } = flags;
      const wish = {
        how: flags.wait ? 'wait' : flags.suspend ? 'suspend' : 'move',
        ...(deadline === undefined ? {} : { deadlineSeconds: Math.round(deadline / 1000) }),
      };
      const started = await session.client.post<NodeRow>(['nodes', name, 'drain'], wish, REQUEST_MS);
      const one = session.wait ? await drained(session, started) : started;
      const state = stateWord(one.state, session.lang);
      session.answer(one, () => `${one.name}: ${state}.\n${blockingLines(session, one.drain).join('')}`);
      return undefined;
    },
  )
    .option('--deadline <time>', 'when what still runs is suspended (default: as set, 10m)', parseDeadline)
    .addOption(
      new Option('--move', 'move VMs to other PCs where that works (default)').conflicts(['suspend', 'wait']),
    )
    .addOption(new Option('--suspend', 'suspend VMs at once').conflicts('wait'))
    .addOption(new Option('--wait', 'let VMs go on until the deadline'));
}

/** @throws CliError `cli.drain_timeout` (exit 5), `cli.drain_cancelled` */
async function drained(session: Session, started: NodeRow): Promise<NodeRow> {
  for (const line of blockingLines(session, started.drain)) session.note(line.trimEnd());
  const all = started.drain?.blocking.length ?? 0;
  const running = (one: NodeRow) => one.drain?.blocking.length ?? 0;
  const one = await watch(session, {
    label: `Emptying ${started.name}`,
    first: started,
    look: () => session.client.get<NodeRow>(['nodes', started.id], {}, REQUEST_MS),
    isOver: ({ drain }) => drain === null || drain.done,
    step: ({ drain }) => ({
      phase: drain?.blocking.map((vm) => oneLine(vm.name)).join(', ') ?? '',
      done: Math.max(0, all - (drain?.blocking.length ?? 0)),
      total: all,
    }),
    late: (last, seconds) =>
      new CliError('cli.drain_timeout', { node: last.name, seconds, vms: running(last) }),
    interrupted: `The PC goes on emptying itself; "labmesh node undrain ${shellWord(started.name)}" calls it off.`,
  });
  if (one.drain === null) throw new CliError('cli.drain_cancelled', { node: one.name, state: one.state });
  return one;
}

/** A line for each VM that still runs on a PC that is being emptied. */
export function blockingLines({ lang }: Session, drain: DrainRow | null): string[] {
  return (drain?.blocking ?? []).map(({ name, owner, state, fate }) => {
    const becomes = Object.hasOwn(FATES, fate) ? FATES[fate] : fate;
    return `  ${oneLine(name)} of ${oneLine(owner)}: ${stateWord(state, lang)}; ${becomes}\n`;
  });
}
