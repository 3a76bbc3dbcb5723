/** What an address is for: a file may come from the web, and from one's own network only where an admin allows it. */
import { isIPv4, isIPv6 } from 'node:net';

export type AddressKind = 'public' | 'private' | 'loopback' | 'link-local' | 'reserved';

type Block = readonly [string, number, AddressKind];

/** IANA's special-purpose registry; what is not in it is public. */
const V4: readonly Block[] = [
  ['0.0.0.0', 8, 'reserved'],
  ['10.0.0.0', 8, 'private'],
  ['100.64.0.0', 10, 'private'],
  ['127.0.0.0', 8, 'loopback'],
  ['169.254.0.0', 16, 'link-local'],
  ['172.16.0.0', 12, 'private'],
  ['192.0.0.0', 24, 'reserved'],
  ['192.0.2.0', 24, 'reserved'],
  ['192.88.99.0', 24, 'reserved'],
  ['192.168.0.0', 16, 'private'],
  ['198.18.0.0', 15, 'private'],
  ['198.51.100.0', 24, 'reserved'],
  ['203.0.113.0', 24, 'reserved'],
  ['224.0.0.0', 3, 'reserved'],
];
const V6: readonly Block[] = [
  ['::1', 128, 'loopback'],
  ['64:ff9b:1::', 48, 'private'],
  ['100::', 64, 'reserved'],
  ['2001::', 23, 'reserved'],
  ['2001:db8::', 32, 'reserved'],
  ['3fff::', 20, 'reserved'],
  ['5f00::', 16, 'reserved'],
  ['fc00::', 7, 'private'],
  ['fe80::', 10, 'link-local'],
  ['fec0::', 10, 'private'],
  ['ff00::', 8, 'reserved'],
];
/** An IPv4 address inside: mapped, compatible, translated, 6to4. The bits before it, and how far from the right end it stands. */
const WITH_V4: readonly (readonly [string, number, bigint])[] = [
  ['::ffff:0:0', 96, 0n],
  ['64:ff9b::', 96, 0n],
  ['2002::', 16, 80n],
  ['::', 96, 0n],
];

/** `reserved` for what is no address at all. */
export function kindOfAddress(address: string): AddressKind {
  const bare = address.replace(/%.*$/, '');
  if (isIPv4(bare)) return kindOfV4(valueOfV4(bare));
  return isIPv6(bare) ? kindOfV6(valueOfV6(bare)) : 'reserved';
}

function kindOfV4(value: bigint): AddressKind {
  const block = V4.find(([base, bits]) => isWithin(value, valueOfV4(base), 32 - bits));
  return block?.[2] ?? 'public';
}

function kindOfV6(value: bigint): AddressKind {
  const block = V6.find(([base, bits]) => isWithin(value, valueOfV6(base), 128 - bits));
  if (block) return block[2];
  const inside = WITH_V4.find(([base, bits]) => isWithin(value, valueOfV6(base), 128 - bits));
  return inside ? kindOfV4((value >> inside[2]) & 0xffff_ffffn) : 'public';
}

function isWithin(value: bigint, base: bigint, free: number): boolean {
  return value >> BigInt(free) === base >> BigInt(free);
}

function valueOfV4(address: string): bigint {
  return address.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function valueOfV6(address: string): bigint {
  const tail = /\d+\.\d+\.\d+\.\d+$/.exec(address)?.[0];
  const groupsOf = (text: string) =>
    text === '' ? [] : text.split(':').map((group) => BigInt(`0x${group}`));
  const v4 = tail === undefined ? [] : [valueOfV4(tail) >> 16n, valueOfV4(tail) & 0xffffn];
  const hex = tail === undefined ? address : address.slice(0, -tail.length).replace(/([^:]):$/, '$1');
  const [left = '', right] = hex.split('::');
  const [before, after] = [groupsOf(left), [...groupsOf(right ?? ''), ...v4]];
  const zeros = right === undefined ? 0 : 8 - before.length - after.length;
  const all =
    right === undefined ? [...before, ...v4] : [...before, ...Array<bigint>(zeros).fill(0n), ...after];
  return all.reduce((value, group) => (value << 16n) | group, 0n);
}
