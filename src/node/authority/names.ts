/** The names that a node's certificate carries, and which of them may be asked for. */
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { hostNameOf } from '../../gossip/index.ts';
import { isUlid } from '../../state/index.ts';
import { ownAddresses } from '../host/addresses.ts';

/** As many names as a PC with many networks has. */
const MAX_OWN_NAMES = 50;
/** Of one request: a node's own, and those that somebody who knows it adds. */
export const MAX_NAMES = 64;
const DNS_NAME =
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/;

const isName = (name: string) => DNS_NAME.test(name) || isIP(name) > 0;
/** By such a name nodes know one another (`hostNameOf`), so a PC whose host name looks like one may not use it. */
const isNodeName = (name: string) => isUlid(name.toUpperCase());

/** Every name under which this PC may be asked for: how other nodes call it first, localhost among the rest. */
export function namesOf(nodeId: string, given: readonly string[]): string[] {
  const addresses = ownAddresses()
    .filter((one) => !one.address.startsWith('fe80')) // link-local: no browser can ask for it without a zone
    .map((one) => one.address);
  const names = [...given, hostname(), 'localhost', '127.0.0.1', '::1', ...addresses]
    .map((name) => name.toLowerCase())
    .filter((name) => isName(name) && !isNodeName(name));
  return [hostNameOf(nodeId), ...[...new Set(names)].slice(0, MAX_OWN_NAMES)];
}

/** What a certificate of this node may be given of the names asked for: all of them, or why not. */
export function grantedNames(
  nodeId: string,
  asked: readonly string[],
): { readonly names: string[] } | { readonly refused: string } {
  const own = hostNameOf(nodeId);
  const names = [...new Set([own, ...asked.map((name) => name.toLowerCase())])];
  if (names.length > MAX_NAMES) return { refused: `more than ${MAX_NAMES} names` };
  const bad = names.find((name) => !isName(name));
  if (bad !== undefined) return { refused: `"${bad.slice(0, 100)}" is no host name and no address` };
  const foreign = names.find((name) => name !== own && isNodeName(name));
  return foreign === undefined ? { names } : { refused: `"${foreign}" is the name of another node` };
}
