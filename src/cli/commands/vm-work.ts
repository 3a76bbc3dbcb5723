/** `vm save` and `vm recover`: the saved work of a VM, and going on from it when its PC is lost. */
import type { Command } from 'commander';
import { formatBytes, formatTime } from '../../texts/index.ts';
import type { Started, VmRow } from '../answers-vms.ts';
import type { Session } from '../session.ts';
import { addVerb, type Program } from '../verb.ts';
import { finishWork } from '../work.ts';
import { doneText, vmAfter } from './vm-result.ts';

export function addVmWork(program: Program, vm: Command): void {
  addVerb(
    program,
    vm,
    'save <vm>',
    'save the work in a VM now, on several PCs; it goes on meanwhile',
    [['vm save web', 'waits until it is saved']],
    async (session, [name = '']) => {
      const started = await session.client.post<Started>(['vms', name, 'save'], {});
      await finishWork(session, started, () => vmAfter(session, name, started), {
        label: `Saving ${name}`,
        done: (found) => `${found.name}: ${savedText(session, found)}\n`,
      });
      return undefined;
    },
  );
  addVerb(
    program,
    vm,
    'recover <vm>',
    'start a VM whose PC is lost on another one, from its newest saved work',
    [['vm recover web', 'what was done after that is kept as a copy when the PC is back']],
    async (session, [name = '']) => {
      const started = await session.client.post<Started>(['vms', name, 'recover'], {});
      await finishWork(session, started, () => vmAfter(session, name, started), {
        label: `Recovering ${name}`,
        done: (found) => doneText(session, found),
      });
      return undefined;
    },
  );
}

/** The lines about saved work in `vm show`. */
export function workLines(session: Session, { persistent, work }: VmRow): (readonly [string, string])[] {
  if (!persistent || !work) return [];
  const lines: [string, string][] = [['Saved work', savedNow(session, work)]];
  if (work.failed) lines.push(['Not saved', session.say(work.failed.cause).message]);
  if (work.recoverable)
    lines.push(['Its PC', `${work.recoverable.node} is lost; go on with: labmesh vm recover`]);
  for (const { node } of work.strays) lines.push(['Left behind', `on ${node}, which is away`]);
  for (const { node, lostAt, bytes } of work.recovered) {
    const what = `${formatBytes(bytes, session.lang)}, lost ${formatTime(lostAt, session.lang)}`;
    lines.push(['Recovered copy', `of ${node}: ${what}`]);
  }
  return lines;
}

/** The second in which the work is saved is the one in which somebody asks whether it is. */
function savedNow(session: Session, work: NonNullable<VmRow['work']>): string {
  const saved = work.saved ? savedText(session, { work }) : null;
  if (work.saving !== true) return saved ?? 'nothing yet';
  return `being saved now${saved === null ? '' : `; until then: ${saved}`}`;
}

function savedText({ lang }: Session, { work }: Pick<VmRow, 'work'>): string {
  if (!work?.saved) return 'nothing is saved yet';
  const { at, nodes } = work.saved;
  return `saved ${formatTime(at, lang)} on ${nodes.join(', ')}`;
}
