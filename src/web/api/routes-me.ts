/** The one who asks: session, account, password, tokens. */
import * as z from 'zod';
import { Refusal } from '../../state/index.ts';
import { createToken, tokensOf } from '../actions/index.ts';
import { changePassword, signIn, signOut } from '../auth/index.ts';
import { personOf, type WebContext } from '../env.ts';
import { route } from './route.ts';
import { tokenSchema, userSchema } from './schemas-people.ts';
import { readerOf, userView } from './views.ts';

const meSchema = z.object({
  user: userSchema.nullable().describe('null for root on this PC'),
  role: z.enum(['student', 'teacher', 'admin']),
  mustChangePassword: z.boolean(),
  session: z.object({ id: z.string(), kind: z.enum(['web', 'api']), expiresAt: z.number() }).nullable(),
  csrf: z.string().describe('for the header `x-csrf-token` of a browser’s changes'),
  unread: z.number().describe('messages not read yet'),
});

function meView(c: WebContext) {
  const { visitor, csrf, node } = c.var;
  if (visitor.kind !== 'person') {
    return { user: null, role: 'admin' as const, mustChangePassword: false, session: null, csrf, unread: 0 };
  }
  // As the state has it now: the request may just have changed it.
  const user = node.state.tables.user.get(visitor.user.id) ?? visitor.user;
  const { id, kind, expiresAt } = visitor.session;
  return {
    user: userView(readerOf(c, user), user),
    role: user.role,
    mustChangePassword: user.mustChangePassword,
    session: { id, kind, expiresAt },
    csrf,
    unread: node.state.tables.notification.countBy('unread', user.id),
  };
}

export const meRoutes = [
  route({
    method: 'POST',
    path: '/session',
    summary: 'Sign a browser in: sets the session’s cookie',
    who: 'anyone',
    body: z.strictObject({ name: z.string().max(64), password: z.string().max(1024) }),
    answer: z.object({ name: z.string(), mustChangePassword: z.boolean(), csrf: z.string() }),
    status: 201,
    run: async ({ c, body }) => {
      const { user, csrf } = await signIn(c, body.name, body.password);
      return { name: user.name, mustChangePassword: user.mustChangePassword, csrf };
    },
  }),
  route({
    method: 'DELETE',
    path: '/session',
    summary: 'Sign out; with a token, give the token up',
    who: 'anyone',
    run: async ({ c }) => {
      await signOut(c);
      return c.body(null, 204);
    },
  }),
  route({
    method: 'GET',
    path: '/me',
    summary: 'Who asks',
    who: 'person',
    answer: meSchema,
    run: ({ c }) => meView(c),
  }),
  route({
    method: 'PATCH',
    path: '/me',
    summary: 'Change one’s own full name or language',
    who: 'person',
    body: z.strictObject({
      fullName: z.string().max(120).optional(),
      language: z.enum(['en', 'es']).nullable().optional(),
    }),
    answer: meSchema,
    run: async ({ c, node, author, body, once }) => {
      const { user } = personOf(c);
      await node.submit('user.update', { id: user.id, ...body }, author, once('user.update'));
      return meView(c);
    },
  }),
  route({
    method: 'POST',
    path: '/me/password',
    summary: 'Change one’s own password; every other session ends',
    who: 'person',
    body: z.strictObject({ current: z.string().max(1024), password: z.string().max(1024) }),
    run: async ({ c, body }) => {
      await changePassword(c, body.current, body.password);
      return c.body(null, 204);
    },
  }),
  route({
    method: 'GET',
    path: '/me/tokens',
    summary: 'One’s own API tokens',
    who: 'person',
    answer: z.array(tokenSchema),
    run: ({ c, node }) =>
      tokensOf(node, personOf(c).user.id).map(({ id, label, createdAt, expiresAt }) => ({
        id,
        label,
        createdAt,
        expiresAt,
      })),
  }),
  route({
    method: 'POST',
    path: '/me/tokens',
    summary: 'Make an API token; it is told once',
    who: 'person',
    body: z.strictObject({
      label: z.string().trim().min(1).max(120),
      hours: z.number().positive().max(8784).default(2160).describe('how long it is valid; 90 days'),
    }),
    answer: z.object({ id: z.string(), token: z.string() }),
    status: 201,
    run: async ({ c, node, author, body }) => {
      const { user } = personOf(c);
      const { id, secret } = await createToken(node, author, user.id, body.label, body.hours);
      return { id, token: secret };
    },
  }),
  route({
    method: 'DELETE',
    path: '/me/tokens/{id}',
    summary: 'Give an API token up',
    who: 'person',
    run: async ({ c, node, author, param }) => {
      const { user } = personOf(c);
      const id = param('id').toUpperCase();
      const token = tokensOf(node, user.id).find((one) => one.id === id);
      if (!token) throw new Refusal('not_found', { kind: 'session', id: id.slice(0, 80) });
      await node.submit('session.close', { id }, author);
      return c.body(null, 204);
    },
  }),
];
