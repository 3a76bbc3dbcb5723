import { expect, test } from 'bun:test';
import type { NetworkInterfaceInfo } from 'node:os';
import { bridgeName } from '../../../src/hypervisor/names.ts';
import { ownAddresses } from '../../../src/node/index.ts';

const at = (address: string): NetworkInterfaceInfo => ({
  address,
  netmask: '255.255.255.0',
  family: 'IPv4',
  mac: '02:00:00:00:00:01',
  internal: false,
  cidr: `${address}/24`,
});

test('C2 the bridge of this PC’s guests is no address of the PC: its first VM asks for no other certificate', () => {
  const lan = { eth0: [at('192.0.2.7')], wlan0: [at('198.51.100.7')] };
  const before = ownAddresses(lan);
  expect(before.map(({ address }) => address)).toEqual(['192.0.2.7', '198.51.100.7']);
  expect(ownAddresses({ [bridgeName('cloud')]: [at('10.90.1.1')], ...lan })).toEqual(before);
});
