/** Lets members in, and nobody else. Strangers knock at another door (`join/door.ts`), which shares nothing with this one. */
import type { ConnectionGater } from '@libp2p/interface';
import type { MembershipView } from '../membership/view.ts';
import { PENDING_PER_ADDRESS } from './limits.ts';
import { AddressShares } from './shares.ts';

/**
 * Asked after the handshake has proved the peer id, in either direction.
 * @param onStranger told of each that was turned away, for the counters
 */
export function memberGater(view: MembershipView, onStranger: (peerId: string) => void): ConnectionGater {
  const handshakes = new AddressShares(PENDING_PER_ADDRESS);
  const isStranger = (peer: { toString(): string }) => view.byPeer(peer.toString()) === undefined;
  const turnAway = (peer: { toString(): string }) => {
    if (!isStranger(peer)) return false;
    onStranger(peer.toString());
    return true;
  };
  return {
    denyDialPeer: isStranger,
    denyOutboundEncryptedConnection: turnAway,
    denyInboundConnection: (connection) => !handshakes.take(connection),
    denyInboundEncryptedConnection: (peer, connection) => {
      handshakes.release(connection);
      return turnAway(peer);
    },
    filterMultiaddrForPeer: (peer) => !isStranger(peer),
    // Relays are not used: whoever is reached over one was not asked for.
    denyInboundRelayReservation: () => true,
    denyOutboundRelayedConnection: () => true,
    denyInboundRelayedConnection: () => true,
  };
}
