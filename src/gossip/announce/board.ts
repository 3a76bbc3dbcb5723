/**
 * The newest announcement of each member. Decides what of the things that arrive is believed; bounded by the number of members.
 * No network in it: envelopes in, verdicts out.
 */
import * as z from 'zod';
import { type Envelope, isGenuine } from '../envelope.ts';
import type { MembershipView } from '../membership/view.ts';
import { TokenBucket } from '../wire/token-bucket.ts';
import {
  ANNOUNCEMENT_VERSION,
  type AnnouncementBody,
  bodySchema,
  bodyVersionSchema,
  type Facts,
  isNewer,
  type Sequence,
} from './announcement.ts';
import * as limits from './limits.ts';

export const PURPOSE = 'announce';

const envelopeSchema = z.object({
  by: z.string().max(100),
  body: z.string().max(limits.MAX_BODY_BYTES),
  sig: z.string().max(100),
});

/** `fresh` is believed and shown; all others are dropped and counted. */
export type Verdict =
  | 'fresh'
  | 'stale'
  | 'forged'
  | 'malformed'
  | 'oversized'
  | 'wrong_version'
  | 'stranger'
  | 'too_often'
  | 'ahead';

export interface Announced {
  readonly nodeId: string;
  readonly seq: Sequence;
  readonly facts: Facts;
  /** When it arrived here, by this node's clock. */
  readonly heardAt: number;
  readonly envelope: Envelope;
}

export class AnnouncementBoard {
  readonly counters: Record<Verdict, number> = {
    fresh: 0,
    stale: 0,
    forged: 0,
    malformed: 0,
    oversized: 0,
    wrong_version: 0,
    stranger: 0,
    too_often: 0,
    ahead: 0,
  };
  readonly #cloudId: string;
  readonly #view: MembershipView;
  readonly #announced = new Map<string, Announced>();
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(cloudId: string, view: MembershipView) {
    this.#cloudId = cloudId;
    this.#view = view;
  }

  get(nodeId: string): Announced | undefined {
    return this.#announced.get(nodeId);
  }

  all(): Announced[] {
    return [...this.#announced.values()];
  }

  forget(nodeId: string): void {
    this.#announced.delete(nodeId);
    this.#buckets.delete(nodeId);
  }

  /** Judges what arrived, and keeps it (and returns it) when it is fresh. Never throws. */
  async accept(bytes: Uint8Array, now: number): Promise<{ verdict: Verdict; announced?: Announced }> {
    const judged = await this.#judge(bytes, now);
    const verdict = typeof judged === 'string' ? judged : 'fresh';
    this.counters[verdict]++;
    return typeof judged === 'string' ? { verdict } : { verdict, announced: judged };
  }

  async #judge(bytes: Uint8Array, now: number): Promise<Exclude<Verdict, 'fresh'> | Announced> {
    if (bytes.byteLength > limits.MAX_ENVELOPE_BYTES) return 'oversized';
    const envelope = parsed(envelopeSchema, new TextDecoder().decode(bytes));
    if (envelope === undefined) return 'malformed';
    const version = parsed(bodyVersionSchema, envelope.body)?.v;
    if (version !== undefined && version !== ANNOUNCEMENT_VERSION) return 'wrong_version';
    const body = parsed(bodySchema, envelope.body);
    if (body === undefined) return 'malformed';
    const member = this.#view.byPeer(envelope.by);
    if (member === undefined) return 'stranger';
    if (member.nodeId !== body.nodeId) return 'forged'; // a member that speaks for another
    if (!this.#isNews(body)) return 'stale';
    if (body.seq[0] > now + limits.MAX_AHEAD_MS) return 'ahead';
    if (!(await isGenuine({ purpose: PURPOSE, cloudId: this.#cloudId }, envelope))) return 'forged';
    // Only now: nobody may use up another's allowance with forgeries.
    if (!this.#bucketOf(body.nodeId, now).take(now)) return 'too_often';
    if (!this.#isNews(body) || this.#view.byPeer(envelope.by) === undefined) return 'stale'; // overtaken meanwhile
    const { nodeId, seq, facts } = body;
    const announced = { nodeId, seq, facts, heardAt: now, envelope };
    this.#announced.set(nodeId, announced);
    return announced;
  }

  #isNews({ nodeId, seq }: AnnouncementBody): boolean {
    const known = this.#announced.get(nodeId);
    return known === undefined || isNewer(seq, known.seq);
  }

  #bucketOf(nodeId: string, now: number): TokenBucket {
    const known = this.#buckets.get(nodeId);
    if (known !== undefined) return known;
    const bucket = new TokenBucket(limits.PER_SECOND, limits.BURST, now);
    this.#buckets.set(nodeId, bucket);
    return bucket;
  }
}

function parsed<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
