// libvirt on this PC: runs already, or is started here.
import { chmodSync, existsSync, statSync } from 'node:fs';
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLine, run } from './process.mjs';
import { Trouble } from './trouble.mjs';

const SOCKETS = {
  libvirtd: '/run/libvirt/libvirt-sock',
  virtlogd: '/run/libvirt/virtlogd-sock',
};
const START_DEADLINE = 60_000; // ms; systemd may start polkit and D-Bus first
const ANSWER_DEADLINE = 20_000; // ms; libvirtd looks at the host's devices before it listens
const RETRY = 50; // ms

/**
 * @returns {Promise<string | undefined>} a line that says what was started, if anything
 * @throws {Trouble} when libvirt cannot be brought to answer
 */
export async function ensureLibvirt() {
  if (await answers(SOCKETS.libvirtd)) {
    if (!(await answers(SOCKETS.virtlogd))) await start('virtlogd');
    return undefined;
  }
  // virtlogd first: without it libvirtd cannot start a domain.
  if (!(await answers(SOCKETS.virtlogd))) await start('virtlogd');
  await start('libvirtd');
  return 'Started libvirt.';
}

async function start(name) {
  // Where systemd runs the machine it also runs its services; in a container there is nobody, so they run on their own.
  const ended = existsSync('/run/systemd/system')
    ? await run('systemctl', ['start', name], { deadline: START_DEADLINE })
    : await run(name, ['-d'], { deadline: START_DEADLINE });
  const until = Date.now() + ANSWER_DEADLINE;
  while (ended.code === 0 && Date.now() < until) {
    if (await answers(SOCKETS[name])) return;
    await sleep(RETRY);
  }
  const cause = ended.code === 0 ? 'it was started but does not answer' : lastLine(ended.output);
  throw new Trouble(
    `libvirt, which runs the VMs, cannot be started here: ${name}: ${cause}.`,
    `Run "${name}" by hand to see why. To start a node that hosts no VMs: npm start -- --no-host`,
  );
}

function answers(path) {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/**
 * Where no device manager runs, /dev/kvm may be closed to all but root. libvirt then asks QEMU anew what it can do at
 * every start of a VM, which takes a minute. Opening it is what a distribution's own rule does.
 *
 * @returns {string | undefined} a line that says what was done
 */
export function mendKvm(device = '/dev/kvm') {
  if (!existsSync(device)) return undefined;
  if ((statSync(device).mode & 0o066) !== 0) return undefined;
  try {
    chmodSync(device, 0o666);
    return `Opened ${device} to QEMU (it was root's alone, which slows every start of a VM).`;
  } catch {
    return `${device} is root's alone, which slows every start of a VM: chmod 0666 ${device}`;
  }
}
