/**
 * With whom a node keeps a connection open: on the ring of all members (by node id), those 1, 2, 4, 8 … places on. Every node has about
 * 2 log2(n) neighbours, counting those that chose it; the graph stays whole as long as anything of it does, and everybody is at most
 * log2(n) steps away. Places whose member cannot be reached are taken by the next one.
 */

/** Node ids to keep connections with, by the given reachability. Pure. */
export function neighboursOf(
  self: string,
  members: readonly string[],
  isReachable: (nodeId: string) => boolean,
): string[] {
  const ring = [...members].filter((one) => one !== self).sort();
  const start = ring.findIndex((one) => one > self);
  const from = start === -1 ? 0 : start;
  const chosen = new Set<string>();
  for (let step = 1; step <= ring.length; step *= 2) {
    for (let skip = 0; skip < ring.length; skip++) {
      const one = ring[(from + step - 1 + skip) % ring.length];
      if (one === undefined || chosen.has(one) || !isReachable(one)) continue;
      chosen.add(one);
      break;
    }
  }
  return [...chosen];
}
