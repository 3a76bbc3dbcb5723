/** Verbs that start work: ask, wait for its end or not, then say what came of it. */
import type { Started } from './answers-vms.ts';
import type { Session } from './session.ts';
import { type Remark, waitForEnd } from './wait.ts';

export interface WorkTexts<T> {
  /** Beside the progress, as "Starting web". */
  readonly label: string;
  /** What is told when the work is done. */
  readonly done: (result: T) => string;
  /** What is remarked on standard error while the work goes on. */
  readonly remark?: Remark;
}

/**
 * Waits for the work that `started` began, then answers with what `result` reads; with --no-wait answers with the operation.
 * @param result reads the thing the work was on, after its end
 */
export async function finishWork<T>(
  session: Session,
  started: Started,
  result: () => Promise<T>,
  texts: WorkTexts<T>,
): Promise<void> {
  const { operation } = started;
  if (operation !== null && !session.wait) {
    session.answer(operation, () => `Under way as operation ${operation.id}.\n`);
    return;
  }
  // What was done at once has an operation that is over already.
  if (operation !== null) await waitForEnd(session, operation.id, texts.label, texts.remark);
  const value = await result();
  session.answer(value, () => texts.done(value));
}
