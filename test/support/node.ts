/**
 * The compiled binary as a node on a PC of the rig, driven as a script drives it: by its command line and its API.
 * Takes the binary of LABMESH_BINARY (what the suite built), else builds dist/labmesh when a source changed.
 */
import { existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeGuestImage } from './guests.ts';
import type { Pc } from './pc.ts';
import { kill } from './processes.ts';
import { until } from './until.ts';

const root = resolve(import.meta.dir, '../..');

/** Path of the binary under test. */
export function binary(): string {
  const given = process.env.LABMESH_BINARY;
  if (given) return given;
  run('node', join(root, 'scripts/build.mjs'));
  return join(root, 'dist/labmesh');
}

/** A binary of this source that calls itself of feature level `protocol`, made in `dir` by whoever needs it. */
export function binaryOfLevel(protocol: number, dir: string): string {
  const out = join(dir, `labmesh-level-${protocol}`);
  run(process.execPath, join(root, 'scripts/compile.ts'), '--out', out, '--protocol', String(protocol));
  return out;
}

/** Path of the small real Linux guest, made now if this machine has none. */
export function demoImage(): string {
  return run('node', join(root, 'scripts/demo-image.mjs')).trim().split('\n').at(-1) ?? '';
}

function run(...command: string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command);
  if (exitCode !== 0) throw new Error(`${command.join(' ')}: ${stdout}${stderr}`);
  return stdout.toString();
}

/** What tests read of a VM's JSON. */
export interface VmJson {
  id: string;
  name: string;
  owner: string;
  image: string;
  size: string;
  state: string;
  cause: { code: string; message: string; hint: string; data: Record<string, unknown> } | null;
  node: string | null;
  epoch: number;
  since: number;
  leaseEnds: number | null;
  ip: string | null;
  vcpus: number;
  ramMiB: number;
}

export interface Answer<T> {
  code: number;
  /** What stood on standard output, which with --json is one value. */
  json: T;
  stdout: string;
  stderr: string;
}

/** What a refusal or failure looks like with --json. */
export interface Problem {
  code: string;
  message: string;
  hint: string;
  data: Record<string, unknown>;
}

export interface NodeOptions {
  /** Default: the binary under test. */
  command?: string[];
  /** Default: `data` in the PC's folder. */
  data?: string;
  /** Further flags of `up`. */
  flags?: string[];
}

export class TestNode {
  readonly pc: Pc;
  readonly data: string;
  /** Standard error of every run, one after the other. */
  readonly logFile: string;
  readonly #command: string[];
  readonly #flags: string[];
  #process: Bun.Subprocess | null = null;

  constructor(pc: Pc, options: NodeOptions = {}) {
    this.pc = pc;
    this.data = options.data ?? join(pc.dir, 'data');
    this.logFile = join(pc.dir, 'node.log');
    this.#command = options.command ?? [binary()];
    this.#flags = options.flags ?? [];
  }

  get pid(): number {
    if (!this.#process) throw new Error('the node was not started');
    return this.#process.pid;
  }

  get log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  /** Starts it without waiting for anything. Its process has the id that `nsenter` got: it takes its place. */
  spawn(verb = ['up']): Bun.Subprocess {
    const up = [...verb, '--data', this.data, '--web', '127.0.0.1:0', '--local-http', '0', '--accel', 'tcg'];
    const log = openSync(this.logFile, 'a');
    this.#process = Bun.spawn(this.pc.argv([...this.#command, ...up, ...this.#flags]), {
      stdio: ['ignore', log, log],
    });
    return this.#process;
  }

  /** Starts it (`up`, or `join` with its token) and waits until it is ready; returns how long that took in ms. */
  async start(timeoutMs = 20_000, verb?: string[]): Promise<number> {
    const began = performance.now();
    const child = this.spawn(verb);
    const ready = until('run.json', () => this.run()?.pid === child.pid, timeoutMs);
    const ended = child.exited.then((code) => {
      throw new Error(`the node ended with ${code}: ${this.log}`);
    });
    await Promise.race([ready, ended]);
    return performance.now() - began;
  }

  /** Starts it and waits until it also hosts VMs. */
  async startHosting(): Promise<void> {
    await this.start();
    await this.untilHosting();
  }

  async untilHosting(): Promise<void> {
    await until('the node hosts VMs', async () => (await this.nodeState()) === 'ready', 60_000);
  }

  /** `ready`, or the code of the problem that keeps it from hosting. */
  async nodeState(): Promise<string> {
    const { nodes } = await this.api<{ nodes: { accel: string; hostProblem: Problem | null }[] }>('/status');
    const [me] = nodes;
    return me?.hostProblem?.code ?? (me?.accel === 'none' ? 'none' : 'ready');
  }

  run(): {
    pid: number;
    local: string | null;
    web: string;
    mesh: string | null;
    bulk: string | null;
    ready: boolean;
  } | null {
    const file = join(this.data, 'run.json');
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
  }

  /** Power off for the process alone: no handler runs. */
  async kill9(): Promise<void> {
    kill(this.pid);
    await this.#process?.exited;
  }

  /** Ctrl-C; returns its exit code. */
  async interrupt(): Promise<number> {
    this.#process?.kill('SIGINT');
    return (await this.#process?.exited) ?? -1;
  }

  /** Runs the command line with --json against this node. */
  async cli<T = unknown>(...args: string[]): Promise<Answer<T>> {
    const { code, stdout, stderr } = await this.text(...args, '--json');
    const json = stdout.trim() === '' ? null : JSON.parse(stdout);
    return { code, json, stdout, stderr };
  }

  /** Runs the command line as a person does. */
  async text(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    return await this.pc.run([...this.#command, ...args, '--data', this.data], 120_000);
  }

  /** The same, and it must succeed. */
  async must<T = unknown>(...args: string[]): Promise<T> {
    const answer = await this.cli<T>(...args);
    if (answer.code !== 0)
      throw new Error(`${args.join(' ')} ended with ${answer.code}: ${answer.stdout}${answer.stderr}`);
    return answer.json;
  }

  /** The same, and it must fail so; returns what it said. */
  async refused(exit: number, ...args: string[]): Promise<Problem> {
    const answer = await this.cli<Problem>(...args);
    if (answer.code !== exit) {
      throw new Error(
        `${args.join(' ')} ended with ${answer.code}, not ${exit}: ${answer.stdout}${answer.stderr}`,
      );
    }
    const { code, message, hint } = answer.json;
    if (!code || !message || !hint || /internal/.test(code)) throw new Error(`no sentence: ${answer.stdout}`);
    return answer.json;
  }

  /** Asks the API through the control socket, as admin. */
  async request(path: string, init: RequestInit = {}): Promise<Response> {
    return await fetch(`http://localhost/api/v1${path}`, { ...init, unix: join(this.data, 'control.sock') });
  }

  async api<T>(path: string): Promise<T> {
    const response = await this.request(path);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async post<T>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<T> {
    const response = await this.request(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  vm(name: string): Promise<VmJson> {
    return this.api<VmJson>(`/vms/${encodeURIComponent(name)}`);
  }

  /** Waits until the VM is in a state; fails after `timeoutMs`. */
  async untilState(name: string, state: string, timeoutMs = 60_000): Promise<VmJson> {
    return await until(
      `${name} is ${state}`,
      async () => {
        const vm = await this.vm(name);
        return vm.state === state && vm;
      },
      timeoutMs,
    );
  }

  /** The whole serial log as the page reads it. */
  async serial(name: string): Promise<string> {
    return (await this.api<{ text: string }>(`/vms/${encodeURIComponent(name)}/log`)).text;
  }

  /** Waits until the serial log is longer than it was: the guest goes on. */
  async untilSerialGrows(name: string, timeoutMs = 20_000): Promise<void> {
    const before = (await this.api<{ totalBytes: number }>(`/vms/${name}/log`)).totalBytes;
    await until(
      `${name} goes on`,
      async () => (await this.api<{ totalBytes: number }>(`/vms/${name}/log`)).totalBytes > before,
      timeoutMs,
    );
  }

  /** Imports a guest of one boot sector under its own name: up in a quarter of a second. */
  async importGuest(guest: 'ticker' | 'poweroff' | 'writer'): Promise<void> {
    const file = makeGuestImage(join(this.pc.dir, `${guest}.img`), guest);
    await this.must('image', 'import', file, '--name', guest, '--os', 'other');
  }
}

/** A folder of the PC's own, the same path inside and outside. */
export function folder(pc: Pc, name: string): string {
  const dir = join(pc.dir, name);
  mkdirSync(dir, { recursive: true });
  return dir;
}
