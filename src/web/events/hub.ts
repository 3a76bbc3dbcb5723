/** All event streams of this process: one subscription to the node, handed on to each. */
import type { NodeServices } from '../../node/interface.ts';
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

export class EventHub {
  readonly #node: NodeServices;
  readonly #streams = new Set<EventStream>();
  readonly #unsubscribe: (() => void)[];
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(node: NodeServices, stopping: AbortSignal) {
    this.#node = node;
    this.#unsubscribe = [
      node.onApplied(({ changes }) => {
        if (changes.length > 0) for (const stream of [...this.#streams]) stream.changed(changes);
      }),
      node.onReplaced(() => {
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

  /** @throws WebError `web.busy` */
  open(visitor: Visitor, topics: ReadonlySet<Topic>): ReadableStream<Uint8Array> {
    if (this.#streams.size >= MAX_STREAMS)
      throw new WebError('web.busy', { what: 'events', limit: MAX_STREAMS });
    const stream: EventStream = new EventStream(this.#node, visitor, topics, () =>
      this.#streams.delete(stream),
    );
    const same = [...this.#streams].filter((one) => one.sessionId === stream.sessionId);
    if (same.length >= PER_SESSION) same[0]?.end('replaced');
    this.#streams.add(stream);
    return stream.body();
  }

  #stop(): void {
    clearInterval(this.#timer);
    for (const end of this.#unsubscribe) end();
    for (const stream of [...this.#streams]) stream.end('stopping');
  }
}
