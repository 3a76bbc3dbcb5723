/**
 * Why a console's WebSocket was closed: the close code for programs, the reason for people who look at the protocol. The page may try
 * again after 4000, 4005 and 1006 (the network); after the others it must not without being asked.
 */
export const CLOSE = {
  /** The VM's screen ended: it stopped, was suspended or moved. */
  screenEnded: [4000, 'screen-ended'],
  signedOut: [4001, 'signed-out'],
  /** The person may not use the VM any more. */
  forbidden: [4003, 'forbidden'],
  vmDeleted: [4004, 'vm-deleted'],
  nodeStopping: [4005, 'node-stopping'],
  /** The client reads or writes against the protocol. */
  protocol: [4006, 'protocol'],
  /** The VM takes nothing in any more. */
  overflow: [4007, 'overflow'],
} as const satisfies Record<string, readonly [number, string]>;

export type CloseReason = keyof typeof CLOSE;
