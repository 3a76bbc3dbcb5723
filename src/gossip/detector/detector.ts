/** The failure detector on the mesh: its core (`core.ts`), a channel for its messages, signatures under what is told on. */
import * as z from 'zod';
import type { Logger } from '../../state/logger.ts';
import { Channel, type ChannelHost } from '../channel/channel.ts';
import { type Envelope, isGenuine, seal } from '../envelope.ts';
import { reasonOf } from '../errors.ts';
import type { MeshIdentity } from '../identity.ts';
import { neighboursOf } from '../membership/neighbours.ts';
import type { MembershipView } from '../membership/view.ts';
import { fromBytes, toBytes } from '../wire/json.ts';
import { TokenBucket } from '../wire/token-bucket.ts';
import { DetectorCore, type Health, type HealthChange } from './core.ts';
import { type Probe, probeSchema, type Update, updateSchema } from './messages.ts';
import { DETECTOR_DEFAULTS, type DetectorSettings, MAX_ACCUSERS } from './settings.ts';

const PURPOSE = 'detect';
/** An update with its signature has 400 bytes. */
const MAX_MESSAGE_BYTES = 2_000;
/** Two seconds' worth of pings to a slow peer; older ones are worth nothing. */
const QUEUE = { maxMessages: 64, maxBytes: 64_000 };
/** Signed updates one peer may pass on a second, and one author say: a room that is switched off is 40 deaths of 4 accusers each. */
const PER_SECOND = 100;
const BURST = 400;
/** An incarnation so far ahead of our own clock is not believed: its owner could not exceed it. */
const MAX_AHEAD_MS = 30 * 60_000;

const wireSchema = z.union([
  probeSchema,
  z.object({
    t: z.literal('news'),
    envelope: z.object({ by: z.string().max(100), body: z.string().max(500), sig: z.string().max(100) }),
  }),
]);

export interface DetectorHost extends ChannelHost {
  readonly nodeId: string;
  connected(): string[];
  onPresence(listener: (nodeId: string, isConnected: boolean) => void): () => void;
  /** Ends what has been open for a while to a member that answers nobody. */
  drop(nodeId: string): void;
}

export interface DetectorOptions {
  readonly host: DetectorHost;
  readonly identity: MeshIdentity;
  readonly view: MembershipView;
  readonly cloudId: string;
  readonly logger: Logger;
  /** Milliseconds; `performance.now` will not do: incarnations must rise over restarts. */
  readonly clock: () => number;
  readonly random: () => number;
  readonly settings?: Partial<DetectorSettings>;
}

export class FailureDetector {
  readonly counters = { malformed: 0, forged: 0, flood: 0 };
  readonly #options: DetectorOptions;
  readonly #settings: DetectorSettings;
  readonly #core: DetectorCore;
  readonly #channel: Channel;
  readonly #listeners = new Set<(change: HealthChange) => void>();
  /** Per suspect: the accusations that stand, for those who were not there when they were told. */
  readonly #accusations = new Map<string, Envelope[]>();
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #undo: (() => void)[] = [];
  /** That this node lives, in its present incarnation: signed once for all neighbours. */
  #alive: { inc: number; envelope: Envelope } | undefined;

  constructor(options: DetectorOptions) {
    const { host, clock, random, logger } = options;
    this.#options = options;
    this.#settings = { ...DETECTOR_DEFAULTS, ...options.settings };
    const effects = {
      send: (to: string, message: Probe) => this.#channel.send(to, toBytes(message), true),
      say: (update: Update) => void this.#say(update),
      changed: (change: HealthChange) => this.#changed(change),
    };
    this.#core = new DetectorCore(host.nodeId, this.#settings, effects, random, clock());
    this.#channel = new Channel({
      host,
      logger,
      clock,
      name: 'detect',
      maxMessageBytes: MAX_MESSAGE_BYTES,
      queue: QUEUE,
      onMessage: (from, bytes) => this.#receive(from, bytes),
      onFailure: (nodeId) => this.#core.hint(nodeId, clock()),
    });
  }

  async start(): Promise<void> {
    const { host, view, clock } = this.#options;
    await this.#channel.start();
    this.#follow();
    const timer = setInterval(() => this.#tick(), this.#settings.tickMs);
    this.#undo.push(
      () => clearInterval(timer),
      view.onChange(({ removed }) => {
        this.#follow();
        for (const { nodeId } of removed) this.#forget(nodeId);
      }),
      host.onPresence((nodeId, isConnected) => {
        if (!isConnected) return this.#core.hint(nodeId, clock());
        for (const accusation of [...this.#accusations.values()].flat()) this.#pass(accusation, nodeId);
        this.#core.met(nodeId, clock());
        void this.#introduce(nodeId);
      }),
    );
  }

  stop(): void {
    for (const undo of this.#undo.splice(0)) undo();
    this.#channel.stop();
    this.#listeners.clear();
  }

  /** What is believed of a member; undefined for this node itself and for those who are none. */
  health(nodeId: string): Health | undefined {
    return this.#core.health(nodeId);
  }

  /** 0 (well) to 8: how much this node mistrusts its own observations, e.g. because it gets no processor time. */
  get doubt(): number {
    return this.#core.doubt;
  }

  /** It got no processor time not long ago: what it believes of others is not to be acted on. */
  get isStarved(): boolean {
    return this.#core.isStarved(this.#options.clock());
  }

  onChange(listener: (change: HealthChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tick(): void {
    const { host, view, clock } = this.#options;
    const isDead = (nodeId: string) => this.#core.health(nodeId) === 'dead';
    const ids = view.members().map(({ nodeId }) => nodeId);
    const ring = neighboursOf(host.nodeId, ids, (one) => !isDead(one));
    const connected = host.connected();
    this.#core.setWatched([...new Set([...ring, ...connected.filter((one) => !isDead(one))])]);
    for (const one of connected) if (isDead(one)) this.#tryAgain(one);
    this.#core.tick(clock());
  }

  /**
   * What was asked when they met may be lost; one that is being asked is not asked twice. And whoever it is that lost the other: a
   * connection that carries nothing must not stand in the way of a new one. A node that is starved itself ends none: all those handshakes
   * would starve it more.
   */
  #tryAgain(nodeId: string): void {
    this.#core.met(nodeId, this.#options.clock());
    if (!this.isStarved) this.#options.host.drop(nodeId);
  }

  #follow(): void {
    this.#core.setMembers(this.#options.view.members().map(({ nodeId }) => nodeId));
  }

  #forget(nodeId: string): void {
    this.#channel.forget(nodeId);
    this.#accusations.delete(nodeId);
    this.#buckets.delete(nodeId);
  }

  #changed(change: HealthChange): void {
    if (change.health === 'alive') this.#accusations.delete(change.nodeId);
    this.#options.logger.info('a member is believed to be', { ...change });
    for (const listener of this.#listeners) listener(change);
  }

  #receive(from: string, bytes: Uint8Array): void {
    const message = this.#parsed(bytes);
    if (message.t === 'news') void this.#heard(from, message.envelope);
    else this.#core.receive(from, message, this.#options.clock());
  }

  #parsed(bytes: Uint8Array) {
    try {
      return fromBytes(wireSchema, bytes);
    } catch (error) {
      this.counters.malformed++;
      throw error; // ends that peer's stream
    }
  }

  async #heard(from: string, envelope: Envelope): Promise<void> {
    const { view, cloudId, clock } = this.#options;
    if (!this.#mayPass(from)) return void this.counters.flood++;
    const update = parsedUpdate(envelope.body);
    const author = view.byPeer(envelope.by);
    if (update === undefined) return void this.counters.malformed++;
    if (author === undefined) return; // retired meanwhile
    if (update.inc > clock() + MAX_AHEAD_MS || author.nodeId !== update.from)
      return void this.counters.forged++;
    if (!this.#core.isNews(update)) return;
    if (!(await isGenuine({ purpose: PURPOSE, cloudId }, envelope))) return void this.counters.forged++;
    if (!this.#core.heard(update, clock())) return;
    this.#keep(update, envelope);
    this.#tellOn(envelope, from);
  }

  /** A new neighbour hears that this node lives, and tells it on where that is news; those from before know. */
  async #introduce(nodeId: string): Promise<void> {
    const { host } = this.#options;
    const inc = this.#core.incarnation;
    if (this.#alive?.inc !== inc) {
      const envelope = await this.#sealed({ kind: 'alive', target: host.nodeId, inc, from: host.nodeId });
      if (envelope === null) return;
      this.#alive = { inc, envelope };
    }
    this.#pass(this.#alive.envelope, nodeId);
  }

  async #say(update: Update): Promise<void> {
    const envelope = await this.#sealed(update);
    if (envelope === null) return;
    this.#keep(update, envelope);
    this.#tellOn(envelope, null);
  }

  async #sealed(update: Update): Promise<Envelope | null> {
    const { identity, cloudId, logger } = this.#options;
    try {
      return await seal(identity.privateKey, { purpose: PURPOSE, cloudId }, JSON.stringify(update));
    } catch (error) {
      logger.error('an update was not signed', { reason: reasonOf(error) });
      return null;
    }
  }

  #keep(update: Update, envelope: Envelope): void {
    if (update.kind !== 'suspect') return;
    const kept = this.#accusations.get(update.target) ?? [];
    this.#accusations.set(update.target, [...kept, envelope].slice(-MAX_ACCUSERS));
  }

  #tellOn(envelope: Envelope, except: string | null): void {
    for (const nodeId of this.#options.host.connected()) if (nodeId !== except) this.#pass(envelope, nodeId);
  }

  #pass(envelope: Envelope, to: string): void {
    this.#channel.send(to, toBytes({ t: 'news', envelope }), false);
  }

  #mayPass(nodeId: string): boolean {
    const now = this.#options.clock();
    const bucket = this.#buckets.get(nodeId) ?? new TokenBucket(PER_SECOND, BURST, now);
    this.#buckets.set(nodeId, bucket);
    return bucket.take(now);
  }
}

function parsedUpdate(body: string): Update | undefined {
  try {
    return updateSchema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
