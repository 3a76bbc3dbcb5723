/**
 * A clock that never goes back. Where a PC's own clock is set back (by its battery, by a time server), everything that waits "until"
 * would wait that much longer: probes, backoff, the rest after a failure. Here time stands still instead, and then goes on. Forward jumps
 * stay: after a sleep so much time has really passed. Meant for waiting and for comparing with what others say, not for telling the time.
 *
 * @param clock epoch milliseconds
 */
export function steady(clock: () => number): () => number {
  let last = clock();
  let ahead = 0;
  return () => {
    const now = clock();
    if (now < last) ahead += last - now;
    last = now;
    return now + ahead;
  };
}
