/**
 * Waits until a slow stream has room again.
 *
 * libp2p's own `onDrain` does that only once per stream: its promise is never renewed after the first drain (@libp2p/utils 7.4), so later
 * calls return at once while the buffer grows. Here the buffer itself is looked at.
 */
import type { Stream } from '@libp2p/interface';

/** Above this a writer waits: four of yamux's first windows' worth would only sit here. */
const HIGH_WATER = 256 * 1024;
const EVENTS = ['drain', 'idle', 'close'] as const;

/**
 * Resolves at once while little waits.
 * @throws the signal's reason; an Error when the stream ended with bytes unsent
 */
export async function drained(stream: Stream, signal: AbortSignal): Promise<void> {
  while (stream.writeBufferLength > HIGH_WATER) {
    if (stream.status !== 'open') throw new Error('the stream ended');
    await oneOf(stream, signal);
  }
}

function oneOf(stream: Stream, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      for (const name of EVENTS) stream.removeEventListener(name, onEvent);
      signal.removeEventListener('abort', onAbort);
    };
    const onEvent = () => {
      stop();
      resolve();
    };
    const onAbort = () => {
      stop();
      reject(signal.reason);
    };
    if (signal.aborted) return reject(signal.reason);
    for (const name of EVENTS) stream.addEventListener(name, onEvent);
    signal.addEventListener('abort', onAbort);
  });
}
