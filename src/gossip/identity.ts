/** The key that names this node in the mesh: made at its first start, kept in the data folder, readable by its owner alone. */
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys';
import type { Ed25519PrivateKey } from '@libp2p/interface';
import * as z from 'zod';
import { GossipError, reasonOf } from './errors.ts';

const FILE = 'mesh.json';
const fileSchema = z.object({ format: z.literal(1), key: z.base64().max(1_000) });

export interface MeshIdentity {
  readonly privateKey: Ed25519PrivateKey;
  /** libp2p's name of the public key (`12D3Koo…`), by which the gater knows members. */
  readonly peerId: string;
}

/**
 * Reads the identity, or makes one.
 * @throws GossipError `mesh.identity_damaged` when the file cannot be read or written, or holds something else. No new key is made then:
 *   the cloud would take this node for a stranger.
 */
export async function openMeshIdentity(dataDir: string): Promise<MeshIdentity> {
  const file = join(dataDir, FILE);
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o711 });
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (text === null) return await make(file);
    await chmod(file, 0o600); // a copy made by hand may have been opened to others
    return parse(text);
  } catch (error) {
    throw new GossipError('mesh.identity_damaged', { file, reason: reasonOf(error) }, { cause: error });
  }
}

/** A key that is kept nowhere: for tests, and for a PC that only knocks at the cloud's door. */
export async function newMeshIdentity(): Promise<MeshIdentity> {
  const privateKey = await generateKeyPair('Ed25519');
  return { privateKey, peerId: privateKey.publicKey.toString() };
}

async function make(file: string): Promise<MeshIdentity> {
  const identity = await newMeshIdentity();
  const key = Buffer.from(privateKeyToProtobuf(identity.privateKey)).toString('base64');
  await writeFile(`${file}.new`, `${JSON.stringify({ format: 1, key })}\n`, { mode: 0o600, flush: true });
  await chmod(`${file}.new`, 0o600); // one left over from before would keep its own mode
  await rename(`${file}.new`, file);
  return identity;
}

function parse(text: string): MeshIdentity {
  const { key } = fileSchema.parse(JSON.parse(text));
  const privateKey = privateKeyFromProtobuf(Buffer.from(key, 'base64'));
  if (privateKey.type !== 'Ed25519') throw new Error(`a key of type ${privateKey.type}`);
  return { privateKey, peerId: privateKey.publicKey.toString() };
}
