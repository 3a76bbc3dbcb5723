/** A hostile PC on the same network, for tests: raw sockets, and a libp2p host that keeps none of our rules. */
import type { Connection, Stream } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { doorLibp2p } from '../../src/gossip/host/libp2p.ts';
import { type MeshIdentity, newMeshIdentity } from '../../src/gossip/identity.ts';
import type { Cleanup } from './mesh.ts';

export interface RawSocket {
  /** The other side ended it. */
  isOver: boolean;
  readonly socket: Bun.Socket;
}

/** A TCP connection that says `bytes`, and then nothing. */
export async function rawSocket(
  later: Cleanup,
  port: number,
  bytes?: Uint8Array,
  hostname = '127.0.0.1',
): Promise<RawSocket> {
  const over = () => {
    made.isOver = true;
  };
  const socket = await Bun.connect({
    hostname,
    port,
    socket: { data() {}, close: over, end: over, error: over },
  });
  const made = { isOver: false, socket };
  later(() => socket.terminate());
  if (bytes !== undefined) socket.write(bytes);
  return made;
}

/** Speaks libp2p under any key: no gossipsub, no members' list, no manners. */
export async function hostilePeer(later: Cleanup, identity?: MeshIdentity) {
  const { privateKey, peerId } = identity ?? (await newMeshIdentity());
  const wire = await doorLibp2p({ privateKey, listen: [], maxConnections: 1_000, inboundPerSecond: 1 });
  await wire.start();
  later(() => wire.stop());
  const dial = (address: string): Promise<Connection> =>
    wire.dial(multiaddr(address), { signal: AbortSignal.timeout(10_000), force: true });
  const open = async (address: string, protocol: string): Promise<Stream> => {
    const connection = wire.getConnections()[0] ?? (await dial(address));
    return connection.newStream(protocol, { signal: AbortSignal.timeout(10_000) });
  };
  return { peerId, wire, dial, open };
}

export const portOf = (address: string | undefined): number => Number(address?.split('/').at(-1));
