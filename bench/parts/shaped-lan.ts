/** PCs on one switch, each a network namespace whose line is held to a rate both ways. Needs root; all of it goes with `close`. */
import { readFileSync } from 'node:fs';
import { until } from './table.ts';

/** Some milliseconds of the line: less would cost throughput, more would send the first bytes for nothing. */
const BURST = '256kb';
/** How long a byte may wait before the line drops it, as a small switch does. */
const LATENCY = '50ms';
const PREFIX = '10.78.0';

export interface LinkBytes {
  readonly sent: number;
  readonly received: number;
}

/** One PC. */
export class ShapedPc {
  readonly address: string;
  readonly #pid: number;

  constructor(address: string, pid: number) {
    this.address = address;
    this.#pid = pid;
  }

  /** A command line that runs inside. */
  argv(command: readonly string[]): string[] {
    return ['nsenter', `--target=${this.#pid}`, '--net', '--', ...command];
  }

  /** What went over its line so far, with all headers. Source: proc_pid_net(5), `dev`. */
  bytes(): LinkBytes {
    const line = readFileSync(`/proc/${this.#pid}/net/dev`, 'utf8')
      .split('\n')
      .find((one) => one.trim().startsWith('lan0:'));
    const fields = line?.split(':')[1]?.trim().split(/\s+/).map(Number) ?? [];
    return { received: fields[0] ?? 0, sent: fields[8] ?? 0 };
  }
}

export class ShapedLan {
  readonly pcs: readonly ShapedPc[];
  readonly #holders: readonly Bun.Subprocess[];

  private constructor(pcs: readonly ShapedPc[], holders: readonly Bun.Subprocess[]) {
    this.pcs = pcs;
    this.#holders = holders;
  }

  /** @param mbits of each PC's line, up and down each */
  static async open(count: number, mbits: number): Promise<ShapedLan> {
    const holders = Array.from({ length: count + 1 }, () =>
      Bun.spawn(['unshare', '--net', 'sleep', 'infinity'], { stdio: ['ignore', 'ignore', 'ignore'] }),
    );
    const lan = (pcs: ShapedPc[]) => new ShapedLan(pcs, holders);
    try {
      const [own, ...others] = holders.map(({ pid }) => pid);
      if (own === undefined) throw new Error('no namespaces');
      await until('namespaces are there', () => holders.every(({ pid }) => isHeld(pid)));
      inside(own, 'ip link add bridge type bridge');
      inside(own, 'ip link set bridge up');
      return lan(others.map((pid, index) => plug(own, pid, index, mbits)));
    } catch (error) {
      await lan([]).close();
      throw error;
    }
  }

  /** The namespaces go with their holders. */
  async close(): Promise<void> {
    for (const holder of this.#holders) holder.kill('SIGKILL');
    await Promise.all(this.#holders.map(({ exited }) => exited));
  }
}

function plug(lan: number, pid: number, index: number, mbits: number): ShapedPc {
  const address = `${PREFIX}.${index + 11}`;
  inside(lan, `ip link add port${index} type veth peer name lan0 netns ${pid}`);
  inside(lan, `ip link set port${index} master bridge up`);
  inside(pid, 'ip link set lo up');
  inside(pid, `ip address add ${address}/24 dev lan0`);
  inside(pid, 'ip link set lan0 up');
  // The kernel's default here may be bbr, whose flows do not share such a line fairly.
  inside(pid, `ip route replace ${PREFIX}.0/24 dev lan0 congctl cubic`);
  const shape = `tbf rate ${mbits}mbit burst ${BURST} latency ${LATENCY}`;
  inside(pid, `tc qdisc add dev lan0 root ${shape}`);
  inside(lan, `tc qdisc add dev port${index} root ${shape}`);
  return new ShapedPc(address, pid);
}

const isHeld = (pid: number): boolean => readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('sleep');

function inside(pid: number, command: string): void {
  const argv = ['nsenter', `--target=${pid}`, '--net', '--', ...command.split(' ')];
  const { exitCode, stderr } = Bun.spawnSync(argv, { timeout: 10_000 });
  if (exitCode !== 0) throw new Error(`${command}: ${stderr}`);
}
