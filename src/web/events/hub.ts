/** All event streams of this process: one subscription to the node, handed on to each. */
import type { NodeServices } from '../../node/interface.ts';
import type { Change } from '../../state/index.ts';
import type { Visitor } from '../env.ts';
import { WebError } from '../errors.ts';
import { EventStream } from './stream.ts';
import type { Topic } from './topics.ts';

/** Shorter than any proxy's or browser's patience with a silent stream. */
const KEEP_ALIVE_MS = 15_000;
/** Tabs of one browser; beyond, the oldest ends, since the newest is the one that is looked at. */
const PER_SESSION = 12;
/** Some 10 kB each; a lab of a few hundred PCs with a few tabs. */
const MAX_STREAMS = 2000;
/** Entries that are remembered: a page opens its stream within seconds, and a class's start is some hundred entries. */
const REMEMBERED = 512;

export class EventHub {
  readonly #node: NodeServices;
  readonly #streams = new Set<EventStream>();
  readonly #unsubscribe: (() => void)[];
  readonly #timer: ReturnType<typeof setInterval>;
  /** The newest entries that changed something, the newest last. */
  readonly #recent: (readonly Change[])[] = [];
  #count = 0;

  constructor(node: NodeServices, stopping: AbortSignal) {
    this.#node = node;
    this.#unsubscribe = [
      node.onApplied(({ changes }) => {
        if (changes.length === 0) return;
        this.#remember(changes);
        for (const stream of [...this.#streams]) stream.changed(changes);
      }),
      node.onReplaced(() => {
        this.#forget();
        for (const stream of [...this.#streams]) stream.replaced();
      }),
      node.onSoftChange((what) => {
        for (const stream of [...this.#streams]) stream.softChanged(what);
      }),
    ];
    this.#timer = setInterval(() => {
      for (const stream of [...this.#streams]) stream.keepAlive();
    }, KEEP_ALIVE_MS);
    this.#timer.unref(); // must not keep a process alive that has nothing else to do
    stopping.addEventListener('abort', () => this.#stop(), { once: true });
  }

  get size(): number {
    return this.#streams.size;
  }

  /** How many entries have changed something so far: a page that is drawn notes it, and its stream tells what came after. */
  get count(): number {
    return this.#count;
  }

  /**
   * @param drawn the `count` at which the page was drawn: what changed between that and now is told first. Left out: nothing did
   * @throws WebError `web.busy`
   */
  open(visitor: Visitor, topics: ReadonlySet<Topic>, drawn = this.#count): ReadableStream<Uint8Array> {
    if (this.#streams.size >= MAX_STREAMS)
      throw new WebError('web.busy', { what: 'events', limit: MAX_STREAMS });
    const stream: EventStream = new EventStream(this.#node, visitor, topics, () =>
      this.#streams.delete(stream),
    );
    const same = [...this.#streams].filter((one) => one.sessionId === stream.sessionId);
    if (same.length >= PER_SESSION) same[0]?.end('replaced');
    this.#streams.add(stream);
    const body = stream.body();
    const missed = this.#since(drawn);
    if (missed === null) stream.replaced();
    else for (const changes of missed) stream.changed(changes);
    return body;
  }

  /** Null: nobody remembers any more. */
  #since(count: number): readonly (readonly Change[])[] | null {
    const missed = this.#count - count;
    if (missed < 0 || missed > this.#recent.length) return null;
    return missed === 0 ? [] : this.#recent.slice(-missed);
  }

  #remember(changes: readonly Change[]): void {
    this.#count++;
    this.#recent.push(changes);
    if (this.#recent.length > REMEMBERED) this.#recent.shift();
  }

  /** No entry tells what a snapshot changed. */
  #forget(): void {
    this.#count++;
    this.#recent.length = 0;
  }

  #stop(): void {
    clearInterval(this.#timer);
    for (const end of this.#unsubscribe) end();
    for (const stream of [...this.#streams]) stream.end('stopping');
  }
}
