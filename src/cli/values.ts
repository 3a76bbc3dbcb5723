/** Values as people type them: durations, addresses, ports, numbers. Each parser refuses with a sentence (exit 2). */
import { isIP } from 'node:net';
import { InvalidArgumentError } from 'commander';

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
/** Nobody waits for a command longer than this. */
const MAX_MS = 7 * 24 * UNIT_MS.h;

function unitMs(unit: string): number {
  if (unit === 'ms' || unit === 'm' || unit === 'h') return UNIT_MS[unit];
  return UNIT_MS.s;
}

/** "90s", "10m", "1h", "500ms"; a bare number counts seconds. In ms. */
export function parseDuration(text: string): number {
  const ms = durationMs(text);
  if (ms >= 1 && ms <= MAX_MS) return ms;
  throw new InvalidArgumentError('Write a time as 90s, 10m or 1h; at most 168h.');
}

/** How long a join token is valid, from a minute to 30 days. In ms. */
export function parseLongTime(text: string): number {
  const ms = durationMs(text);
  if (ms >= UNIT_MS.m && ms <= 30 * 24 * UNIT_MS.h) return ms;
  throw new InvalidArgumentError('Write a time as 30m or 3h; from 1m to 720h.');
}

/** A deadline for VMs to end by: "10m"; 0 stands for now. In ms. */
export function parseDeadline(text: string): number {
  const ms = text.trim() === '0' ? 0 : durationMs(text);
  if (ms === 0 || (ms >= UNIT_MS.s && ms <= MAX_MS)) return ms;
  throw new InvalidArgumentError('Write a time as 90s, 10m or 1h; 0 for now, at most 168h.');
}

function durationMs(text: string): number {
  const found = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim());
  return found ? Math.round(Number(found[1]) * unitMs(found[2] ?? 's')) : Number.NaN;
}

/** A whole number within bounds. */
export function parseWhole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Write a whole number from ${min} to ${max}.`);
  };
}

/** A whole number up to `max`, or the word that stands for no limit of its own, as it is: commander takes a null for nothing. */
export function parseLimit(none: string, max: number): (text: string) => number | string {
  return (text) => {
    if (text === none) return none;
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value <= max) return value;
    throw new InvalidArgumentError(`Write a whole number from 0 to ${max}, or "${none}".`);
  };
}

/** What `parseLimit` read. */
export function limitOf(given: number | string): number | null {
  return typeof given === 'number' ? given : null;
}

/** A number as it was typed, for the cloud to judge: what is none goes to it as it stands, and is refused in its words. */
export function amountOf(text: string): number | string {
  return /^-?\d{1,15}(\.\d{1,15})?$/.test(text.trim()) ? Number(text) : text;
}

/** A port: 1 to 65535, or 0 for any free one. */
export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a number from 1 to 65535, or 0 for any free one.');
}

/** Where a service listens. */
export interface ListenAddress {
  /** An IP address; 0.0.0.0 and :: stand for all of this PC's. */
  readonly host: string;
  readonly port: number;
}

/** "0.0.0.0:8443", "[::]:8443", ":8443", "192.168.1.5:0". */
export function parseAddress(text: string): ListenAddress {
  const found = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text.trim());
  if (!found)
    throw new InvalidArgumentError('Write it as ADDRESS:PORT, for example 0.0.0.0:8443 or [::]:8443.');
  const host = found[1] ?? (found[2] || '0.0.0.0');
  if (isIP(host) === 0 && host !== 'localhost') {
    throw new InvalidArgumentError(`"${host}" is no IP address of this PC; 0.0.0.0 stands for all of them.`);
  }
  return { host: host === 'localhost' ? '127.0.0.1' : host, port: parsePort(found[3] ?? '') };
}

/** A host name or IP address, without a port. */
export function parseHost(text: string): string {
  const name = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\.?$/i;
  const bare = text.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) > 0 || name.test(bare)) return bare;
  throw new InvalidArgumentError('Write a host name or an IP address, without a port.');
}

/** A path that is not empty and has no NUL, which no file system takes. */
export function parsePath(text: string): string {
  if (text.trim() === '' || text.includes('\0')) throw new InvalidArgumentError('Write a path.');
  return text;
}

/** What people call things: not empty, on one line. The node checks the rest. */
export function parseName(text: string): string {
  const name = text.trim();
  if (name === '') throw new InvalidArgumentError('A name has at least one character.');
  if (/\p{Cc}/u.test(name)) throw new InvalidArgumentError('A name stands on one line.');
  return name;
}

/** An address of a node: https, or http on the loopback address alone, since a token travels with it. */
export function parseUrl(text: string): string {
  const url = URL.parse(text);
  const local = url !== null && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url === null || !(url.protocol === 'https:' || (url.protocol === 'http:' && local))) {
    throw new InvalidArgumentError('Write it as https://PC:8443 (http is taken on this PC alone).');
  }
  if (url.username || url.password || url.search || url.hash || url.pathname !== '/') {
    throw new InvalidArgumentError('Write only https://PC:PORT, nothing after it.');
  }
  return url.origin;
}
