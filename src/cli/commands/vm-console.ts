/** `vm console`: the address of the page with the VM's screen, or a browser on it. */
import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import type { VmRow } from '../answers-vms.ts';
import { pageAddress } from '../page-address.ts';
import { addVerb, type Program } from '../verb.ts';

export function addVmConsole(program: Program, vm: Command): void {
  addVerb<{ open?: boolean }>(
    program,
    vm,
    'console <vm>',
    "print the address of the page with the VM's screen",
    [
      ['vm console web', ''],
      ['vm console web --open', 'in the browser of this desktop'],
    ],
    async (session, [name = ''], flags) => {
      const found = await session.client.get<VmRow>(['vms', name]);
      const url = `${pageAddress(session)}/vms/${found.id}`;
      session.answer({ id: found.id, name: found.name, url, open: found.console }, () => `${url}\n`);
      if (!found.console) session.note(`${found.name} is ${found.state}: there is a screen once it runs.`);
      if (flags.open) openBrowser(url);
      return undefined;
    },
  ).option('--open', 'open it in the browser of this desktop');
}

/** The desktop's own way to open an address (freedesktop.org's xdg-open); without one the printed address has to do. */
function openBrowser(url: string): void {
  const child = spawn('xdg-open', [url], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
