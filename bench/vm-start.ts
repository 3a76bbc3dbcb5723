/**
 * `npm run bench vm-start`: from the API request (POST /api/v1/vms on the node's control socket) to libvirt's word that the domain
 * runs, against `virsh create` of the same XML with the overlay made by `qemu-img create`, in turn in one run. The node
 * writes the wish durably, plans, makes overlay, seed and definition, and reports; the other side does none of it.
 *
 *   bun bench/vm-start.ts [--rounds 10]       as root: the node and its libvirtd run on a PC of namespaces
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { eventId } from '../src/hypervisor/wire/constants.ts';
import { decodeEvent } from '../src/hypervisor/wire/events.ts';
import { authList, connectOpen, registerEvent } from '../src/hypervisor/wire/procedures.ts';
import { Rpc } from '../src/hypervisor/wire/rpc.ts';
import { TestNode } from '../test/support/node.ts';
import { type Pc, startPc } from '../test/support/pc.ts';
import { until } from '../test/support/until.ts';

/** The goal of the issue: the other side's median times this, plus so many ms. */
const GOAL_RATIO = 1.2;
const GOAL_EXTRA_MS = 60;
/** The first start of each side fills caches. */
const WARM_UP = 1;
const deadlineMs = 30_000;
/** The other side's domain. */
const peerName = 'peer';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '10' } } });
const rounds = Number(values.rounds);

const pc = await startPc('bench');
try {
  await main(pc);
} finally {
  await pc.stop();
}

async function main(pc: Pc): Promise<void> {
  const node = new TestNode(pc);
  const running = await startedDomains(pc);
  await node.startHosting();
  await node.importGuest('ticker');
  const ours: number[] = [];
  const peer: number[] = [];
  const peerSide = await preparePeer(node, running);
  for (let round = -WARM_UP; round < rounds; round++) {
    const one = await startOurs(node, running);
    const two = await startPeer(peerSide, running);
    if (round < 0) continue;
    ours.push(one);
    peer.push(two);
  }
  await node.interrupt();
  running.close();
  print(ours, peer);
}

/** Libvirt's own word on what began to run, with the time it came. */
async function startedDomains(pc: Pc) {
  const seen = new Map<string, number>();
  const rpc = await Rpc.connect(
    pc.socket,
    {
      onEvent(number, payload) {
        const event = decodeEvent(number, payload);
        if (event?.event === 'started') seen.set(event.name, performance.now());
      },
      onEnd() {},
    },
    deadlineMs,
  );
  await authList(rpc);
  await connectOpen(rpc, 'qemu:///system');
  await registerEvent(rpc, eventId.lifecycle);
  return {
    /** The next start of a domain whose name fits, in ms of `performance.now`. */
    async after(began: number, fits: (name: string) => boolean): Promise<number> {
      return await until(
        'a start',
        () => [...seen].find(([name, at]) => at > began && fits(name))?.[1],
        deadlineMs,
      );
    },
    close: () => rpc.close(),
  };
}
type Running = Awaited<ReturnType<typeof startedDomains>>;

async function startOurs(node: TestNode, running: Running): Promise<number> {
  const began = performance.now();
  await node.post('/vms', { image: 'ticker', name: 'bench' });
  const at = await running.after(began, (name) => name !== peerName);
  await node.untilState('bench', 'running');
  await remove(node);
  return at - began;
}

async function remove(node: TestNode): Promise<void> {
  const { id } = await node.vm('bench');
  await node.request('/vms/bench', { method: 'DELETE' });
  await until(
    'the VM is gone',
    async () => !(await virsh('list', '--all', '--name')).includes(id),
    deadlineMs,
  );
}

/** The node's own XML for a VM, with another name and files in another folder. */
async function preparePeer(node: TestNode, running: Running) {
  const began = performance.now();
  await node.post('/vms', { image: 'ticker', name: 'bench' });
  await running.after(began, () => true);
  const { id } = await node.untilState('bench', 'running');
  const from = join(node.data, 'vms', id);
  const to = join(pc.dir, 'peer');
  mkdirSync(join(to, 'run'), { recursive: true });
  Bun.spawnSync(['chown', '--reference', join(from, 'run'), join(to, 'run')]);
  // Made beforehand: the other side makes nothing but the overlay.
  for (const file of ['seed.iso', 'data.qcow2']) Bun.spawnSync(['cp', join(from, file), to]);
  const xml = (await virsh('dumpxml', '--inactive', `labmesh-${id}`))
    .replaceAll(from, to)
    .replace(/<name>.*<\/name>/, `<name>${peerName}</name>`)
    .replace(/<uuid>.*<\/uuid>/, '')
    .replace(/<mac address='.*'\/>/, "<mac address='52:54:00:00:00:99'/>");
  const file = join(pc.dir, 'peer.xml');
  await Bun.write(file, xml);
  const image = /<backingStore[\s\S]*?<source file='([^']+)'/.exec(xml)?.[1] ?? '';
  const info = JSON.parse(await run('qemu-img', 'info', '-U', '--output=json', join(from, 'os.qcow2')));
  await remove(node);
  return { file, image, disk: join(to, 'os.qcow2'), bytes: String(info['virtual-size']) };
}

async function startPeer(peer: Awaited<ReturnType<typeof preparePeer>>, running: Running): Promise<number> {
  rmSync(peer.disk, { force: true });
  const began = performance.now();
  await run('qemu-img', 'create', '-q', '-f', 'qcow2', '-b', peer.image, '-F', 'raw', peer.disk, peer.bytes);
  await virsh('create', peer.file);
  const at = await running.after(began, (name) => name === peerName);
  await virsh('destroy', peerName);
  return at - began;
}

function virsh(...args: string[]): Promise<string> {
  return run('virsh', '-q', '-c', `qemu+unix:///system?socket=${pc.socket}`, ...args);
}

async function run(...argv: string[]): Promise<string> {
  const child = Bun.spawn(argv, { stdio: ['ignore', 'pipe', 'pipe'], timeout: deadlineMs });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${err}`);
  return out;
}

function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

function print(ours: number[], peer: number[]): void {
  console.log(`from the wish to a running domain, ${rounds} rounds in turn, ms\n`);
  console.log(`${''.padEnd(34)} ${['median', 'best', 'worst'].map((one) => one.padStart(7)).join(' ')}`);
  const rows: [string, number[]][] = [
    ['POST /api/v1/vms', ours],
    ['qemu-img create + virsh create', peer],
  ];
  for (const [name, times] of rows) {
    const cells = [median(times), Math.min(...times), Math.max(...times)];
    console.log(`${name.padEnd(34)} ${cells.map((ms) => ms.toFixed(0).padStart(7)).join(' ')}`);
  }
  const ratio = median(ours) / median(peer);
  const limit = median(peer) * GOAL_RATIO + GOAL_EXTRA_MS;
  const met = median(ours) <= limit;
  console.log(
    `\nratio of medians ${ratio.toFixed(2)}; goal: at most ${GOAL_RATIO} x + ${GOAL_EXTRA_MS} ms = ${limit.toFixed(0)} ms: ${met ? 'met' : 'MISSED'}`,
  );
  if (!met) process.exitCode = 1;
}
