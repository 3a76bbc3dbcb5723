/** `vm`: labs that run on the PCs of the cloud. */
import type { Command } from 'commander';
import { formatDuration, formatNumber, stateWord } from '../../texts/index.ts';
import type { Started, VmRow } from '../answers-vms.ts';
import { awayRemark } from '../away.ts';
import { wholeList } from '../lists.ts';
import { queuedText } from '../queue.ts';
import type { Session } from '../session.ts';
import { type Column, memory, record, table } from '../table.ts';
import { addVerb, type Program } from '../verb.ts';
import { finishWork } from '../work.ts';
import { addVmExplain } from './explain.ts';
import { addVmConsole } from './vm-console.ts';
import { addVmLog } from './vm-log.ts';
import { doneText, vmAfter } from './vm-result.ts';
import { addVmStart } from './vm-start.ts';
import { addVmWork, workLines } from './vm-work.ts';

export function addVmVerbs(program: Program, root: Command): void {
  const vm = root.command('vm').description('virtual machines: start, look at, stop, delete');
  addVerb<{ all?: boolean }>(
    program,
    vm,
    'ls',
    'list VMs',
    [
      ['vm ls', 'those that exist now'],
      ['vm ls --json', 'for a script: an array'],
    ],
    async (session, _args, flags) => {
      const vms = await wholeList<VmRow>(session, ['vms']);
      const shown = flags.all ? vms : vms.filter((one) => one.state !== 'deleted');
      const empty = 'No VMs yet. Start one with: labmesh vm start --image IMAGE\n';
      session.answer(shown, () =>
        shown.length === 0 ? empty : table(shown, columns(session), session.io.columns),
      );
      return undefined;
    },
  ).option('--all', 'also those that are being deleted');
  addVerb(
    program,
    vm,
    'show <vm>',
    'show one VM',
    [
      ['vm show web', 'by name, id, or the beginning of an id'],
      ['vm show web --json', 'its state is in the field "state"'],
    ],
    async (session, [name = '']) => {
      const found = await session.client.get<VmRow>(['vms', name]);
      session.answer(found, () => vmText(session, found));
      return undefined;
    },
  );
  addVmLog(program, vm);
  addVmStart(program, vm);
  addChange(program, vm, 'stop', 'shut a VM down', 'Stopping', true);
  addChange(program, vm, 'reboot', 'restart the system in a VM', 'Restarting', true);
  addChange(program, vm, 'suspend', 'save a VM as it is and free its memory', 'Suspending', false);
  addResume(program, vm);
  addRemove(program, vm);
  addVmWork(program, vm);
  addVmExplain(program, vm);
  addVmConsole(program, vm);
}

function addChange(
  program: Program,
  vm: Command,
  verb: 'stop' | 'reboot' | 'suspend',
  summary: string,
  label: string,
  mayForce: boolean,
): void {
  const examples: [string, string][] = [[`vm ${verb} web`, 'waits until it is done']];
  if (mayForce) examples.push([`vm ${verb} web --force`, 'without asking the system inside']);
  const command = addVerb<{ force?: boolean }>(
    program,
    vm,
    `${verb} <vm>`,
    summary,
    examples,
    async (session, [name = ''], flags) => {
      const body = mayForce ? { force: flags.force === true } : {};
      const started = await session.client.post<Started>(['vms', name, verb], body);
      await finishWork(session, started, () => vmAfter(session, name, started), {
        label: `${label} ${name}`,
        remark: () => awayRemark(session, started.vm?.id ?? name),
        done: (found) => doneText(session, found),
      });
      return undefined;
    },
  );
  if (mayForce) command.option('--force', 'at once, as if the power failed');
}

function addResume(program: Program, vm: Command): void {
  addVerb(
    program,
    vm,
    'resume <vm>',
    'go on with a suspended VM where it was',
    [['vm resume web', 'waits until it runs']],
    async (session, [name = '']) => {
      const started = await session.client.post<Started>(['vms', name, 'resume'], {});
      await finishWork(session, started, () => vmAfter(session, name, started), {
        label: `Resuming ${name}`,
        done: (found) => doneText(session, found),
      });
      return undefined;
    },
  );
}

function addRemove(program: Program, vm: Command): void {
  addVerb(
    program,
    vm,
    'rm <vm>',
    'delete a VM with its disks, running or not',
    [['vm rm web', 'what is on its disks is lost']],
    async (session, [name = '']) => {
      const before = await session.client.get<VmRow>(['vms', name]);
      const started = await session.client.delete<Started>(['vms', before.id]);
      const gone = { ...before, state: 'deleted' };
      await finishWork(session, started, async () => gone, {
        label: `Deleting ${before.name}`,
        remark: () => awayRemark(session, before.id),
        done: () => `${before.name} is deleted.\n`,
      });
      return undefined;
    },
  );
}

function columns(session: Session): Column<VmRow>[] {
  return [
    { title: 'VM', of: (one) => one.name, flexible: true },
    { title: 'STATE', of: (one) => one.state },
    { title: 'OWNER', of: (one) => one.owner, flexible: true },
    { title: 'IMAGE', of: (one) => one.image, flexible: true },
    { title: 'SIZE', of: (one) => one.size, flexible: true },
    { title: 'PC', of: (one) => one.node ?? '', flexible: true },
    { title: 'ADDRESS', of: (one) => one.ip ?? '' },
    { title: 'TIME LEFT', of: (one) => timeLeft(one, session), right: true },
    { title: 'ID', of: (one) => one.id },
  ];
}

function timeLeft(vm: VmRow, session: Session): string {
  return vm.leaseEnds === null ? '' : formatDuration(vm.leaseEnds - Date.now(), session.lang);
}

function vmText(session: Session, vm: VmRow): string {
  const number = (value: number) => formatNumber(value, session.lang);
  const since = formatDuration(Date.now() - vm.since, session.lang);
  const cause = vm.cause ? (vm.cause.message ?? session.say(vm.cause).message) : null;
  const disks = `${number(vm.osDiskGiB)} GB${vm.dataDiskGiB > 0 ? ` and ${number(vm.dataDiskGiB)} GB for data` : ''}`;
  return record([
    ['VM', vm.name],
    ['Id', vm.id],
    ['State', `${stateWord(vm.state, session.lang)}, for ${since}`],
    ...(cause ? ([['Why', cause]] as const) : []),
    ...(vm.queue ? ([['Queue', queuedText(session, vm.queue)]] as const) : []),
    ['Owner', vm.owner],
    ['Image', vm.image],
    [
      'Size',
      `${vm.size}: ${number(vm.vcpus)} vCPU, ${memory(vm.ramMiB, session.lang)} memory, disk ${disks}`,
    ],
    ['Keeps changes', vm.persistent ? 'yes' : 'no: it starts clean each time'],
    ...workLines(session, vm),
    ['PC', vm.node ?? 'none yet'],
    ['Address', vm.ip ?? 'none yet'],
    ['Time left', timeLeft(vm, session) || 'it does not run'],
  ]);
}
