/** Debian's serf with its LAN profile: agents on loopback, one process each; what they see stands in their logs. */
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianProgram } from './debian.ts';
import { type GossipFigures, type GossipRun, loopbackBytes, PAGE_BYTES, took } from './gossip-figures.ts';

const FIRST_PORT = 20_000;

interface Agent {
  readonly name: string;
  readonly rpc: string;
  readonly log: string;
  readonly process: Bun.Subprocess;
}

export async function measureSerf({ count, changes, idleMs, folder }: GossipRun): Promise<GossipFigures> {
  const serf = debianProgram('serf', 'serf');
  const agents = Array.from({ length: count }, (_, n) => spawn(serf, folder, n));
  try {
    // An agent that is asked before it listens refuses; the first to answer takes the others in.
    for (const { rpc } of agents)
      await took('an agent answers', () => said(serf, 'members', `-rpc-addr=${rpc}`));
    const first = agents[0];
    if (!first) throw new Error('no agents');
    const began = performance.now();
    const bind = agents.slice(1).map((_, n) => `127.0.0.1:${FIRST_PORT + n + 1}`);
    if (bind.length > 0 && !said(serf, 'join', `-rpc-addr=${first.rpc}`, ...bind))
      throw new Error('serf cannot join');
    await took('all know all', () => agents.every((agent) => seen(agent, 'EventMemberJoin').size === count));
    const meetMs = performance.now() - began;

    const changesMs: number[] = [];
    for (let nth = 1; nth <= changes; nth++) {
      const teller = agents[(nth * 7) % count];
      if (!teller) continue;
      const before = agents.map((agent) => updatesOf(agent, teller));
      const at = performance.now();
      if (!said(serf, 'tags', `-rpc-addr=${teller.rpc}`, '-set', `load=${nth}`))
        throw new Error('serf takes no tag');
      await took('all see it', () =>
        agents.every((agent, n) => agent === teller || updatesOf(agent, teller) > (before[n] ?? 0)),
      );
      changesMs.push(performance.now() - at);
    }
    const sent = await loopbackBytes();
    await Bun.sleep(idleMs);
    const bytesPerSecond = ((await loopbackBytes()) - sent) / count / (idleMs / 1000);
    const residentBytes = Math.max(...agents.map((agent) => resident(agent.process.pid)));

    const wronglyDead = agents.filter((agent) => seen(agent, 'EventMemberFailed').size > 0).length;
    first.process.kill('SIGKILL');
    const others = agents.slice(1);
    const deathMs = await took('all see its death', () =>
      others.every((agent) => seen(agent, 'EventMemberFailed').has(first.name)),
    );
    return {
      count,
      meetMs,
      meetSeconds: null,
      changesMs,
      bytesPerSecond,
      idleShare: null,
      residentBytes,
      deathMs,
      wronglyDead,
    };
  } finally {
    for (const { process: child } of agents) child.kill('SIGKILL');
    await Promise.all(agents.map(({ process: child }) => child.exited));
  }
}

function spawn(serf: string, folder: string, n: number): Agent {
  const name = `n${n}`;
  const log = join(folder, `${name}.log`);
  const rpc = `127.0.0.1:${FIRST_PORT + 1_000 + n}`;
  const out = openSync(log, 'a');
  const flags = [`-node=${name}`, `-bind=127.0.0.1:${FIRST_PORT + n}`, `-rpc-addr=${rpc}`, '-profile=lan'];
  return { name, rpc, log, process: Bun.spawn([serf, 'agent', ...flags], { stdio: ['ignore', out, out] }) };
}

function said(serf: string, ...args: string[]): boolean {
  return Bun.spawnSync([serf, ...args], { stdio: ['ignore', 'ignore', 'ignore'], timeout: 30_000 }).success;
}

/** Names of which an agent's log tells such an event. */
function seen({ log }: Agent, event: string): Set<string> {
  const found = readFileSync(log, 'utf8').matchAll(new RegExp(`serf: ${event}: (\\S+)`, 'g'));
  return new Set([...found].map(([, name]) => name ?? ''));
}

function updatesOf({ log }: Agent, { name }: Agent): number {
  return readFileSync(log, 'utf8').split(`serf: EventMemberUpdate: ${name}\n`).length - 1;
}

function resident(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES;
}
