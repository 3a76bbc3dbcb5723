/** Signed-in browsers and API tokens. The door checks the password; the log keeps only the secret's hash. */
import * as z from 'zod';
import { define } from '../definition.ts';
import { idSchema } from '../ids.ts';
import { Refusal } from '../refusals.ts';

/** Browsers and tokens one person may have at once: enough for every room, too few to fill the state. */
const MAX_SESSIONS = 50;

/** An API token is asked to be renewed at least once a year. */
const MAX_HOURS = 366 * 24;

export const sessionOpen = define(
  z.object({
    id: idSchema,
    kind: z.enum(['web', 'api']),
    userId: idSchema,
    secretHash: z.string().regex(/^[0-9a-f]{64}$/),
    label: z.string().trim().max(120),
    hours: z.number().positive().max(MAX_HOURS),
  }),
  (context, { hours, ...session }) => {
    const own = context.author.kind === 'user' && context.author.id === session.userId;
    if (!own) context.needAdmin();
    const user = context.need('user', session.userId);
    const { session: sessions } = context.state.tables;
    for (const old of sessions.by('user', user.id)) {
      if (old.expiresAt <= context.now) context.remove('session', old.id);
    }
    const ids = sessions.idsBy('user', user.id);
    for (const old of ids.slice(0, Math.max(0, ids.length + 1 - MAX_SESSIONS)))
      context.remove('session', old);
    context.put('session', {
      ...session,
      createdAt: context.now,
      expiresAt: context.now + hours * 3_600_000,
    });
    return { target: { kind: 'session', id: session.id, name: session.label || user.name } };
  },
);

export const sessionClose = define(z.object({ id: idSchema }), (context, { id }) => {
  const session = context.need('session', id);
  const own = context.author.kind === 'user' && context.author.id === session.userId;
  // Another's session is as unknown as none: ids of sessions are nobody else's business.
  if (!own && !context.isAdmin()) throw new Refusal('not_found', { kind: 'session', id });
  context.remove('session', id);
  return { target: { kind: 'session', id, name: session.label } };
});

/**
 * A node says that somebody was not let in, for the audit log alone. Which name a stranger typed is not kept: it may be a password in
 * the wrong field. How often this is said is bounded at the door.
 */
export const sessionRefused = define(
  z.object({
    /** The account that was tried; null where there is none of that name. */
    userId: idSchema.nullable(),
    /** Network address of who tried. */
    from: z.string().max(64),
    /** The refusal's code. */
    code: z.string().max(64),
  }),
  (context, { userId, from, code }) => {
    context.needNode();
    const name = userId === null ? undefined : context.state.tables.user.get(userId)?.name;
    const author = { kind: 'user', id: name === undefined ? '' : (userId ?? ''), name: name ?? '' };
    context.audit({ author, from, action: 'session.open', target: null, outcome: code });
    return {};
  },
);
