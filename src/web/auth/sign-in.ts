/** Signing in and out, and passwords: used by pages and API alike. */
import { LabmeshError, setting, type User } from '../../state/index.ts';
import { authorOf, personOf, type WebContext } from '../env.ts';
import { WebError } from '../errors.ts';
import { dropSessionCookie, setSessionCookie } from './cookies.ts';
import { hashPassword, needGoodPassword, verifyPassword } from './passwords.ts';
import { csrfToken, hashSecret, newSecret } from './secrets.ts';

/**
 * Signs in a browser: opens a session and sets its cookie. Whoever was signed in there before is signed out.
 * @returns the person (who may have to change the password first: `mustChangePassword`) and the CSRF token of the session
 * @throws WebError `web.sign_in`, `web.sign_in_limit`, `web.busy`, or a LabmeshError of the log
 */
export async function signIn(
  c: WebContext,
  name: string,
  password: string,
): Promise<{ user: User; csrf: string }> {
  const { node, services, connection, visitor } = c.var;
  const { address } = connection;
  const user = node.state.tables.user.one('name', name.trim().toLowerCase());
  try {
    services.attempts.begin(name, address, node.now());
    if (!(await verifyPassword(password, user?.passwordHash ?? null)) || !user)
      throw new WebError('web.sign_in', {});
  } catch (error) {
    if (error instanceof WebError && error.code !== 'web.busy') noteRefusal(c, user, error.code);
    throw error;
  }
  services.attempts.succeeded(name, address);
  const former = visitor.kind === 'person' && visitor.session.kind === 'web' ? visitor : null;
  if (former) {
    const author = { kind: 'user', id: former.user.id, from: address } as const;
    await node.submit('session.close', { id: former.session.id }, author);
  }
  const secret = newSecret();
  const hours = setting(node.state, 'session.hours');
  await node.submit(
    'session.open',
    { id: node.newId(), kind: 'web', userId: user.id, secretHash: hashSecret(secret), label: '', hours },
    { kind: 'user', id: user.id, from: address },
  );
  setSessionCookie(c, secret, hours);
  return { user, csrf: csrfToken(secret) };
}

/** Not waited for: the answer must take as long for a name that exists as for one that does not, and does not need the log. */
function noteRefusal(c: WebContext, user: User | undefined, code: string): void {
  const { node, services, connection } = c.var;
  const from = connection.address.slice(0, 64);
  const userId = user?.id ?? null;
  services.logger.warn('sign-in refused', { address: from, code });
  if (!services.refusals.isNews(userId, from, code, node.now())) return;
  node
    .submit('session.refused', { userId, from, code }, { kind: 'node', nodeId: node.me.nodeId })
    .catch((error: unknown) =>
      services.logger.warn('a refused sign-in is not in the audit log', { error: String(error) }),
    );
}

/** Signs the browser out; without a session it only drops the cookie. */
export async function signOut(c: WebContext): Promise<void> {
  const { node, visitor } = c.var;
  if (visitor.kind === 'person') await node.submit('session.close', { id: visitor.session.id }, authorOf(c));
  dropSessionCookie(c);
}

/**
 * Changes one's own password. Every other session of the person ends.
 * @throws WebError `web.password` (the present one is wrong), `web.password_*`, `web.sign_in_limit`
 */
export async function changePassword(c: WebContext, current: string, next: string): Promise<void> {
  const { node, services, connection } = c.var;
  const { user, session } = personOf(c);
  // Somebody at an unlocked screen may guess the present password no faster than at the sign-in.
  services.attempts.begin(user.name, connection.address, node.now());
  if (!(await verifyPassword(current, user.passwordHash))) throw new WebError('web.password', {});
  services.attempts.succeeded(user.name, connection.address);
  needGoodPassword(next, user.name);
  if (current === next) throw new WebError('web.password_same', {});
  const passwordHash = await hashPassword(next);
  await node.submit(
    'user.set_password',
    { id: user.id, passwordHash, mustChangePassword: false, keepSessionId: session.id },
    authorOf(c),
  );
}

/** Paths that stay open to those who must change their password first. */
const OPEN_TO_NEWCOMERS: readonly RegExp[] = [
  /^\/api\/v1\/(me(\/password)?|session|openapi\.json)$/,
  /^\/(static|password|sign-in|sign-out|language)(\/|$)/,
];

/** @throws WebError `access.must_change_password` */
export function needOwnPassword(c: WebContext): void {
  const { visitor } = c.var;
  if (visitor.kind !== 'person' || !visitor.user.mustChangePassword) return;
  if (OPEN_TO_NEWCOMERS.some((pattern) => pattern.test(c.req.path))) return;
  throw new WebError('access.must_change_password', {});
}

/** @throws LabmeshError `access.signed_out` */
export function needVisitor(c: WebContext): void {
  if (c.var.visitor.kind === 'anonymous') throw new LabmeshError('access.signed_out');
}
