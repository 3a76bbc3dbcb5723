/**
 * `npm run bench boot`: a lab that starts on a PC which has nothing of its image, over a line of 200 Mbit/s: from the wish to the guest's login prompt,
 * by reading the image while it comes, by copying it first, and where the copy is already. Goal: 1.5 times the warm start plus what the bytes that
 * the boot reads need on the line.
 *
 *   npm run bench boot [-- --rounds 3]       as root: two PCs of namespaces, real guests
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeClassImage } from '../test/support/class-image.ts';
import { Lab, nameOf } from '../test/support/lab.ts';
import type { VmJson } from '../test/support/node.ts';
import { median, printTable, until } from './parts/table.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } });
const MBITS = 200;
const BYTES_PER_SECOND = (MBITS * 1e6) / 8;
const MiB = 2 ** 20;
const GOAL_RATIO = 1.5;
const [HOLDER, NEWCOMER] = [0, 1];
const LONG_MS = 180_000;

interface Boot {
  readonly seconds: number;
  /** What the guest read of its disk until then. */
  readonly readBytes: number;
}

const figures: Record<'streamed' | 'copied' | 'warm', Boot[]> = {
  streamed: [],
  copied: [],
  warm: [],
};
const lab = await Lab.start(2);
try {
  for (const index of [HOLDER, NEWCOMER]) lab.shape(index, MBITS);
  await lab.form();
  await lab.cli(HOLDER, ['setting', 'set', 'image.copies', '1']);
  for (let round = 0; round < Number(values.rounds); round++) await measure(round);
  print();
} finally {
  await lab.close();
}

async function measure(round: number): Promise<void> {
  const name = `boot${round}`;
  const file = join(lab.pc(HOLDER).dir, `${name}.raw`);
  writeClassImage(file, round + 1);
  await lab.cli(HOLDER, ['image', 'import', file, '--name', name, '--os', 'linux', '--shared']);
  rmSync(file);
  figures.streamed.push(await boot(name));
  await untilWhole(name);
  figures.warm.push(await boot(name));
  await undeploy(name);
  const began = performance.now();
  await lab.cli(HOLDER, ['image', 'deploy', name, '--on', nameOf(NEWCOMER)]);
  await untilWhole(name);
  const copied = (performance.now() - began) / 1000;
  const afterwards = await boot(name);
  figures.copied.push({ ...afterwards, seconds: copied + afterwards.seconds });
  await lab.cli(HOLDER, ['image', 'rm', name]);
}

/** Starts a lab on the newcomer, waits for its login prompt, and removes it. */
async function boot(image: string): Promise<Boot> {
  const began = performance.now();
  const options = ['--on', nameOf(NEWCOMER), '--name', 'lab', '--size', 'Linux small', '--clean'];
  const vm = await lab.cli<VmJson>(NEWCOMER, ['vm', 'start', '--image', image, ...options]);
  const log = join(lab.node(NEWCOMER).data, 'vms', vm.id, 'serial.log');
  const isUp = () => existsSync(log) && readFileSync(log, 'utf8').includes('labmesh-demo ready');
  await until('the login prompt', isUp, LONG_MS);
  const seconds = (performance.now() - began) / 1000;
  const { stdout } = await lab.pc(NEWCOMER).run(['virsh', 'domblkstat', `labmesh-${vm.id}`, 'vda']);
  const readBytes = Number(/rd_bytes (\d+)/.exec(stdout)?.[1] ?? 0);
  await untilWhole(image);
  await lab.cli(NEWCOMER, ['vm', 'rm', 'lab']);
  return { seconds, readBytes };
}

async function untilWhole(image: string): Promise<void> {
  await until(
    `${image} is whole`,
    async () => {
      const { nodes } = await lab.must<{ nodes: { node: string; state: string }[] }>(
        HOLDER,
        'GET',
        `/images/${image}`,
      );
      return nodes.some(({ node, state }) => node === nameOf(NEWCOMER) && state === 'whole');
    },
    LONG_MS,
  );
}

async function undeploy(image: string): Promise<void> {
  await lab.cli(HOLDER, ['image', 'undeploy', image, '--on', nameOf(NEWCOMER)]);
  const folder = join(lab.node(NEWCOMER).data, 'images');
  const { id } = await lab.must<{ versions: { id: string }[]; id: string }>(
    HOLDER,
    'GET',
    `/images/${image}`,
  );
  await until(`the copy of ${id} is gone`, async () => {
    const { nodes } = await lab.must<{ nodes: { node: string }[] }>(HOLDER, 'GET', `/images/${image}`);
    return existsSync(folder) && !nodes.some(({ node }) => node === nameOf(NEWCOMER));
  });
}

function print(): void {
  const seconds = (boots: readonly Boot[]) => median(boots.map((one) => one.seconds));
  const read = median(figures.streamed.map((one) => one.readBytes));
  const warm = seconds(figures.warm);
  const goal = GOAL_RATIO * warm + read / BYTES_PER_SECOND;
  const row = (name: string, boots: readonly Boot[]) => [
    name,
    seconds(boots).toFixed(1),
    (seconds(boots) / warm).toFixed(2),
    (median(boots.map((one) => one.readBytes)) / MiB).toFixed(1),
  ];
  console.log(
    `\nFrom the wish to the login prompt, image of 256 MiB, ${MBITS} Mbit/s, median of ${values.rounds} rounds`,
  );
  printTable([
    ['', 'seconds', 'x warm', 'MiB read by the boot'],
    row('copy is there (warm)', figures.warm),
    row('read while it comes', figures.streamed),
    row('copied first', figures.copied),
  ]);
  const met = seconds(figures.streamed) <= goal;
  console.log(
    `goal: at most ${goal.toFixed(1)} s (1.5 x warm, and ${(read / BYTES_PER_SECOND).toFixed(1)} s for the bytes read): ${met ? 'met' : 'missed'}`,
  );
}
