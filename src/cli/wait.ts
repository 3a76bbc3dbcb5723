/** Waiting for an operation to end: the node holds its answer back until then; on a terminal it is asked for the progress meanwhile. */
import type { OperationRow } from './answers.ts';
import { InterruptedError, REQUEST_MS } from './client.ts';
import { CliError } from './errors.ts';
import { EXIT, RefusedError } from './exit.ts';
import { progressLine } from './progress.ts';
import type { Session } from './session.ts';

/** Without a progress line to move, the node holds the answer back until the end, for at most so long. */
const HOLD_SECONDS = 10;
/** With one, it is asked this often. */
const LOOK_SECONDS = 0.25;
/** The cloud gives an import up after a day, one who waits for a place after 30 days at most, all else after minutes. */
const LONGEST_MS = 31 * 24 * 3_600_000;
/** How soon, and then how often, it is looked whether there is something to remark. */
const REMARK_FIRST_SECONDS = 1;
const REMARK_MS = 2_000;

/** What is to be told on standard error meanwhile, each time that it changes; null: nothing. */
export type Remark = () => Promise<string | null>;

/**
 * @returns the operation when it is done
 * @throws CliError `cli.wait_timeout` (exit 5), `cli.cancelled`; RefusedError with the cause of a failure (exit 1)
 */
export async function waitForEnd(
  session: Session,
  id: string,
  label: string,
  remark?: Remark,
): Promise<OperationRow> {
  const began = performance.now();
  const line = progressLine(session.io, label, session.lang);
  const limit = session.timeoutMs ?? LONGEST_MS;
  const usual = session.io.errIsTerminal ? LOOK_SECONDS : HOLD_SECONDS;
  let hold = remark ? Math.min(usual, REMARK_FIRST_SECONDS) : usual;
  let remarkedAt = Number.NEGATIVE_INFINITY;
  let told: string | null = null;
  try {
    while (true) {
      const left = (limit - (performance.now() - began)) / 1000;
      const wait = Math.max(0, Math.min(hold, left));
      const operation = await session.client.get<OperationRow>(['operations', id], { wait }, REQUEST_MS);
      if (operation.state !== 'running') return ended(operation);
      line.show(operation.progress);
      if (remark && performance.now() - remarkedAt >= REMARK_MS) {
        remarkedAt = performance.now();
        const text = await remark();
        if (text !== null && text !== told) {
          line.clear();
          session.note(text);
          told = text;
        }
      }
      hold = usual;
      if (left <= 0) throw new CliError('cli.wait_timeout', { seconds: limit / 1000, operation: id });
    }
  } catch (error) {
    if (error instanceof InterruptedError) session.note(`\nThe work goes on as operation ${id}.`);
    throw error;
  } finally {
    line.clear();
  }
}

function ended(operation: OperationRow): OperationRow {
  if (operation.state === 'done') return operation;
  if (operation.state === 'cancelled') throw new CliError('cli.cancelled', { operation: operation.id });
  const { code, data, message, hint } = operation.error ?? { code: 'internal', data: {} };
  const said = message !== undefined && hint !== undefined ? { message, hint } : null;
  throw new RefusedError(code, { ...data, operation: operation.id }, said, EXIT.failed);
}
