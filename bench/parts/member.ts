/**
 * One member of a replicated log as a process of its own, for `bench/log.ts`: its state machine is a counter.
 *
 *   bun bench/parts/member.ts FOLDER NODE_ID found|join
 */
import { z } from 'zod';
import type { StateMachine } from '../../src/election/index.ts';
import { MemberRequest, memberArguments, openLogMember, serve, WAIT } from './log-member.ts';

const Put = z.object({ id: z.number(), op: z.literal('put'), command: z.json() });
const Request = z.union([Put, MemberRequest]);

function counter(): StateMachine<number> {
  let count = 0;
  return {
    apply: () => ++count,
    snapshot: () => [count],
    restore: (records) => {
      for (const record of records) count = Number(record);
    },
  };
}

const [folder, nodeId, how] = memberArguments();
const { log, answer, self } = await openLogMember(folder, nodeId, how, counter());
serve(
  self,
  (line) => Request.parse(line),
  async (request) =>
    request.op === 'put' ? { index: (await log.propose(request.command, WAIT)).index } : answer(request),
);
