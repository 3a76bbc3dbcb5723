/** API tokens: for scripts, in the name of a person. */
import type { NodeServices } from '../../node/interface.ts';
import type { Author, Session } from '../../state/index.ts';
import { hashSecret, newSecret } from '../auth/secrets.ts';

/** Opens a token. Its secret is shown once and kept nowhere. */
export async function createToken(
  node: NodeServices,
  author: Author,
  userId: string,
  label: string,
  hours: number,
): Promise<{ id: string; secret: string }> {
  const secret = newSecret();
  const id = node.newId();
  await node.submit(
    'session.open',
    { id, kind: 'api', userId, secretHash: hashSecret(secret), label, hours },
    author,
  );
  return { id, secret };
}

/** A person's tokens that are still valid, oldest first. */
export function tokensOf(node: NodeServices, userId: string): Session[] {
  const now = Math.max(node.now(), node.state.now);
  return node.state.tables.session
    .by('user', userId)
    .filter((one) => one.kind === 'api' && one.expiresAt > now);
}
