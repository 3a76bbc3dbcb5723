/**
 * Carries the messages by which nodes agree. Best effort, in order per peer, never waiting: agreement repeats what was lost. When a
 * peer is slow, its heartbeats go first, oldest first; then the oldest of all.
 *
 * `election/` takes it by shape (`MessageTransport`); neither folder imports the other.
 */
import * as z from 'zod';
import type { Logger } from '../../state/logger.ts';
import { Channel, type ChannelHost } from '../channel/channel.ts';
import type { Json } from '../rpc/messages.ts';
import { fromBytes, toBytes } from '../wire/json.ts';

/** One message carries at most some entries of the log; a snapshot goes over the bulk door. */
const MAX_MESSAGE_BYTES = 4 << 20;
/** For one slow peer: 256 messages are 25 s of heartbeats; 16 MiB are four of the largest appends. */
const QUEUE = { maxMessages: 256, maxBytes: 16 << 20 };

const anyJson = z.json();

export interface MessageTransport<Message> {
  /** This node's id, as the others know it. */
  readonly self: string;
  /** Hands a message over. Never throws, never waits. */
  send(to: string, message: Message): void;
  /** One listener: who handles messages. They have passed `parse`. */
  onMessage(listener: (from: string, message: Message) => void): void;
}

export interface TransportOptions<Message> {
  readonly host: ChannelHost & { readonly nodeId: string };
  readonly logger: Logger;
  readonly clock: () => number;
  /** Turns JSON from outside into a message. Throws when it is none: that peer's stream then ends. */
  readonly parse: (value: Json) => Message;
  /** Whether a later message makes this one superfluous, as with heartbeats. */
  readonly isReplaceable: (message: Message) => boolean;
}

/** Not serving yet: call `start`. */
export class MeshTransport<Message> implements MessageTransport<Message> {
  readonly self: string;
  readonly #channel: Channel;
  readonly #isReplaceable: (message: Message) => boolean;
  #listener: (from: string, message: Message) => void = () => {};

  constructor({ host, logger, clock, parse, isReplaceable }: TransportOptions<Message>) {
    this.self = host.nodeId;
    this.#isReplaceable = isReplaceable;
    this.#channel = new Channel({
      host,
      logger,
      clock,
      name: 'agree',
      maxMessageBytes: MAX_MESSAGE_BYTES,
      queue: QUEUE,
      onMessage: (from, bytes) => this.#listener(from, parse(fromBytes(anyJson, bytes))),
    });
  }

  get counters() {
    return this.#channel.counters;
  }

  start(): Promise<void> {
    return this.#channel.start();
  }

  stop(): void {
    this.#channel.stop();
  }

  send(to: string, message: Message): void {
    this.#channel.send(to, toBytes(message), this.#isReplaceable(message));
  }

  onMessage(listener: (from: string, message: Message) => void): void {
    this.#listener = listener;
  }

  /** Messages that wait for a slow peer now. */
  waiting(nodeId: string): number {
    return this.#channel.waiting(nodeId);
  }

  /** Drops what waits for a node that is no member any more. */
  forget(nodeId: string): void {
    this.#channel.forget(nodeId);
  }
}
