/** Waiting for the end of an operation, or for a PC's vote. */
import type { NodeServices } from '../../node/interface.ts';

/** Resolves when the operation is over or gone, when `seconds` have passed, or when the signal fires. */
export async function operationEnd(
  node: NodeServices,
  id: string,
  seconds: number,
  signal: AbortSignal,
): Promise<void> {
  const isOver = () => node.state.tables.operation.get(id)?.state !== 'running';
  if (seconds === 0 || isOver() || signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      for (const forget of unsubscribe) forget();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, seconds * 1000);
    const unsubscribe = [
      node.onApplied(({ changes }) => {
        if (changes.some((change) => change.kind === 'operation' && change.id === id) && isOver()) end();
      }),
      node.onReplaced(() => isOver() && end()),
    ];
    signal.addEventListener('abort', end);
  });
}

/** The voters are no part of the log that is told to us: they are looked at this often. */
const LOOK_MS = 100;

/** Resolves when a PC votes, when `seconds` have passed, or when the signal fires. */
export async function becomesVoter(
  node: NodeServices,
  id: string,
  seconds: number,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!node.quorum().voters.includes(id) && !signal.aborted && performance.now() < deadline) {
    await Bun.sleep(LOOK_MS);
  }
}
