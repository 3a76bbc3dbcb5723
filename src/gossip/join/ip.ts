/** IP addresses as bytes and back. Checked by the caller to be addresses (`node:net`). */
import { isIPv4 } from 'node:net';

export function ipBytes(ip: string): number[] {
  if (isIPv4(ip)) return ip.split('.').map(Number);
  const plain = (ip.split('%')[0] ?? '').replace(/\d+\.\d+\.\d+\.\d+$/, asGroups);
  const [left, right = []] = plain.split('::').map(groupsOf);
  const all = [...(left ?? []), ...Array<number>(8 - (left?.length ?? 0) - right.length).fill(0), ...right];
  return all.flatMap((group) => [group >> 8, group & 255]);
}

/** In the shortest form (RFC 5952), as Bun's URL parser writes it. */
export function ipText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, n) =>
    ((bytes[2 * n] ?? 0) * 256 + (bytes[2 * n + 1] ?? 0)).toString(16),
  );
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

function groupsOf(part: string): number[] {
  return part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
}

/** `1.2.3.4` at the end of an IPv6 address stands for its last two groups. */
function asGroups(dotted: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split('.').map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}
