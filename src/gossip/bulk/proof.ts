/**
 * Which member sends a request. Mutual TLS shows that it has a certificate of the cloud; but Bun tells a server nothing about the
 * certificate it accepted, and a certificate outlives a membership. So each request is signed by the node's key for its receiver, and
 * membership is looked up each time: whoever is retired is out with the next request, whatever connections it holds.
 *
 * The signature names receiver, method and target. Played back to the same receiver it asks for the same thing; but for that one
 * must be inside its TLS connection.
 */
import * as z from 'zod';
import { type Envelope, isGenuine, seal } from '../envelope.ts';
import type { MeshIdentity } from '../identity.ts';
import type { MembershipView } from '../membership/view.ts';
import { MAX_PROOF_LENGTH } from './limits.ts';

const PURPOSE = 'bulk';
export const PROOF_HEADER = 'labmesh-proof';

export interface Asked {
  /** Node id of the receiver. */
  readonly to: string;
  readonly method: string;
  /** Path and query. */
  readonly target: string;
}

const envelopeSchema = z.object({ by: z.string(), body: z.string(), sig: z.string() });
const text = ({ to, method, target }: Asked) => JSON.stringify([to, method, target]);

/** The header's value. */
export async function proofOf(identity: MeshIdentity, cloudId: string, asked: Asked): Promise<string> {
  const { by, sig } = await seal(identity.privateKey, { purpose: PURPOSE, cloudId }, text(asked));
  return Buffer.from(JSON.stringify({ by, sig, body: '' })).toString('base64url'); // the receiver knows the body
}

/** Who sent this: a member, a key that is no member's, or nobody knows. Never throws. */
export async function provenSender(
  header: string | null,
  view: MembershipView,
  cloudId: string,
  asked: Asked,
): Promise<{ nodeId: string } | { stranger: string } | 'unproven'> {
  const envelope = header === null || header.length > MAX_PROOF_LENGTH ? undefined : parsed(header);
  if (envelope === undefined) return 'unproven';
  const said = { ...envelope, body: text(asked) };
  if (!(await isGenuine({ purpose: PURPOSE, cloudId }, said))) return 'unproven';
  const member = view.byPeer(envelope.by); // after the check: who was retired meanwhile is out
  return member === undefined ? { stranger: envelope.by } : { nodeId: member.nodeId };
}

function parsed(header: string): Envelope | undefined {
  try {
    return envelopeSchema.safeParse(JSON.parse(Buffer.from(header, 'base64url').toString())).data;
  } catch {
    return undefined;
  }
}
