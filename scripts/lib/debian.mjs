// Debian packages: which are missing, and bring them by name.
import { lastLine, run } from './process.mjs';
import { Trouble } from './trouble.mjs';

const QUERY_DEADLINE = 20_000; // ms; dpkg answers in a tenth of a second
const INSTALL_DEADLINE = 900_000; // ms; 300 MB over a slow line, unpacked on a slow disk

/** What hosting VMs takes. The reasons stand in docs/dependencies.md. */
export const HOST_PACKAGES = [
  'qemu-system-x86',
  'qemu-utils',
  'libvirt-daemon-system',
  'dnsmasq-base',
  'iptables',
];

/** What the tests take beyond that: a browser, and the tools that build networks of namespaces. */
export const TEST_PACKAGES = [...HOST_PACKAGES, 'chromium', 'iproute2'];

/**
 * @param {string[]} names
 * @returns {Promise<string[]>} those that are not installed
 */
export async function missingPackages(names) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
  const format = '${Package} ${db:Status-Status}\n';
  const ended = await run('dpkg-query', ['-W', '-f', format, ...names], { deadline: QUERY_DEADLINE });
  const present = new Set(
    ended.output
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return names.filter((name) => !present.has(name));
}

/**
 * Installs packages without the ones that they merely recommend.
 *
 * @throws {Trouble} when apt is not here or fails; dpkg itself undoes or names what it had begun
 */
export async function installPackages(names) {
  if (!(await has('apt-get'))) {
    throw new Trouble(
      `These programs are missing, and this system has no apt to bring them: ${names.join(', ')}.`,
      "Use Debian 12 or later (or a system made from it), or install them by your system's own means.",
    );
  }
  const first = await install(names);
  if (first.code === 0) return;
  // A fresh machine has no package lists, an old one has lists of versions that are gone.
  const update = await apt(['update', '-q']);
  const second = update.code === 0 ? await install(names) : update;
  if (second.code !== 0) throw refusal(names, second);
}

function install(names) {
  return apt(['install', '-y', '-q', '--no-install-recommends', ...names]);
}

function apt(args) {
  // The lock timeout is for unattended upgrades, which hold dpkg just after a machine was switched on.
  return run('apt-get', ['-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=2', ...args], {
    deadline: INSTALL_DEADLINE,
    env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
  });
}

async function has(program) {
  return (await run(program, ['--version'], { deadline: QUERY_DEADLINE })).code === 0;
}

function refusal(names, { output, timedOut }) {
  const again = 'run the same command again.';
  const list = names.join(', ');
  if (timedOut) {
    return new Trouble(`apt did not bring ${list} within 15 minutes.`, `Look at the network, then ${again}`);
  }
  const errors = output.split('\n').filter((line) => line.startsWith('E: '));
  const cause = (errors.at(0) ?? lastLine(output)).replace(/^E: /, '');
  if (
    /Could not resolve|Temporary failure|Unable to connect|Failed to fetch|Network is unreachable/.test(
      output,
    )
  ) {
    return new Trouble(
      `apt could not fetch ${list}: ${cause}`,
      `Connect this PC to the network, or set apt's proxy (/etc/apt/apt.conf.d), then ${again}`,
    );
  }
  if (/No space left|not have enough free space/.test(output)) {
    return new Trouble(
      `The disk is too full to install ${list}.`,
      `Free 1 GB ("apt-get clean" helps), then ${again}`,
    );
  }
  if (/Could not get lock|Unable to acquire the dpkg/.test(output)) {
    return new Trouble(
      'Another program is installing packages right now.',
      `Wait until it has ended, then ${again}`,
    );
  }
  return new Trouble(
    `apt could not install ${list}: ${cause}`,
    `Mend what apt names ("apt-get -f install"), then ${again}`,
  );
}
