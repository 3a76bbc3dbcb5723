/**
 * Messages to members, best effort: in order per peer, over one stream that stays open, never waiting. What cannot be delivered soon is
 * dropped and counted. Raft and the failure detector bring their own repetitions.
 */
import type { Stream } from '@libp2p/interface';
import type { Logger } from '../../state/logger.ts';
import { reasonOf } from '../errors.ts';
import { steady } from '../steady.ts';
import { drained } from '../wire/drained.ts';
import { framed, framesOf } from '../wire/frames.ts';
import { type QueueLimits, SendQueue } from './queue.ts';

/** After a failed dial, messages to that peer are dropped this long instead of dialling again for each. */
const REST_AFTER_FAILURE_MS = 200;
/** A peer that takes no byte for this long gets a new stream. */
const STALL_MS = 5_000;
const OPEN_TIMEOUT_MS = 3_000;
/** Inbound streams of one channel per peer: the old one may still be ending while the new one opens. */
const MAX_STREAMS = 4;

export interface ChannelHost {
  handle(
    protocol: string,
    handler: (stream: Stream, from: string) => Promise<void>,
    maxStreams: number,
  ): Promise<void>;
  open(nodeId: string, protocol: string, signal: AbortSignal): Promise<Stream>;
}

export interface ChannelOptions {
  readonly host: ChannelHost;
  /** Its own protocol: `/labmesh/<name>/1`. */
  readonly name: string;
  readonly logger: Logger;
  /** Of one message, both ways. */
  readonly maxMessageBytes: number;
  readonly queue: QueueLimits;
  readonly clock: () => number;
  /** Called for each message, in the order in which that peer sent them. What it throws ends the peer's stream. */
  readonly onMessage: (from: string, bytes: Uint8Array) => void;
  /** Called when messages to a peer could not be delivered, e.g. its port is closed. */
  readonly onFailure?: (nodeId: string) => void;
}

interface Lane {
  readonly queue: SendQueue;
  isRunning: boolean;
  restUntil: number;
  /** Ends the wait of an idle lane: there is a message, or its stream ended. */
  wake: () => void;
}

export class Channel {
  readonly counters = { sent: 0, received: 0, dropped: 0, oversized: 0 };
  readonly #options: ChannelOptions;
  readonly #protocol: string;
  readonly #clock: () => number;
  readonly #lanes = new Map<string, Lane>();
  readonly #stopping = new AbortController();

  constructor(options: ChannelOptions) {
    this.#options = options;
    this.#protocol = `/labmesh/${options.name}/1`;
    this.#clock = steady(options.clock);
  }

  async start(): Promise<void> {
    await this.#options.host.handle(
      this.#protocol,
      (stream, from) => this.#receive(stream, from),
      MAX_STREAMS,
    );
  }

  stop(): void {
    this.#stopping.abort(new Error('stopped'));
    for (const lane of this.#lanes.values()) lane.wake();
    this.#lanes.clear();
  }

  /** Hands a message over. Never throws, never waits. */
  send(nodeId: string, bytes: Uint8Array, isReplaceable: boolean): void {
    if (this.#stopping.signal.aborted) return;
    if (bytes.byteLength > this.#options.maxMessageBytes) {
      this.counters.oversized++;
      this.#options.logger.error('a message is too large', { to: nodeId, bytes: bytes.byteLength });
      return;
    }
    const lane = this.#laneTo(nodeId);
    if (lane.restUntil > this.#clock()) {
      this.counters.dropped++;
      return;
    }
    this.counters.dropped += lane.queue.push({ bytes, isReplaceable });
    if (lane.isRunning) lane.wake();
    else void this.#run(nodeId, lane);
  }

  /** Messages that wait for a peer now. */
  waiting(nodeId: string): number {
    return this.#lanes.get(nodeId)?.queue.length ?? 0;
  }

  /** Drops what waits for a node that is no member any more. */
  forget(nodeId: string): void {
    const lane = this.#lanes.get(nodeId);
    lane?.queue.clear();
    lane?.wake();
    this.#lanes.delete(nodeId);
  }

  #laneTo(nodeId: string): Lane {
    const known = this.#lanes.get(nodeId);
    if (known !== undefined) return known;
    const lane = {
      queue: new SendQueue(this.#options.queue),
      isRunning: false,
      restUntil: 0,
      wake: () => {},
    };
    this.#lanes.set(nodeId, lane);
    return lane;
  }

  /** Sends what waits, over one stream, as long as that works. Runs once per lane. */
  async #run(nodeId: string, lane: Lane): Promise<void> {
    lane.isRunning = true;
    let stream: Stream | undefined;
    try {
      const opening = AbortSignal.any([AbortSignal.timeout(OPEN_TIMEOUT_MS), this.#stopping.signal]);
      stream = await this.#options.host.open(nodeId, this.#protocol, opening);
      await this.#drain(nodeId, stream, lane);
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      this.#options.logger.debug('a channel failed', {
        channel: this.#options.name,
        to: nodeId,
        reason: reasonOf(error),
      });
      this.counters.dropped += lane.queue.clear();
      lane.restUntil = this.#clock() + REST_AFTER_FAILURE_MS;
      this.#options.onFailure?.(nodeId);
    } finally {
      stream?.abort(new Error('done'));
      lane.isRunning = false;
    }
  }

  async #drain(nodeId: string, stream: Stream, lane: Lane): Promise<void> {
    let isOver = false;
    const end = () => {
      isOver = true;
      lane.wake();
    };
    stream.addEventListener('close', end, { once: true });
    while (!isOver && !this.#stopping.signal.aborted && this.#lanes.get(nodeId) === lane) {
      const message = lane.queue.shift();
      if (message === undefined) {
        await new Promise<void>((resolve) => {
          lane.wake = resolve;
        });
        continue;
      }
      if (!stream.send(framed(message.bytes))) await drained(stream, AbortSignal.timeout(STALL_MS));
      this.counters.sent++;
    }
    throw new Error('the stream ended');
  }

  async #receive(stream: Stream, from: string): Promise<void> {
    for await (const frame of framesOf(stream, this.#options.maxMessageBytes)) {
      this.counters.received++;
      this.#options.onMessage(from, frame);
    }
    await stream.close({ signal: AbortSignal.timeout(OPEN_TIMEOUT_MS) });
  }
}
