import type { Message, SnapshotPlace } from './messages.ts';
import type { Outgoing, Output } from './steps.ts';

/** What a step gives out for others: messages, answers to this node's own reads, a snapshot to fetch. */
export class Outbox {
  #messages: Outgoing[] = [];
  #reads: { id: number; index: number | null }[] = [];
  #fetch: Output['fetch'] = null;

  /** `fill`: attach the entries after an append's `prevIndex` up to this one. */
  send(to: string, message: Message, fill?: number): void {
    this.#messages.push(fill === undefined ? { to, message } : { to, message, fill });
  }

  /** Answers a read of this node (`from` null) or of another; index null: ask again. */
  answerRead(from: string | null, id: number, term: number, index: number | null): void {
    if (from === null) this.#reads.push({ id, index });
    else this.send(from, { type: 'read_reply', term, id, index });
  }

  fetch(from: string, snapshot: SnapshotPlace): void {
    this.#fetch = { from, snapshot };
  }

  take(): Pick<Output, 'messages' | 'reads' | 'fetch'> {
    const [messages, reads, fetch] = [this.#messages, this.#reads, this.#fetch];
    this.#fetch = null;
    if (messages.length > 0) this.#messages = [];
    if (reads.length > 0) this.#reads = [];
    return { messages, reads, fetch };
  }
}
