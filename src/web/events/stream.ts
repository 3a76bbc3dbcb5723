/** One event stream: collects what concerns its person and sends it, bounded in rate and memory. */
import type { NodeServices } from '../../node/interface.ts';
import type { Change } from '../../state/index.ts';
import { currentVisitor } from '../auth/visitor.ts';
import type { Visitor } from '../env.ts';
import { type SoftChange, softTopicsOf, topicsOf } from './relevance.ts';
import type { Topic } from './topics.ts';

/** At most ten messages a second per topic: faster than anybody reads, slower than a burst of a class's starts. */
const GAP_MS = 100;

const encoder = new TextEncoder();

export class EventStream {
  readonly sessionId: string;
  readonly #node: NodeServices;
  readonly #topics: ReadonlySet<Topic>;
  readonly #pending = new Set<Topic>();
  readonly #onEnd: () => void;
  #visitor: Visitor;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #sentAt = 0;

  /** @param onEnd called once, when the stream is over for whatever reason */
  constructor(node: NodeServices, visitor: Visitor, topics: ReadonlySet<Topic>, onEnd: () => void) {
    this.#node = node;
    this.#visitor = visitor;
    this.#topics = topics;
    this.#onEnd = onEnd;
    this.sessionId = visitor.kind === 'person' ? visitor.session.id : visitor.kind;
  }

  body(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
        this.#write('retry: 1000\n');
        this.#send('ready');
      },
      cancel: () => this.#close(),
    });
  }

  /** Notes what an applied command changed. */
  changed(changes: readonly Change[]): void {
    if (!this.#stillThere()) return;
    const actor = this.#actor();
    for (const change of changes) for (const topic of topicsOf(this.#node, actor, change)) this.#note(topic);
  }

  /** The whole state was replaced: whatever the page shows may be old. */
  replaced(): void {
    if (this.#stillThere()) for (const topic of this.#topics) this.#note(topic);
  }

  softChanged(what: SoftChange): void {
    if (this.#controller === null) return;
    for (const topic of softTopicsOf(this.#node, this.#actor(), what)) this.#note(topic);
  }

  /** A comment that keeps proxies and the server from taking the stream for dead; ends it when the session is over. */
  keepAlive(): void {
    if (this.#stillThere()) this.#write(': keep\n\n');
  }

  /** Says why, and ends. */
  end(event: 'signed-out' | 'stopping' | 'replaced'): void {
    this.#send(event);
    this.#close();
  }

  /** The person as the state has them now; false when the session is over, and then the stream is ended. */
  #stillThere(): boolean {
    if (this.#controller === null) return false;
    this.#visitor = currentVisitor(this.#node, this.#visitor);
    if (this.#visitor.kind !== 'anonymous') return true;
    this.end('signed-out');
    return false;
  }

  #actor() {
    return this.#visitor.kind === 'person' ? this.#visitor.user : null;
  }

  #note(topic: Topic): void {
    if (!this.#topics.has(topic)) return;
    this.#pending.add(topic);
    if (this.#timer !== null) return;
    const wait = Math.max(0, this.#sentAt + GAP_MS - performance.now());
    this.#timer = setTimeout(() => this.#flush(), wait);
  }

  #flush(): void {
    this.#timer = null;
    if (!this.#stillThere()) return;
    // A reader that does not read gets nothing more until it does; what it missed is one message per topic.
    if ((this.#controller?.desiredSize ?? 0) < -MAX_QUEUED) {
      this.#timer = setTimeout(() => this.#flush(), GAP_MS);
      return;
    }
    this.#sentAt = performance.now();
    for (const topic of this.#pending) this.#send(topic);
    this.#pending.clear();
  }

  #send(event: string): void {
    this.#write(`event: ${event}\ndata: {"at":${this.#node.now()}}\n\n`);
  }

  #write(text: string): void {
    try {
      this.#controller?.enqueue(encoder.encode(text));
    } catch {
      this.#close(); // the browser is gone
    }
  }

  #close(): void {
    const controller = this.#controller;
    if (controller === null) return;
    this.#controller = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    try {
      controller.close();
    } catch {
      // cancelled by the browser: it is closed already
    }
    this.#onEnd();
  }
}

/** Messages queued for a slow reader before it is left in peace for a while. */
const MAX_QUEUED = 64;
