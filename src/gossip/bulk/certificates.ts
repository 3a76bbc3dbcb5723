/** What a node needs for mutual TLS; issued by the cloud's authority and handed in. All PEM. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { GossipError, reasonOf } from '../errors.ts';

export interface BulkCredentials {
  /** For server and client use; names the node as DNS name `hostNameOf(nodeId)`. */
  readonly certificate: string;
  readonly key: string;
  /** The authority, or both while it is being changed. */
  readonly authority: string;
}

/** How a certificate names a node: ids are ULIDs, whose letters and digits a DNS name may have. */
export function hostNameOf(nodeId: string): string {
  return nodeId.toLowerCase();
}

/** @throws GossipError `bulk.certificate` when the parts do not fit one another, this node, or the time */
export function checkCredentials(
  { certificate, key, authority }: BulkCredentials,
  nodeId: string,
  now: number,
): void {
  const fail = (reason: string, cause?: unknown) =>
    new GossipError('bulk.certificate', { reason }, { cause });
  let own: X509Certificate;
  let isOwnKey: boolean;
  let isIssued: boolean;
  try {
    own = new X509Certificate(certificate);
    isOwnKey = own.checkPrivateKey(createPrivateKey(key));
    isIssued = own.verify(new X509Certificate(authority).publicKey);
  } catch (error) {
    throw fail(reasonOf(error), error);
  }
  if (!isOwnKey) throw fail('the key is not that of the certificate');
  if (!isIssued) throw fail('it was not issued by this cloud');
  if (own.checkHost(hostNameOf(nodeId)) === undefined) throw fail('it names another node');
  if (own.validToDate.getTime() <= now)
    throw fail(`it ran out on ${own.validToDate.toISOString().slice(0, 10)}`);
}
