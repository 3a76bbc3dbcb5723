/** How fast `plan` gives places, and how that grows with the PCs. Runs by itself too, so that it can be held to one processor. */
import { plan } from '../../../src/scheduler/index.ts';
import { placesOf } from '../../../test/sim/schedule/steps.ts';
import { median } from '../table.ts';
import { busyCloud, now } from './clouds.ts';

export interface Speed {
  readonly nodes: number;
  readonly placed: number;
  /** Ms of the whole plan, median of the rounds. */
  readonly planMs: number;
  /** Ms of a plan that has one request to place. */
  readonly aloneMs: number;
}

const ROUNDS = 7;
/** VMs that run already, for each PC: the plan has to reckon with them. */
const RUNNING_PER_NODE = 3;
const NOBODY = new Map();

/** @param requests how many wait, placed by one call */
export function measureSpeed(nodes: number, requests: number): Speed {
  const full = busyCloud(nodes, nodes * RUNNING_PER_NODE, requests).state;
  const one = busyCloud(nodes, nodes * RUNNING_PER_NODE, 1).state;
  let placed = 0;
  const times = timed(() => {
    placed = placesOf(plan(full, NOBODY, now)).length;
  });
  const alone = timed(() => {
    if (placesOf(plan(one, NOBODY, now)).length !== 1) throw new Error('the one request got no place');
  });
  return { nodes, placed, planMs: median(times), aloneMs: median(alone) };
}

/** The first calls warm the code up and are not counted. */
function timed(work: () => void): number[] {
  return Array.from({ length: ROUNDS + 2 }, () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  }).slice(2);
}

/** In a process of its own on one processor, where `taskset` is there to hold it. @throws Error when it ends badly */
export async function measureSpeedAlone(nodes: number, requests: number): Promise<Speed> {
  const held = Bun.which('taskset') ? ['taskset', '--cpu-list', '0'] : [];
  const command = [...held, process.execPath, import.meta.path, String(nodes), String(requests)];
  const child = Bun.spawn(command, { stdio: ['ignore', 'pipe', 'inherit'] });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`measuring ${nodes} PCs ended with ${child.exitCode}`);
  const found: Speed = JSON.parse(text);
  return found;
}

if (import.meta.main) {
  const [nodes, requests] = process.argv.slice(2).map(Number);
  if (!nodes || !requests) throw new Error('speed.ts NODES REQUESTS');
  console.log(JSON.stringify(measureSpeed(nodes, requests)));
}
