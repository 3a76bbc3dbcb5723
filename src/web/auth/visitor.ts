/** Finds out who asks. */
import type { NodeServices } from '../../node/interface.ts';
import { LabmeshError, type Language, type Session } from '../../state/index.ts';
import type { Visitor, WebContext } from '../env.ts';
import { readSessionCookie } from './cookies.ts';
import { csrfToken, hashSecret, isSecret } from './secrets.ts';

const ANONYMOUS: Visitor = { kind: 'anonymous' };

/**
 * The visitor of a request and the CSRF token of a browser's session.
 * @throws LabmeshError `access.signed_out` for a bearer token that is not valid: a script that has one means to use it
 */
export function findVisitor(c: WebContext): { visitor: Visitor; csrf: string } {
  const node = c.get('node');
  if (c.get('connection').door === 'control') return { visitor: { kind: 'local' }, csrf: '' };
  const header = c.req.header('authorization');
  if (header !== undefined) {
    const secret = /^bearer +(\S{1,100})$/i.exec(header)?.[1] ?? '';
    const visitor = isSecret(secret) ? visitorOf(node, hashSecret(secret), 'api') : ANONYMOUS;
    if (visitor.kind === 'anonymous') throw new LabmeshError('access.signed_out');
    return { visitor, csrf: '' };
  }
  const secret = readSessionCookie(c);
  if (secret === null) return { visitor: ANONYMOUS, csrf: '' };
  const visitor = visitorOf(node, hashSecret(secret), 'web');
  return { visitor, csrf: visitor.kind === 'person' ? csrfToken(secret) : '' };
}

function visitorOf(node: NodeServices, secretHash: string, kind: Session['kind']): Visitor {
  const session = node.state.tables.session.one('secret', secretHash);
  if (session?.kind !== kind || isOver(node, session)) return ANONYMOUS;
  const user = node.state.tables.user.get(session.userId);
  return user ? { kind: 'person', user, session } : ANONYMOUS;
}

/** The visitor as the state knows them now: for what stays open while roles change and sessions end. */
export function currentVisitor(node: NodeServices, visitor: Visitor): Visitor {
  if (visitor.kind !== 'person') return visitor;
  const session = node.state.tables.session.get(visitor.session.id);
  if (!session || isOver(node, session)) return ANONYMOUS;
  const user = node.state.tables.user.get(session.userId);
  return user ? { kind: 'person', user, session } : ANONYMOUS;
}

/** The newer of both clocks decides: a PC's clock that is set back does not prolong a session. */
function isOver(node: NodeServices, session: Session): boolean {
  return session.expiresAt <= Math.max(node.now(), node.state.now);
}

/** The person's language, else the first of the browser's that we have, else English. */
export function languageOf(c: WebContext, visitor: Visitor): Language {
  if (visitor.kind === 'person' && visitor.user.language !== null) return visitor.user.language;
  const wanted = (c.req.header('accept-language') ?? '').slice(0, 200).toLowerCase().split(',');
  for (const tag of wanted) {
    const code = tag.trim().slice(0, 2);
    if (code === 'en' || code === 'es') return code;
  }
  return 'en';
}
