/** Writes the node's NAT network as libvirt's network XML. */
import { HypervisorError } from '../errors.ts';
import { buildXml } from './xml.ts';

/** 100.64.0.0/10 in networks of 256 addresses. */
const subnets = 16_384;

export interface Subnet {
  gateway: string;
  netmask: string;
  /** First and last address for guests. */
  first: string;
  last: string;
}

/**
 * The addresses of subnet `number` (0 to 16,383, unique per node). They lie in RFC 6598's shared space, which home
 * and campus networks do not use themselves, unlike 10/8, 172.16/12 and 192.168/16.
 */
export function subnetOf(number: number): Subnet {
  if (!Number.isInteger(number) || number < 0 || number >= subnets) {
    throw new HypervisorError('hypervisor.spec', {
      field: 'subnet',
      reason: `${number} is not 0 to ${subnets - 1}`,
    });
  }
  const net = `100.${64 + (number >> 8)}.${number & 255}`;
  // The lowest addresses stay free for what a lab may want to fix.
  return { gateway: `${net}.1`, netmask: '255.255.255.0', first: `${net}.10`, last: `${net}.250` };
}

export function networkXml(name: string, bridge: string, subnet: Subnet): string {
  return buildXml({
    network: {
      name,
      bridge: { '@name': bridge, '@stp': 'off', '@delay': 0 },
      forward: { '@mode': 'nat' },
      ip: {
        '@address': subnet.gateway,
        '@netmask': subnet.netmask,
        dhcp: { range: { '@start': subnet.first, '@end': subnet.last } },
      },
    },
  });
}
