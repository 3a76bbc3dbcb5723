/** Waiting for a change that is no operation of its own: the node is asked again until it is over. */
import { InterruptedError } from './client.ts';
import type { CliError } from './errors.ts';
import { progressLine } from './progress.ts';
import type { Session } from './session.ts';

/** Often enough for a person who looks on, seldom enough for the node. */
const LOOK_MS = 500;
/** The longest deadline that the cloud takes is a week; VMs then still have to be suspended. */
const LONGEST_MS = 8 * 24 * 3_600_000;

export interface Watched<T> {
  readonly label: string;
  readonly first: T;
  look(): Promise<T>;
  isOver(seen: T): boolean;
  step(seen: T): { readonly phase: string; readonly done: number; readonly total: number };
  /** What is thrown when --timeout is over. */
  late(seen: T, seconds: number): CliError;
  /** Said when the person presses Ctrl-C. */
  readonly interrupted: string;
}

/** @returns what was seen at the end @throws what `late` says (the change itself goes on), InterruptedError */
export async function watch<T>(session: Session, what: Watched<T>): Promise<T> {
  const began = performance.now();
  const limit = session.timeoutMs ?? LONGEST_MS;
  const line = progressLine(session.io, what.label, session.lang);
  let seen = what.first;
  try {
    while (!what.isOver(seen)) {
      const left = limit - (performance.now() - began);
      if (left <= 0) throw what.late(seen, limit / 1000);
      line.show({ ...what.step(seen), unit: 'steps', rate: null, etaMs: null });
      await pause(Math.min(LOOK_MS, left), session.io.interrupted);
      seen = await what.look();
    }
    return seen;
  } catch (error) {
    if (error instanceof InterruptedError) session.note(`\n${what.interrupted}`);
    throw error;
  } finally {
    line.clear();
  }
}

/** @throws InterruptedError */
async function pause(ms: number, interrupted: AbortSignal): Promise<void> {
  if (interrupted.aborted) throw new InterruptedError();
  await new Promise<void>((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new InterruptedError());
    };
    const timer = setTimeout(() => {
      interrupted.removeEventListener('abort', stop);
      resolve();
    }, ms);
    interrupted.addEventListener('abort', stop, { once: true });
  });
}
