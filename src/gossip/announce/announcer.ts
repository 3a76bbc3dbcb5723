/** Tells everybody what this node can give, and listens to the others: gossipsub for what is new, a request for what was missed. */
import {
  type GossipSub,
  type Message,
  type SubscriptionChangeData,
  TopicValidatorResult,
} from '@libp2p/gossipsub';
import type { PeerId } from '@libp2p/interface';
import * as z from 'zod';
import type { Logger } from '../../state/logger.ts';
import { seal } from '../envelope.ts';
import { GossipError, reasonOf } from '../errors.ts';
import type { MeshIdentity } from '../identity.ts';
import type { MembershipView } from '../membership/view.ts';
import type { Json } from '../rpc/messages.ts';
import type { Rpc } from '../rpc/rpc.ts';
import { toBytes } from '../wire/json.ts';
import { TokenBucket } from '../wire/token-bucket.ts';
import {
  ANNOUNCEMENT_VERSION,
  type AnnouncementBody,
  type Facts,
  factsSchema,
  isNewer,
  type Sequence,
  sequenceSchema,
} from './announcement.ts';
import { type Announced, AnnouncementBoard, PURPOSE, type Verdict } from './board.ts';
import * as limits from './limits.ts';

const SYNC = 'announce.sync';
/** One answer's worth: 40 full announcements or 500 usual ones; the next sync brings the rest. */
const MAX_SYNC_BYTES = 500_000;

const knownSchema = z.object({ known: z.record(z.string().max(40), sequenceSchema) });
const missedSchema = z.object({ missed: z.array(z.json()).max(1_000) });

export interface AnnouncerHost {
  readonly nodeId: string;
  readonly pubsub: GossipSub;
  connected(): string[];
  onPresence(listener: (nodeId: string, isConnected: boolean) => void): () => void;
}

export interface AnnouncerOptions {
  readonly host: AnnouncerHost;
  readonly rpc: Rpc;
  readonly identity: MeshIdentity;
  readonly view: MembershipView;
  readonly cloudId: string;
  readonly topic: string;
  readonly logger: Logger;
  readonly clock: () => number;
  readonly random: () => number;
}

export class Announcer {
  readonly board: AnnouncementBoard;
  readonly #options: AnnouncerOptions;
  readonly #listeners = new Set<(announced: Announced) => void>();
  readonly #forwarders = new Map<string, TokenBucket>();
  readonly #undo: (() => void)[] = [];
  #facts: Facts | undefined;
  #sequence: Sequence;
  #soon: Timer | undefined;
  #floods = 0;

  constructor(options: AnnouncerOptions) {
    this.#options = options;
    this.board = new AnnouncementBoard(options.cloudId, options.view);
    this.#sequence = [options.clock(), 0];
  }

  /** What was dropped, by reason; `flood`: passed on by a neighbour faster than any lab needs. */
  get counters(): Record<Verdict | 'flood', number> {
    return { ...this.board.counters, flood: this.#floods };
  }

  start(): void {
    const { host, rpc, topic, view } = this.#options;
    rpc.method(SYNC, (body) => this.#missedBy(body));
    host.pubsub.topicValidators.set(topic, (peer, message) => this.#validate(peer, message));
    host.pubsub.subscribe(topic);
    host.pubsub.addEventListener('subscription-change', this.#onSubscribed);
    const repeat = setInterval(() => void this.#publish(), limits.REPEAT_MS);
    const sync = setInterval(() => this.#syncWithOne(), limits.SYNC_MS);
    this.#undo.push(
      () => clearInterval(repeat),
      () => clearInterval(sync),
      () => host.pubsub.removeEventListener('subscription-change', this.#onSubscribed),
      host.onPresence((nodeId, isConnected) => {
        if (isConnected) void this.#sync(nodeId);
      }),
      view.onChange(({ removed }) => {
        for (const member of removed) this.#forget(member.nodeId, member.peerId);
      }),
    );
  }

  stop(): void {
    for (const undo of this.#undo.splice(0)) undo();
    clearTimeout(this.#soon);
    this.#listeners.clear();
  }

  /**
   * What this node has to say from now on. Sent soon; several changes within 250 ms are sent as one.
   * @throws GossipError `announce.too_large`
   */
  announce(facts: Facts): void {
    const checked = factsSchema.parse(facts);
    const bytes = toBytes(checked).byteLength;
    const maxBytes = limits.MAX_BODY_BYTES - 200; // what stands around the facts
    if (bytes > maxBytes) throw new GossipError('announce.too_large', { bytes, maxBytes });
    this.#facts = checked;
    this.#soon ??= setTimeout(() => void this.#publish(), limits.COALESCE_MS);
  }

  /** Called with each fresh announcement, this node's own among them. */
  onAnnounced(listener: (announced: Announced) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** From now on gossip reaches it, and its gossip us: what was said until then is asked for once more. */
  readonly #onSubscribed = ({ detail }: CustomEvent<SubscriptionChangeData>): void => {
    const member = this.#options.view.byPeer(detail.peerId.toString());
    if (member !== undefined) void this.#sync(member.nodeId);
  };

  async #publish(): Promise<void> {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    if (this.#facts === undefined) return;
    const { host, identity, cloudId, topic, logger } = this.#options;
    this.#sequence = [this.#sequence[0], this.#sequence[1] + 1];
    const body: AnnouncementBody = {
      v: ANNOUNCEMENT_VERSION,
      nodeId: host.nodeId,
      seq: this.#sequence,
      facts: this.#facts,
    };
    try {
      const sealed = await seal(identity.privateKey, { purpose: PURPOSE, cloudId }, JSON.stringify(body));
      const bytes = toBytes(sealed);
      await this.#take(bytes);
      await host.pubsub.publish(topic, bytes);
    } catch (error) {
      logger.debug('an announcement was not sent', { reason: reasonOf(error) }); // it is repeated
    }
  }

  async #validate(peer: PeerId, message: Message): Promise<TopicValidatorResult> {
    const now = this.#options.clock();
    if (!this.#bucketOf(peer.toString(), now).take(now)) {
      this.#floods++;
      return TopicValidatorResult.Ignore;
    }
    const verdict = await this.#take(message.data);
    if (verdict === 'fresh') return TopicValidatorResult.Accept;
    // Lateness and newer versions are nobody's fault; the rest lowers the neighbour's score.
    const isInnocent = ['stale', 'wrong_version', 'stranger', 'too_often', 'ahead'].includes(verdict);
    return isInnocent ? TopicValidatorResult.Ignore : TopicValidatorResult.Reject;
  }

  async #take(bytes: Uint8Array): Promise<Verdict> {
    const { verdict, announced } = await this.board.accept(bytes, this.#options.clock());
    if (announced === undefined) return verdict;
    this.#exceedOwnPast(announced);
    for (const listener of this.#listeners) listener(announced);
    return verdict;
  }

  /** Our own words from an earlier run with a clock ahead of now's: without this nobody would listen until it is reached. */
  #exceedOwnPast({ nodeId, seq }: Announced): void {
    if (nodeId !== this.#options.host.nodeId || !isNewer(seq, this.#sequence)) return;
    this.#sequence = [seq[0] + 1, 0];
    void this.#publish();
  }

  #syncWithOne(): void {
    const connected = this.#options.host.connected();
    const one = connected[Math.floor(this.#options.random() * connected.length)];
    if (one !== undefined) void this.#sync(one);
  }

  /** Asks a neighbour for what it knows and we do not. */
  async #sync(nodeId: string): Promise<void> {
    const { rpc, logger } = this.#options;
    const known = Object.fromEntries(this.board.all().map((one) => [one.nodeId, one.seq]));
    try {
      const { missed } = missedSchema.parse(await rpc.request(nodeId, SYNC, { known }));
      for (const envelope of missed) await this.#takeOn(toBytes(envelope));
    } catch (error) {
      logger.debug('no announcements from a neighbour', { nodeId, reason: reasonOf(error) });
    }
  }

  /** What came by request was missed by gossip, perhaps by others as well: told on (they drop what they have by its hash). */
  async #takeOn(bytes: Uint8Array): Promise<void> {
    if ((await this.#take(bytes)) !== 'fresh') return;
    const { host, topic } = this.#options;
    await host.pubsub.publish(topic, bytes).catch(() => {}); // a duplicate
  }

  #missedBy(body: Json): Json {
    const request = knownSchema.safeParse(body);
    if (!request.success) throw new GossipError('rpc.malformed', { reason: 'known' });
    const missed: Json[] = [];
    let bytes = 0;
    for (const { nodeId, seq, envelope } of this.board.all()) {
      const theirs = request.data.known[nodeId];
      if (theirs !== undefined && !isNewer(seq, theirs)) continue;
      bytes += toBytes(envelope).byteLength;
      if (bytes > MAX_SYNC_BYTES) break;
      missed.push({ by: envelope.by, body: envelope.body, sig: envelope.sig });
    }
    return { missed };
  }

  #bucketOf(peerId: string, now: number): TokenBucket {
    const known = this.#forwarders.get(peerId);
    if (known !== undefined) return known;
    const bucket = new TokenBucket(limits.FORWARDED_PER_SECOND, limits.FORWARDED_BURST, now);
    this.#forwarders.set(peerId, bucket);
    return bucket;
  }

  #forget(nodeId: string, peerId: string): void {
    this.board.forget(nodeId);
    this.#forwarders.delete(peerId);
  }
}
