/** What became of a VM, once the work on it is over. */
import { stateWord } from '../../texts/index.ts';
import type { Started, VmRow } from '../answers-vms.ts';
import type { Session } from '../session.ts';

/** The VM as it is when the work is over; by id, since somebody may have renamed it meanwhile. */
export function vmAfter(session: Session, name: string, started: Started): Promise<VmRow> {
  return session.client.get<VmRow>(['vms', started.vm?.id ?? started.operation?.target.id ?? name]);
}

/** What is said of it then. */
export function doneText(session: Session, vm: VmRow): string {
  const where = vm.node && vm.state === 'running' ? ` on ${vm.node}` : '';
  const address = vm.ip && vm.state === 'running' ? `, address ${vm.ip}` : '';
  const clean =
    vm.state === 'stopped' && !vm.persistent
      ? ' What was changed in it is gone: it starts clean each time.'
      : '';
  return `${vm.name} is ${stateWord(vm.state, session.lang)}${where}${address}.${clean}\n`;
}
