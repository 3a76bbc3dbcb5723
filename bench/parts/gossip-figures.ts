/** What both sides of `bench/gossip.ts` measure. */
export interface GossipFigures {
  readonly count: number;
  /** ms until all knew all. */
  readonly meetMs: number;
  /** Processor seconds that this took a node; null where it was not counted. */
  readonly meetSeconds: number | null;
  /** ms until all saw a change, one per change. */
  readonly changesMs: readonly number[];
  /** A node's, idle. */
  readonly bytesPerSecond: number;
  /** Of a processor, a node's, idle; null where it was not counted. */
  readonly idleShare: number | null;
  /** Of a node with a process of its own. */
  readonly residentBytes: number;
  /** ms until all others saw a death. */
  readonly deathMs: number;
  /** Members that somebody took for dead and that lived. */
  readonly wronglyDead: number;
}

export const PAGE_BYTES = 4096;

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

/** 50 nodes that want two processors at once need their time; more is a fault. */
const LONGEST_MS = 120_000;

/** Resolves with the ms it took. @throws after two minutes */
export async function took(what: string, probe: () => boolean): Promise<number> {
  const began = performance.now();
  while (!probe()) {
    if (performance.now() - began > LONGEST_MS) throw new Error(`waited in vain until ${what}`);
    await Bun.sleep(10);
  }
  return performance.now() - began;
}
