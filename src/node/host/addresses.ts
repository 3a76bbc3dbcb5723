/** Where this PC is, as others see it. */
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { isGuestBridge } from '../../hypervisor/index.ts';

/**
 * The addresses of this PC's networks. That of the bridge for its guests is none: nobody reaches the PC there, and it comes with the
 * first VM, when a certificate for one more address would be made for nothing.
 */
export function ownAddresses(networks = networkInterfaces()): readonly NetworkInterfaceInfo[] {
  return Object.entries(networks).flatMap(([name, addresses = []]) => (isGuestBridge(name) ? [] : addresses));
}
