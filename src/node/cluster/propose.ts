/**
 * Writes from any node: gives a command to the log here while this node is the master, else to the master, and again to the next
 * master when that one is gone. The command's key makes it happen once however often it is given.
 */
import * as z from 'zod';
import type { MeshedAgreement } from '../../election/index.ts';
import type { Json, Rpc } from '../../gossip/index.ts';
import { type Author, type Command, LabmeshError, type Outcome } from '../../state/index.ts';
import { MasterWatch } from './master-watch.ts';

const METHOD = 'log.propose';
/** After a refusal while the master stays the same, e.g. `rpc.busy`: a fraction of an election. A new master is used at once. */
const AGAIN_MS = 50;
/** One try at a master that all the while is believed to be one: it answers within its durable write or not at all. */
const TRY_MS = 3_000;

export type Propose = (
  command: Command,
  options: { timeoutMs: number },
) => Promise<{ index: number; outcome: Outcome }>;

const authorSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('user'), id: z.string().max(64), from: z.string().max(255) }),
  z.object({ kind: z.literal('local'), nodeId: z.string().max(64) }),
  z.object({ kind: z.literal('node'), nodeId: z.string().max(64) }),
  z.object({ kind: z.literal('scheduler'), nodeId: z.string().max(64) }),
]) satisfies z.ZodType<Author>;

const proposalSchema = z.object({
  timeoutMs: z.number().int().min(1).max(60_000),
  command: z.object({
    id: z.string().max(64),
    type: z.string().max(64),
    author: authorSchema,
    key: z.string().max(200),
    at: z.number(),
    payload: z.unknown(),
  }),
});

const outcomeSchema = z.union([
  z.object({ ok: z.literal(true), targetId: z.string().nullable(), operationId: z.string().nullable() }),
  z.object({ ok: z.literal(false), code: z.string().max(100), data: z.record(z.string(), z.unknown()) }),
]);
const answerSchema = z.object({ index: z.number().int().min(0), outcome: outcomeSchema });

export interface ProposerParts {
  readonly nodeId: string;
  readonly agreement: Pick<MeshedAgreement<Outcome>, 'propose' | 'waitForApplied' | 'status' | 'onChange'>;
  readonly rpc: Pick<Rpc, 'method' | 'request'>;
  /** Whether the mesh believes so many voters dead that the others cannot elect. */
  readonly isMajorityDead: () => boolean;
  /** This node's clock: the master stamps what it writes, so that no member's wrong clock moves the cloud's. */
  readonly now: () => number;
}

/** Answers other nodes' proposals, and returns how this node proposes. */
export function openProposer({ nodeId, agreement, rpc, isMajorityDead, now }: ProposerParts): Propose {
  const watch = new MasterWatch({ agreement, isMajorityDead });

  /** Given up when this node leads no more: the next master may have it sooner than this one hears of that. */
  const here = async (command: Command, timeoutMs: number) => {
    const { signal, end } = watch.whileMaster(nodeId);
    const stamped: Command = { ...command, at: now() };
    return Promise.race([agreement.propose(stamped, { timeoutMs }), aborted(signal)]).finally(end);
  };

  const there = async (master: string, command: Command, timeoutMs: number) => {
    const { signal, end } = watch.whileMaster(master);
    const body = plain({ command, timeoutMs });
    const answer = await rpc.request(master, METHOD, body, { timeoutMs, signal }).finally(end);
    return answerSchema.parse(answer);
  };

  rpc.method(METHOD, async (body, { from }) => {
    const { command, timeoutMs } = proposalSchema.parse(body);
    if (!maySpeakFor(command, from)) throw new LabmeshError('access.denied', { need: 'node' });
    const { index, outcome } = await here(command, timeoutMs);
    return plain({ index, outcome });
  });

  const once = (master: string | null, command: Command, timeoutMs: number) => {
    // Without a master the own log says why: it may be this node's disk that is full.
    if (master === null || master === nodeId) return here(command, timeoutMs);
    return there(master, command, timeoutMs);
  };

  return async (command, { timeoutMs }) => {
    const began = performance.now();
    const ends = began + timeoutMs;
    let maybe = false;
    for (;;) {
      const left = Math.max(1, Math.ceil(ends - performance.now()));
      const master = agreement.status().master?.nodeId ?? null;
      try {
        const { index, outcome } = await once(
          master,
          command,
          Math.min(left, isLong(timeoutMs) ? TRY_MS : left),
        );
        // Who writes here reads here: the answer waits until the local copy has it.
        await agreement.waitForApplied(index, Math.max(1, Math.ceil(ends - performance.now())));
        return { index, outcome };
      } catch (error) {
        const cause = unwrapped(error);
        if (!isWorthAgain(cause)) throw cause;
        maybe ||= mayHaveHappened(cause);
        const inVain = watch.isInVain(began);
        if (inVain || performance.now() + AGAIN_MS >= ends) {
          const waited = inVain ? Math.round((performance.now() - began) / 1_000) * 1_000 : timeoutMs;
          throw unconfirmed(cause, waited, maybe);
        }
        await watch.otherThan(master, AGAIN_MS);
      }
    }
  };
}

/** A caller with more patience than one try tries again elsewhere. */
const isLong = (timeoutMs: number) => timeoutMs > TRY_MS;

/** A node speaks for people (it signed them in) and for itself, never for another node; for the master only as its door. */
function maySpeakFor({ author, type }: Command, from: string): boolean {
  if (author.kind === 'user') return true;
  if (author.kind === 'scheduler' && type !== 'node.admit') return false;
  return author.nodeId === from;
}

/** The method's own error instead of the exchange's. */
function unwrapped(error: unknown): unknown {
  if (!(error instanceof LabmeshError) || error.code !== 'rpc.failed') return error;
  const { code, data } = error.data;
  return new LabmeshError(String(code), z.record(z.string(), z.unknown()).catch({}).parse(data), {
    cause: error,
  });
}

const PASSING: ReadonlySet<string> = new Set([
  'log.not_master',
  'log.deposed',
  'log.stopped',
  'log.timeout',
  'mesh.unreachable',
  'mesh.not_member',
  'rpc.timeout',
  'rpc.busy',
]);

function isWorthAgain(error: unknown): error is LabmeshError {
  return error instanceof LabmeshError && PASSING.has(error.code);
}

/** Refusals that say that nothing was begun; after any other failure the command may be in somebody's log. */
const NOTHING_BEGAN: ReadonlySet<string> = new Set(['log.not_master', 'mesh.not_member', 'rpc.busy']);

function mayHaveHappened(error: LabmeshError): boolean {
  return !NOTHING_BEGAN.has(error.code) && error.data.maybe !== false;
}

/** Nobody decided in time: with no master that is the cause, not the clock. */
function unconfirmed(error: LabmeshError, timeoutMs: number, maybe: boolean): LabmeshError {
  if (error.code === 'log.not_master' && !maybe) return error;
  return new LabmeshError('log.timeout', { timeoutMs, maybe }, { cause: error });
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** What JSON makes of a value: undefined fields are left out. */
function plain(value: unknown): Json {
  return z.json().parse(JSON.parse(JSON.stringify(value)));
}
