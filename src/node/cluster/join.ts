/** A PC's first contact with a cloud: knocks with a token, keeps what it is told. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { type JoinToken, joinCloud, type Mesh } from '../../gossip/index.ts';
import { NodeError } from '../errors.ts';
import { PROTOCOL } from './protocol.ts';
import { joinedCloud, keepWelcome, readWelcome, type Welcome } from './welcome.ts';

/**
 * Whether this folder still has to join.
 * @returns null when it is a node of the token's cloud already
 * @throws NodeError `node.other_cloud` when it belongs to another one: its VMs and images would be left behind
 */
export async function needsJoin(dataDir: string, token: JoinToken): Promise<boolean> {
  const known = await joinedCloud(dataDir);
  if (known !== null) {
    if (known.cloudId === token.cloudId) return false;
    throw new NodeError('node.other_cloud', { dir: dataDir });
  }
  const founded = await access(join(dataDir, 'log', 'db')).then(
    () => true,
    () => false,
  );
  if (founded) throw new NodeError('node.other_cloud', { dir: dataDir });
  return true;
}

/** @throws GossipError each refusal of `join.*` */
export async function knock(parts: {
  readonly token: JoinToken;
  readonly mesh: Mesh;
  readonly dataDir: string;
  readonly nodeId: string;
  readonly name: string;
  readonly version: string;
  readonly now: () => number;
}): Promise<Welcome> {
  const { token, mesh, dataDir, nodeId, name, version, now } = parts;
  const welcome = readWelcome(
    await joinCloud({
      token,
      identity: mesh.identity,
      request: {
        nodeId,
        name,
        addresses: mesh.host.addresses().slice(0, 8),
        version,
        protocol: PROTOCOL,
        certificateRequest: null,
      },
      clock: now,
    }),
  );
  await keepWelcome(dataDir, welcome);
  return welcome;
}
