import { LabmeshError } from '../state/errors.ts';

/** What explains each code. Sentences: `texts/{en,es}/gossip.ts`. */
export interface GossipErrors {
  /** The file with this node's key cannot be read or is not one; a new one is never made in its place. */
  'mesh.identity_damaged': { file: string; reason: string };
  /** `addresses` as host:port. */
  'mesh.listen': { addresses: readonly string[]; reason: 'in_use' | 'not_ours' | 'not_allowed' | 'unknown' };
  'mesh.stopped': Record<string, never>;
  /** Somebody who is not, or not any more, in the cloud's list. */
  'mesh.not_member': { peer: string };
  'mesh.unreachable': { nodeId: string; reason: string };

  'rpc.timeout': { nodeId: string; method: string; timeoutMs: number };
  'rpc.unknown_method': { method: string };
  'rpc.too_large': { bytes: number; maxBytes: number };
  'rpc.malformed': { reason: string };
  /** The other node already works on as many requests of ours as it allows at once. */
  'rpc.busy': { max: number };
  'rpc.version': { theirs: number; ours: number };
  /** The other node answered with an error of its own. */
  'rpc.failed': { nodeId: string; method: string; code: string; data: Readonly<Record<string, unknown>> };

  'announce.too_large': { bytes: number; maxBytes: number };

  'join.token_malformed': { reason: 'prefix' | 'characters' | 'checksum' | 'length' | 'address' };
  'join.token_too_new': { found: number; supported: number };
  'join.token_unknown': Record<string, never>;
  'join.token_expired': { expiredAt: number };
  'join.token_used_up': { maxUses: number };
  'join.token_revoked': Record<string, never>;
  /** The token's id is known and its secret is not the one: a forged or altered token. */
  'join.wrong_secret': Record<string, never>;
  'join.wrong_cloud': { wanted: string; found: string };
  /** Who answered at the token's addresses does not know its secret. */
  'join.impostor': { address: string };
  'join.clock_skew': { skewMs: number; maxMs: number };
  'join.name_taken': { name: string };
  'join.already_member': { nodeId: string };
  'join.version_too_old': { theirs: number; ours: number };
  'join.version_too_new': { theirs: number; ours: number };
  /** Too many PCs join at this moment. */
  'join.busy': { max: number };
  'join.malformed': { reason: string };
  /** Nobody answered at any of the token's addresses. */
  'join.no_answer': { addresses: readonly string[]; reason: string };
  /** The cloud could not decide (no master, say). `code` is that of the cause. */
  'join.undecided': { code: string };

  'bulk.listen': { hostname: string; port: number; reason: string };
  'bulk.certificate': { reason: string };
  'bulk.unreachable': { nodeId: string; reason: string };
  'bulk.not_member': Record<string, never>;
  /** The request does not prove which node sends it. */
  'bulk.unproven': Record<string, never>;
  'bulk.too_large': { maxBytes: number };
  'bulk.busy': { max: number };
  /** `data` is that of the refusal, where it came along. */
  'bulk.refused': { nodeId: string; status: number; code: string; data?: Readonly<Record<string, unknown>> };
  'bulk.timeout': { nodeId: string; timeoutMs: number };
}

export type GossipErrorCode = keyof GossipErrors;

export class GossipError<Code extends GossipErrorCode = GossipErrorCode> extends LabmeshError {
  // Set by the base class; here only their types are narrowed.
  declare readonly code: Code;
  declare readonly data: Readonly<Record<string, unknown>> & Readonly<GossipErrors[Code]>;

  constructor(code: Code, data: GossipErrors[Code], options?: { cause?: unknown }) {
    super(code, data, options);
  }
}

/** What went wrong in one short line, for the data of an error. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return (error instanceof Error ? error.message : String(error)).slice(0, 200);
}
