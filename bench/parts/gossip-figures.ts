/** What both sides of `bench/gossip.ts` measure. */
export interface GossipFigures {
  readonly count: number;
  /** ms until all knew all. */
  readonly meetMs: number;
  /** ms until all saw a change, one per change. */
  readonly changesMs: readonly number[];
  /** A node's, idle. */
  readonly bytesPerSecond: number;
  /** A node's. */
  readonly residentBytes: number;
  /** ms until all others saw a death. */
  readonly deathMs: number;
  /** Members that somebody took for dead and that lived. */
  readonly wronglyDead: number;
}

export interface GossipRun {
  readonly count: number;
  readonly changes: number;
  readonly idleMs: number;
  /** An empty folder; the caller removes it. */
  readonly folder: string;
}

/** Bytes that this network namespace sent over loopback, headers included. */
export async function loopbackBytes(): Promise<number> {
  const line = /^\s*lo:(.*)$/m.exec(await Bun.file('/proc/net/dev').text())?.[1];
  return Number(line?.trim().split(/\s+/)[8]);
}

/** Resolves with the ms it took. @throws after a minute */
export async function took(what: string, probe: () => boolean): Promise<number> {
  const began = performance.now();
  while (!probe()) {
    if (performance.now() - began > 60_000) throw new Error(`waited in vain until ${what}`);
    await Bun.sleep(10);
  }
  return performance.now() - began;
}
