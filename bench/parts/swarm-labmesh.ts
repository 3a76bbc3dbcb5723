/** Our swarm on shaped lines: a process per PC with the real store and the real bulk door (`swarm-node.ts`). */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { z } from 'zod';
import { testAuthority } from '../../test/support/mesh-certificates.ts';
import type { ShapedPc } from './shaped-lan.ts';
import { counted, type Run } from './swarm-run.ts';
import { cpuSeconds, peakMiB } from './usage.ts';

const Answer = z.object({
  up: z.string().optional(),
  imported: z.string().optional(),
  open: z.boolean().optional(),
  fetched: z.number().optional(),
});
type Answer = z.infer<typeof Answer>;

/** A process on a PC, which answers each order with a line. */
class Member {
  readonly nodeId: string;
  readonly pc: ShapedPc;
  readonly child: Bun.Subprocess<'pipe', 'pipe', 'inherit'>;
  readonly #answers: AsyncIterator<Answer>;

  constructor(pc: ShapedPc, n: number, folder: string) {
    this.pc = pc;
    this.nodeId = `01JD${String(n).padStart(22, '0')}`;
    const data = join(folder, String(n));
    mkdirSync(data, { recursive: true });
    const command = [process.execPath, join(import.meta.dir, 'swarm-node.ts'), data, this.nodeId];
    this.child = Bun.spawn(pc.argv(command), { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#answers = answersOf(this.child.stdout);
  }

  tell(order: object): void {
    this.child.stdin.write(`${JSON.stringify(order)}\n`);
    this.child.stdin.flush();
  }

  async hear(): Promise<Answer> {
    const { value, done } = await this.#answers.next();
    if (done) throw new Error('a member of the swarm ended');
    return value;
  }
}

async function* answersOf(stdout: ReadableStream<Uint8Array>): AsyncGenerator<Answer> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of stdout) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield Answer.parse(JSON.parse(line));
  }
}

/** @param folder an empty one; the caller removes it */
export async function runLabmesh(pcs: readonly ShapedPc[], source: string, folder: string): Promise<Run> {
  const members = pcs.map((pc, n) => new Member(pc, n, folder));
  try {
    const [seeder, ...others] = members;
    if (seeder === undefined) throw new Error('no seeder');
    await introduce(members);
    await fetchAll(members, await bringIn(seeder, source)); // a node runs for days: its code is compiled long since
    const version = await bringIn(seeder, source);
    return await counted('labmesh', pcs, async () => {
      const before = members.map(({ child }) => cpuSeconds(child.pid));
      const began = performance.now();
      await fetchAll(members, version);
      const seconds = (performance.now() - began) / 1000;
      const [seederCpu = 0, ...used] = members.map(
        ({ child }, i) => cpuSeconds(child.pid) - (before[i] ?? 0),
      );
      const peak = Math.max(...others.map(({ child }) => peakMiB(child.pid)));
      return { seconds, seederCpu, downloaderCpu: used.reduce((a, b) => a + b, 0), peakMiB: peak };
    });
  } finally {
    for (const { child } of members) child.kill('SIGKILL');
    await Promise.all(members.map(({ child }) => child.exited));
  }
}

/** As an image of its own: nothing of an earlier one is of use to it. */
async function bringIn(seeder: Member, source: string): Promise<object> {
  const versionId = ulid();
  seeder.tell({ import: source, versionId, imageId: ulid() });
  return { versionId, manifestHash: (await seeder.hear()).imported };
}

/** From the first, and from one another. */
async function fetchAll(members: readonly Member[], fetch: object): Promise<void> {
  const others = members.slice(1);
  for (const one of others) {
    const from = members.filter((other) => other !== one).map(({ nodeId }) => nodeId);
    one.tell({ fetch, from });
  }
  await Promise.all(others.map((one) => one.hear()));
}

async function introduce(members: readonly Member[]): Promise<void> {
  const { authority, issue } = await testAuthority('bench');
  const list = await Promise.all(
    members.map(async (member) => {
      const { up: peerId = '' } = await member.hear();
      return { nodeId: member.nodeId, peerId, address: member.pc.address };
    }),
  );
  for (const member of members) {
    const credentials = { ...(await issue(member.nodeId)), authority: authority.certificate };
    member.tell({ members: list, credentials, host: member.pc.address });
  }
  await Promise.all(members.map((member) => member.hear()));
}
