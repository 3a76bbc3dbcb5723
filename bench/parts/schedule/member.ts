/**
 * One member of three that keep a cloud's log, for `bench/schedule.ts`: the real state machine, and on the master the node's own door and
 * scheduler loop.
 *
 *   bun bench/parts/schedule/member.ts FOLDER NODE_ID found|join PCS
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { openDoor } from '../../../src/node/door.ts';
import { idFactory } from '../../../src/node/ids.ts';
import { SchedulerLoop } from '../../../src/node/scheduler-loop.ts';
import { defaultSizes, silentLogger } from '../../../src/state/index.ts';
import { idOf } from '../../../test/sim/schedule/ids.ts';
import { IMAGE, studentId } from '../../../test/sim/schedule/park.ts';
import { MemberRequest, memberArguments, openLogMember, serve, WAIT } from '../log-member.ts';
import { until } from '../table.ts';
import { idleCloud } from './clouds.ts';

const Run = z.object({ id: z.number(), op: z.literal('run'), requests: z.number(), writers: z.number() });
const Digest = z.object({ id: z.number(), op: z.literal('digest'), index: z.number() });
const Request = z.union([Run, Digest, MemberRequest]);

const [folder, nodeId, how, pcs] = memberArguments();
const machine = idleCloud(Number(pcs));
const beginning = [...machine.snapshot()];
const { log, answer, self } = await openLogMember(folder, nodeId, how, {
  apply: (entry) => machine.apply(entry),
  snapshot: () => machine.snapshot(),
  // An empty log begins with the cloud of the measurement on each member, so that its PCs need not be registered one by one.
  restore: (records) => {
    const found = [...records];
    machine.restore(found.length > 0 ? found : beginning);
  },
});
const door = openDoor({
  propose: (command, options) => log.propose(command, options),
  newId: idFactory(Date.now),
  now: Date.now,
});
const scheduler = new SchedulerLoop({
  machine,
  submit: door,
  nodeId,
  isMaster: () => log.status().role === 'leader',
  loads: () => new Map(),
  now: Date.now,
  logger: silentLogger,
});

/** Requests through the door by so many writers, while the master does not plan yet; then the master plans until nobody waits. */
async function run(requests: number, writers: number) {
  const began = performance.now();
  let next = 0;
  const writer = async () => {
    while (next < requests) await ask(next++);
  };
  await Promise.all(Array.from({ length: writers }, writer));
  const asked = performance.now();
  const before = log.status().appliedIndex;
  scheduler.start();
  const { vm } = machine.state.tables;
  // A proposal is answered when it is durable on a majority and applied here; what has a place has that behind it.
  await until('everybody has a place', () => vm.size === requests && vm.countBy('waiting', 'yes') === 0);
  const placed = performance.now();
  await scheduler.stop();
  const { appliedIndex: applied } = log.status();
  const entries = applied - before;
  return { askMs: asked - began, placeMs: placed - asked, entries, index: applied };
}

async function ask(n: number): Promise<void> {
  const owner = studentId(n % 2_000);
  const payload = {
    id: idOf('vm', n),
    imageId: IMAGE,
    sizeId: idOf('size', n % defaultSizes.length),
    hours: 2,
    courseId: null,
    persistent: true,
    sshKeys: [],
    pinnedNodeId: null,
    name: `vm ${n}`,
  };
  await door('vm.create', payload, { kind: 'user', id: owner, from: '10.0.0.1' }, WAIT);
}

/** The whole state as a hash, once this member has carried out the entry. */
async function digest(index: number) {
  await log.waitForApplied(index, WAIT.timeoutMs);
  const hash = createHash('sha256');
  for (const record of machine.snapshot()) hash.update(JSON.stringify(record));
  const placed = machine.state.tables.vm.all().filter(({ placement }) => placement !== null).length;
  return { hash: hash.digest('hex'), placed };
}

serve(
  self,
  (line) => Request.parse(line),
  (request) => {
    if (request.op === 'run') return run(request.requests, request.writers);
    if (request.op === 'digest') return digest(request.index);
    return answer(request);
  },
);
