/**
 * The network of a lab on one machine: a namespace with two bridges. Every PC hangs on the first; a cut moves some to the second,
 * so that each side still talks among itself and what crosses is lost without a word, as with a dead cable between two switches.
 */
import type { Pc } from './pc.ts';
import { commandLine, kill, netNamespace } from './processes.ts';
import { until } from './until.ts';

/** Addresses that exist only inside; libvirt's own networks lie elsewhere. */
export const addressOf = (index: number): string => `10.77.0.${index + 11}`;

export class LabSwitch {
  readonly #holder: Bun.Subprocess;
  readonly #endAll = () => kill(this.#holder.pid);

  private constructor(holder: Bun.Subprocess) {
    this.#holder = holder;
    process.once('exit', this.#endAll);
  }

  static async open(): Promise<LabSwitch> {
    const holder = Bun.spawn(['unshare', '--net', 'sleep', 'infinity'], {
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    const made = new LabSwitch(holder);
    const own = netNamespace(process.pid);
    await until('the namespace of a switch', () => {
      return netNamespace(holder.pid) !== own && commandLine(holder.pid)[0] === 'sleep';
    });
    for (const bridge of ['near', 'far']) {
      made.#inside('ip', 'link', 'add', bridge, 'type', 'bridge');
      made.#inside('ip', 'link', 'set', bridge, 'up');
    }
    return made;
  }

  /** Plugs a PC in as number `index` and gives it its address. */
  plug(index: number, pc: Pick<Pc, 'pid' | 'argv'>): void {
    const port = `port${index}`;
    this.#inside('ip', 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'lan0', 'netns', String(pc.pid));
    this.#inside('ip', 'link', 'set', port, 'master', 'near', 'up');
    must(pc.argv(['ip', 'address', 'add', `${addressOf(index)}/24`, 'dev', 'lan0']));
    must(pc.argv(['ip', 'link', 'set', 'lan0', 'up']));
    must(pc.argv(MULTICAST));
  }

  /** Lets a PC's cable carry so many Mbit/s each way. */
  shape(index: number, pc: Pick<Pc, 'argv'>, mbits: number): void {
    const shaped = `root tbf rate ${mbits}mbit ${QUEUE}`.split(' ');
    must(pc.argv(['tc', 'qdisc', 'replace', 'dev', 'lan0', ...shaped]));
    this.#inside('tc', 'qdisc', 'replace', 'dev', `port${index}`, ...shaped);
  }

  /** Gives a PC another address, as a router does that forgot its leases. */
  move(pc: Pick<Pc, 'argv'>, address: string): void {
    must(pc.argv(['ip', 'address', 'flush', 'dev', 'lan0']));
    must(pc.argv(['ip', 'address', 'add', `${address}/24`, 'dev', 'lan0']));
    must(pc.argv(MULTICAST));
  }

  /** Names of all that the switch is connected by, sorted. */
  links(): string[] {
    return linksOf(['nsenter', `--target=${this.#holder.pid}`, '--net', '--', ...LINKS]);
  }

  /** Takes these PCs to the far bridge: they hear each other, and nobody else does. */
  cut(far: readonly number[]): void {
    for (const index of far) this.#inside('ip', 'link', 'set', `port${index}`, 'master', 'far');
  }

  /** Brings these PCs back to the near bridge. */
  heal(far: readonly number[]): void {
    for (const index of far) this.#inside('ip', 'link', 'set', `port${index}`, 'master', 'near');
  }

  /** The namespace goes with its holder, and bridges and cables with the namespace. */
  async close(): Promise<void> {
    process.off('exit', this.#endAll);
    kill(this.#holder.pid);
    await this.#holder.exited;
  }

  #inside(...command: string[]): void {
    must(['nsenter', `--target=${this.#holder.pid}`, '--net', '--', ...command]);
  }
}

/** tc-tbf(8): a burst that a timer of 250 Hz can keep up with, and a queue like that of a small switch. */
const QUEUE = 'burst 256kb latency 50ms';
/** A PC of a lab has a default route, by which multicast goes out; here nothing leads outside, so it has one for multicast alone. */
const MULTICAST = ['ip', 'route', 'replace', '224.0.0.0/4', 'dev', 'lan0'];
const LINKS = ['ip', '-json', 'link', 'show'];

/** The same of a PC. */
export const linksOfPc = (pc: Pick<Pc, 'argv'>): string[] => linksOf(pc.argv(LINKS));

function linksOf(command: string[]): string[] {
  const links: { ifname: string }[] = JSON.parse(
    Bun.spawnSync(command, { timeout: 10_000 }).stdout.toString(),
  );
  return links.map(({ ifname }) => ifname).sort();
}

function must(command: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(command, { timeout: 10_000 });
  if (exitCode !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
}
