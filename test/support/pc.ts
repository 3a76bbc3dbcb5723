/**
 * A lab PC on one machine: network, mount and UTS namespaces of its own with an own virtlogd and libvirtd, which
 * starts real guests. Disks and sockets in a shared folder (a temp dir) are the same inside and outside.
 *
 * Needs root, and the Debian packages libvirt-daemon-system, qemu-system-x86, dnsmasq-base and iptables.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandLine, kill, netNamespace, processesIn, startTicks } from './processes.ts';
import { until } from './until.ts';

const prefix = 'labmesh-pc-';
/** libvirt asks QEMU for its abilities once (4 s under emulation); PCs of all test files share the answer. */
const capabilities = join(tmpdir(), 'labmesh-test-capabilities-of-one-cpu');
const capabilitiesInside = 'var/cache/libvirt/qemu/capabilities';

export interface PcOptions {
  /** Start virtlogd and libvirtd at once (default true). */
  libvirtd?: boolean;
  /** Hide QEMU, as on a PC where it is not installed (default false). */
  withoutQemu?: boolean;
}

export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface Pc {
  /** The process that holds the namespaces open. */
  readonly pid: number;
  /** A folder of this PC, the same path inside and outside; removed by `stop`. Mode 0755. */
  readonly dir: string;
  /** libvirtd's socket as seen from outside. */
  readonly socket: string;
  /** A path inside the PC as seen from outside. */
  outside(path: string): string;
  /** Puts nsenter before a command line, for those who spawn by themselves. */
  argv(command: string[]): string[];
  /** Runs a command inside, for at most `timeoutMs` (default 30 s). */
  run(command: string[], timeoutMs?: number): Promise<RunResult>;
  startLibvirtd(): Promise<void>;
  /** Ends libvirtd (SIGTERM, as a service manager does); guests go on. */
  stopLibvirtd(): Promise<void>;
  /** Ids of QEMU's processes inside, of all guests or of the one with this domain name. */
  qemuPids(domainName?: string): number[];
  /** Ends every process of this PC, guests too, and removes its folder. */
  stop(): Promise<void>;
}

/** Starts a PC. Its host name is `name`. */
export async function startPc(name: string, options: PcOptions = {}): Promise<Pc> {
  sweepLeftovers();
  const dir = mkdtempSync(join(tmpdir(), prefix));
  mkdirSync(join(dir, 'etc'));
  Bun.spawnSync(['chmod', '0755', dir]);
  const holder = Bun.spawn(
    ['unshare', '--net', '--mount', '--uts', '--propagation', 'slave', 'sleep', 'infinity'],
    {
      stdio: ['ignore', 'ignore', 'ignore'],
    },
  );
  const pid = holder.pid;
  const own = netNamespace(process.pid);
  const namespace = await until('namespaces of a PC', () => {
    const seen = netNamespace(pid);
    return seen !== own && commandLine(pid)[0] === 'sleep' ? seen : null;
  });
  writeFileSync(
    join(dir, 'pc.json'),
    JSON.stringify({ owner: process.pid, ownerTicks: startTicks(process.pid), pid, ticks: startTicks(pid) }),
  );
  const endAll = () => endNamespace(namespace, pid);
  process.once('exit', endAll);

  const argv = (command: string[]) => [
    'nsenter',
    `--target=${pid}`,
    '--net',
    '--mount',
    '--uts',
    `--wd=${dir}`,
    '--',
    ...command,
  ];
  const run = async (command: string[], timeoutMs = 30_000): Promise<RunResult> => {
    const child = Bun.spawn(argv(command), {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    const [stdout, stderr, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return { code, stdout, stderr };
  };
  const must = async (...command: string[]) => {
    const result = await run(command);
    if (result.code !== 0) throw new Error(`${command.join(' ')}: ${result.stderr}`);
  };
  const outside = (path: string) => `/proc/${pid}/root${path}`;
  const libvirtdPid = () => {
    try {
      return Number(readFileSync(outside('/run/libvirtd.pid'), 'utf8'));
    } catch {
      return null;
    }
  };

  const pc: Pc = {
    pid,
    dir,
    socket: outside('/run/libvirt/libvirt-sock'),
    outside,
    argv,
    run,
    async startLibvirtd() {
      const cache = outside(`/${capabilitiesInside}`);
      if (existsSync(capabilities)) cpSync(capabilities, cache, { recursive: true });
      if (!existsSync(outside('/run/virtlogd.pid'))) await must('virtlogd', '-d');
      // On machines whose processors differ in a bit (nested ones, those with two kinds of cores) libvirt finds "host
      // cpuid changed" whenever its thread moves, and asks QEMU again for 8 s. QEMU itself gets all processors back.
      await must('taskset', '--cpu-list', firstCpu(), 'libvirtd', '-d');
      await until(
        'libvirtd answers',
        async () => (await run(['virsh', '-c', 'qemu:///system', 'list'])).code === 0,
      );
    },
    async stopLibvirtd() {
      const running = libvirtdPid();
      if (running === null) return;
      process.kill(running, 'SIGTERM');
      await until('libvirtd ends', () => commandLine(running).length === 0, 30_000);
    },
    qemuPids(domainName) {
      return processesIn(namespace).filter((candidate) => {
        const line = commandLine(candidate);
        if (!line[0]?.includes('qemu-system')) return false;
        return domainName === undefined || line.some((part) => part.startsWith(`guest=${domainName},`));
      });
    },
    async stop() {
      const cache = outside(`/${capabilitiesInside}`);
      if (!existsSync(capabilities) && existsSync(cache)) shareCapabilities(cache);
      process.off('exit', endAll);
      await until('processes of a PC end', () => {
        endNamespace(namespace, pid);
        return processesIn(namespace).length === 0;
      });
      rmSync(dir, { recursive: true, force: true });
    },
  };

  try {
    for (const path of ['/run', '/var/lib/libvirt', '/var/cache/libvirt', '/var/log/libvirt']) {
      await must('mount', '-t', 'tmpfs', '-o', 'mode=0755', 'tmpfs', path);
    }
    // QEMU's user passes through these on its way to its own folders.
    await must('mkdir', '-p', '/run/lock', '/var/lib/libvirt/qemu', '/var/lib/libvirt/images');
    // sysfs shows the network devices of the namespace it was mounted in; libvirt sets up bridge ports through it.
    await must('mount', '-t', 'sysfs', 'sysfs', '/sys');
    configure(join(dir, 'etc'));
    await must('mount', '--bind', join(dir, 'etc'), '/etc/libvirt');
    await must('mount', '-t', 'tmpfs', 'tmpfs', '/etc/libvirt/qemu');
    if (existsSync('/dev/kvm')) {
      // libvirt re-probes QEMU at every start while its user cannot open /dev/kvm; the machine's own node stays as it is.
      await must('mknod', '-m', '0666', join(dir, 'kvm'), 'c', '10', '232');
      await must('mount', '--bind', join(dir, 'kvm'), '/dev/kvm');
    }
    if (options.withoutQemu === true) {
      const empty = join(dir, 'not-installed');
      writeFileSync(empty, '');
      for (const binary of readdirSync('/usr/bin').filter((file) => file.startsWith('qemu-system'))) {
        await must('mount', '--bind', empty, `/usr/bin/${binary}`);
      }
    }
    await must('hostname', name);
    await must('ip', 'link', 'set', 'lo', 'up');
    if (options.libvirtd !== false) await pc.startLibvirtd();
    return pc;
  } catch (error) {
    await pc.stop();
    throw error;
  }
}

/** The first processor that this process may use. */
function firstCpu(): string {
  const allowed = /^Cpus_allowed_list:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return allowed?.[1] ?? '0';
}

/** A copy of /etc/libvirt with what makes several libvirtds on one machine possible. */
function configure(etc: string): void {
  cpSync('/etc/libvirt', etc, { recursive: true });
  rmSync(join(etc, 'qemu'), { recursive: true, force: true });
  mkdirSync(join(etc, 'qemu'));
  // Every PC's libvirtd would use the same cgroup paths of the one machine.
  writeFileSync(join(etc, 'qemu.conf'), 'cgroup_controllers = []\n');
  // libvirt refuses to migrate to a host of the same id, and all PCs here share the machine's.
  writeFileSync(join(etc, 'libvirtd.conf'), `host_uuid = "${crypto.randomUUID()}"\n`);
}

/** Made whole under another name first: other test files read it at any time. */
function shareCapabilities(cache: string): void {
  const partial = mkdtempSync(`${capabilities}-`);
  cpSync(cache, partial, { recursive: true });
  try {
    renameSync(partial, capabilities);
  } catch {
    // Another test file was quicker.
    rmSync(partial, { recursive: true, force: true });
  }
}

/** The holder goes last: as long as it lives the namespace's name cannot pass to another. */
function endNamespace(namespace: string, holder: number): void {
  for (const pid of processesIn(namespace)) if (pid !== holder) kill(pid);
  kill(holder);
}

/** Ends PCs of test runs that were killed themselves. Only where both the holder and its start time still match. */
function sweepLeftovers(): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const dir = join(tmpdir(), name);
    try {
      const { owner, ownerTicks, pid, ticks } = JSON.parse(readFileSync(join(dir, 'pc.json'), 'utf8'));
      if (startTicks(owner) === ownerTicks) continue;
      const namespace = netNamespace(pid);
      if (namespace !== null && startTicks(pid) === ticks) endNamespace(namespace, pid);
      rmSync(dir, { recursive: true, force: true });
    } catch {}
  }
}
