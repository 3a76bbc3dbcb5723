/** Three processes that keep one replicated log, and a client that writes to its master over one connection. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { until } from './table.ts';

const Hello = z.object({
  port: z.number(),
  self: z.object({ nodeId: z.string(), peerId: z.string(), addresses: z.array(z.string()) }),
});
const Answer = z.looseObject({ id: z.number(), error: z.string().optional() });
type Answer = z.infer<typeof Answer>;

export class LogClient {
  readonly #waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  #socket: Bun.Socket | null = null;
  #next = 0;
  #rest = '';
  #out = '';

  static async open(port: number): Promise<LogClient> {
    const client = new LogClient();
    client.#socket = await Bun.connect({
      hostname: '127.0.0.1',
      port,
      socket: { data: (_, bytes) => client.#hear(bytes), drain: () => client.#flush() },
    });
    return client;
  }

  ask(request: object): Promise<Answer> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#out += `${JSON.stringify({ id, ...request })}\n`;
      this.#flush();
    });
  }

  close(): void {
    this.#socket?.end();
  }

  #flush(): void {
    if (this.#out === '') return;
    const written = this.#socket?.write(this.#out) ?? 0;
    this.#out = this.#out.slice(Math.max(0, written));
  }

  #hear(bytes: Buffer): void {
    const lines = (this.#rest + bytes.toString('latin1')).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const answer = Answer.parse(JSON.parse(line));
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if (answer.error === undefined) waiting?.resolve(answer);
      else waiting?.reject(new Error(answer.error));
    }
  }
}

export interface LogMembers {
  /** To the founder, which is master as long as nobody fails. */
  readonly master: LogClient;
  /** To all, the founder first. */
  readonly clients: readonly LogClient[];
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

/** What each member runs: a script of this folder, and what it is told besides folder, id and how it comes to be. */
interface MemberScript {
  readonly file: string;
  readonly rest: readonly string[];
}
const COUNTER: MemberScript = { file: 'member.ts', rest: [] };

/** @param folder an empty one; the caller removes it */
export async function startMembers(folder: string, count = 3, script = COUNTER): Promise<LogMembers> {
  const started = Array.from({ length: count }, (_, n) => spawn(folder, n, script));
  const stop = async () => {
    for (const child of started) child.kill('SIGKILL');
    await Promise.all(started.map((child) => child.exited));
  };
  try {
    const hellos = await Promise.all(started.map(hello));
    const clients = await Promise.all(hellos.map(({ port }) => LogClient.open(port)));
    const members = hellos.map(({ self }) => self);
    await Promise.all(clients.map((client) => client.ask({ op: 'members', members })));
    const [master] = clients;
    if (!master) throw new Error('no members');
    await until('the founder is master', async () => (await master.ask({ op: 'status' })).role === 'leader');
    for (const { nodeId } of members.slice(1)) {
      await master.ask({ op: 'add', nodeId });
      // Refused while it has not caught up.
      await until(`${nodeId} votes`, async () => !!(await master.ask({ op: 'promote', nodeId })).index);
    }
    return { master, clients, pids: started.map(({ pid }) => pid), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function spawn(folder: string, n: number, { file, rest }: MemberScript) {
  const own = join(folder, String(n));
  mkdirSync(own, { recursive: true });
  const id = `01JD${String(n).padStart(22, '0')}`;
  const script = join(import.meta.dir, file);
  return Bun.spawn([process.execPath, script, own, id, n === 0 ? 'found' : 'join', ...rest], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
}

async function hello(child: { stdout: ReadableStream<Uint8Array> }) {
  const { value } = await child.stdout.getReader().read();
  return Hello.parse(JSON.parse(new TextDecoder().decode(value)));
}
