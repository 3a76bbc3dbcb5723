/** Where the pages of the node that a command talks to are. */
import { runningNode } from './run-file.ts';
import type { Session } from './session.ts';

/** On this PC the plain address is better: it meets no certificate warning. */
export function pageAddress(session: Session): string {
  const { door } = session.client;
  if (door.kind === 'remote') return door.url;
  const run = runningNode(door.data);
  return (run?.local ?? run?.web ?? 'https://localhost:8443').replace(/\/$/, '');
}
