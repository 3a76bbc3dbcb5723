/** Why a host cannot listen, in our terms: libp2p's own message is advice on its settings, with a stack trace in it. */
import { GossipError, reasonOf } from '../errors.ts';

const CAUSES = {
  EADDRINUSE: 'in_use',
  EADDRNOTAVAIL: 'not_ours',
  EACCES: 'not_allowed',
  EPERM: 'not_allowed',
} as const;

/** @param listen multiaddrs, e.g. `/ip4/0.0.0.0/tcp/7946` */
export function cannotListen(listen: readonly string[], error: unknown): GossipError<'mesh.listen'> {
  const text = error instanceof Error ? error.message : reasonOf(error);
  const reason = Object.entries(CAUSES).find(([code]) => text.includes(code))?.[1] ?? 'unknown';
  return new GossipError('mesh.listen', { addresses: listen.map(plain), reason }, { cause: error });
}

/** As people write it: `10.0.0.5:7946`, `[fd00::1]:7946`. */
function plain(address: string): string {
  const [, kind, host, , port] = address.split('/');
  if (host === undefined || port === undefined) return address;
  return kind === 'ip6' ? `[${host}]:${port}` : `${host}:${port}`;
}
