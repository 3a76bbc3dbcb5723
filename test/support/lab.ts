/**
 * A lab of several PCs on one machine: each a PC of the rig (own namespaces, own libvirtd, the compiled binary), all on one network.
 * PCs are numbered from 0; number 0 founds the cloud, the others join by token.
 */
import { type NodeOptions, type Problem, TestNode } from './node.ts';
import { type Pc, startPc } from './pc.ts';
import { addressOf, LabSwitch } from './switch.ts';
import { until } from './until.ts';

/** A start reads the log, opens the mesh and waits for its cloud; five at once share two cores. */
const START_MS = 120_000;
const JOIN_MS = 120_000;

export interface LabOptions extends Pick<NodeOptions, 'command' | 'flags'> {
  /** Start libvirtd on these PCs (default: all). The others are members that host nothing. */
  hosting?: readonly number[];
}

export interface ApiAnswer<T> {
  readonly status: number;
  readonly body: T;
}

/** What tests read of `GET /status`. */
export interface StatusJson {
  cloud: { id: string; name: string; level: number };
  me: { id: string; name: string; role: string; state: string };
  master: { id: string; name: string; term: number } | null;
  quorum: { voters: number; alive: number; mayFail: number; warnings: Problem[] };
  power: { state: string; running: number };
  nodes: NodeJson[];
}

export interface NodeJson {
  id: string;
  name: string;
  state: string;
  cause: Problem | null;
  role: string;
  cores: number;
  ramMiB: number;
  diskGiB: number;
  seenMs: number | null;
  drain: { done: boolean; blocking: { name: string; fate: string }[] } | null;
}

export class Lab {
  readonly pcs: readonly Pc[];
  readonly nodes: TestNode[];
  readonly #switch: LabSwitch;
  readonly #options: LabOptions;
  #far: readonly number[] = [];

  private constructor(lan: LabSwitch, pcs: readonly Pc[], options: LabOptions) {
    this.#switch = lan;
    this.#options = options;
    this.pcs = pcs;
    this.nodes = pcs.map((_, index) => this.#nodeOf(index, options.command));
  }

  /** From its next start on the PC runs another build, on the same data. */
  useBuild(index: number, command: string[]): void {
    this.nodes[index] = this.#nodeOf(index, command);
  }

  #nodeOf(index: number, command: string[] | undefined): TestNode {
    const { hosting, flags: further = [] } = this.#options;
    const hosts = hosting?.includes(index) ?? true;
    const flags = [...flagsOf(index), ...(hosts ? [] : ['--no-host']), ...further];
    return new TestNode(this.pc(index), { flags, ...(command ? { command } : {}) });
  }

  /** Starts `count` PCs named pc-1, pc-2 …; no node runs yet. */
  static async start(count: number, options: LabOptions = {}): Promise<Lab> {
    const lan = await LabSwitch.open();
    const pcs: Pc[] = [];
    try {
      for (let index = 0; index < count; index++) {
        const pc = await startPc(`pc-${index + 1}`, { libvirtd: options.hosting?.includes(index) ?? true });
        pcs.push(pc);
        lan.plug(index, pc);
      }
      return new Lab(lan, pcs, options);
    } catch (error) {
      await Promise.all(pcs.map((pc) => pc.stop()));
      await lan.close();
      throw error;
    }
  }

  /**
   * PC 0 founds a cloud and the others join it by one token; resolves when all host what they can.
   * @param onJoined called when the last one has joined, before the wait for the hosts
   */
  async form(onJoined: () => Promise<void> = async () => {}): Promise<void> {
    await this.startNode(0);
    const token = await this.token(this.nodes.length);
    for (let index = 1; index < this.nodes.length; index++) await this.startNode(index, { join: token });
    await onJoined();
    await Promise.all(this.nodes.map((_, index) => this.untilHosting(index)));
  }

  /** A token good for `uses` newcomers within the hour. */
  async token(uses = 1, asked = 0): Promise<string> {
    const made = await this.must<{ token: string }>(asked, 'POST', '/tokens', { uses, ttlSeconds: 3600 });
    return made.token;
  }

  /** Starts the node of a PC and waits until it says that it is ready. Returns how long that took in ms. */
  startNode(index: number, how: 'up' | { join: string } = 'up'): Promise<number> {
    const node = this.node(index);
    return how === 'up' ? node.start(START_MS) : node.start(JOIN_MS, ['join', how.join]);
  }

  /** Power off for the process alone; guests go on. */
  kill9(index: number): Promise<void> {
    return this.node(index).kill9();
  }

  /** Ctrl-C; returns its exit code. */
  stop(index: number): Promise<number> {
    return this.node(index).interrupt();
  }

  /** Parts the network in two. Every PC must be on one side. */
  cut({ a, b }: { a: readonly number[]; b: readonly number[] }): void {
    const all = new Set([...a, ...b]);
    if (all.size !== this.pcs.length || a.length + b.length !== all.size) throw new Error('not two sides');
    this.#switch.cut(b);
    this.#far = b;
  }

  /** Gives a PC the address 10.77.0.`host`, which nobody was told of. */
  move(index: number, host: number): void {
    this.#switch.move(this.pc(index), `10.77.0.${host}`);
  }

  /** From now on the PC's cable carries so many Mbit/s each way. */
  shape(index: number, mbits: number): void {
    this.#switch.shape(index, this.pc(index), mbits);
  }

  /** Bytes that a PC has sent to and received from the others so far, with all that surrounds them. */
  traffic(index: number): { sent: number; received: number } {
    const table = Bun.spawnSync(this.pc(index).argv(['cat', '/proc/net/dev'])).stdout.toString();
    const [, figures = ''] = /^ *lan0:(.*)$/m.exec(table) ?? [];
    // Eight columns of what was received, then eight of what was sent; bytes come first.
    const columns = figures.trim().split(/ +/).map(Number);
    return { received: columns[0] ?? Number.NaN, sent: columns[8] ?? Number.NaN };
  }

  /** By which cables the lab's network hangs together, by name. */
  links(): string[] {
    return this.#switch.links();
  }

  heal(): void {
    this.#switch.heal(this.#far);
    this.#far = [];
  }

  /** Asks the API of a node by its control socket, as admin, for at most 30 s. */
  async api<T>(index: number, method: string, path: string, body?: unknown): Promise<ApiAnswer<T>> {
    const response = await this.node(index).request(path, {
      method,
      signal: AbortSignal.timeout(30_000),
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  }

  /** The same, and it must succeed. */
  async must<T>(index: number, method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.api<T>(index, method, path, body);
    if (answer.status < 300) return answer.body;
    throw new Error(`${method} ${path} at PC ${index}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  /** The command line with --json at a PC; it must end with 0. */
  cli<T>(index: number, args: readonly string[]): Promise<T> {
    return this.node(index).must<T>(...args);
  }

  status(index: number): Promise<StatusJson> {
    return this.must<StatusJson>(index, 'GET', '/status');
  }

  /** How node `asked` describes the node of PC `of`. */
  async seen(asked: number, of: number): Promise<NodeJson> {
    const { nodes } = await this.status(asked);
    const found = nodes.find(({ name }) => name === nameOf(of));
    if (!found) throw new Error(`PC ${asked} knows no ${nameOf(of)}`);
    return found;
  }

  /** The PC whose node is master, as the node of `asked` says; waits until there is one among `alive`. */
  async master(asked: number, alive: readonly number[] = this.pcs.keys().toArray()): Promise<number> {
    return await until(
      'a master',
      async () => {
        const name = (await this.status(asked)).master?.name;
        const index = alive.find((candidate) => nameOf(candidate) === name);
        return index === undefined ? null : { index };
      },
      START_MS,
    ).then(({ index }) => index);
  }

  /** Waits until the node of a PC says that it hosts VMs (or, without libvirtd, is a ready member). */
  async untilHosting(index: number): Promise<void> {
    await until(
      `${nameOf(index)} is ready`,
      async () => (await this.seen(index, index)).state === 'ready',
      START_MS,
    );
  }

  node(index: number): TestNode {
    const found = this.nodes[index];
    if (!found) throw new Error(`there is no PC ${index}`);
    return found;
  }

  pc(index: number): Pc {
    const found = this.pcs[index];
    if (!found) throw new Error(`there is no PC ${index}`);
    return found;
  }

  /** What the nodes wrote at the end, for a failure's report. */
  logs(lines = 15): string {
    return this.nodes
      .map((node, index) => {
        const all = safely(() => node.log)
          .trim()
          .split('\n');
        return `--- ${nameOf(index)}\n${all.slice(-lines).join('\n')}`;
      })
      .join('\n');
  }

  /** Ends everything of this lab, guests too, and removes its folders. */
  async close(): Promise<void> {
    await Promise.all(this.pcs.map((pc) => pc.stop()));
    await this.#switch.close();
  }
}

export const nameOf = (index: number): string => `pc-${index + 1}`;

function flagsOf(index: number): string[] {
  const everywhere = (port: number) => `0.0.0.0:${port}`;
  return [
    ...['--advertise', addressOf(index)],
    ...['--web', everywhere(8443)],
    ...['--mesh', everywhere(8444)],
    ...['--bulk', everywhere(8445)],
    ...['--local-http', '8080'],
  ];
}

function safely(read: () => string): string {
  try {
    return read();
  } catch {
    return '(no log)';
  }
}
