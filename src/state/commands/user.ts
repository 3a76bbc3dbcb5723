/** People: accounts, passwords, roles. */
import * as z from 'zod';
import { type Context, needFreeName, refTo } from '../context.ts';
import { define } from '../definition.ts';
import { newUser, type User } from '../entities/index.ts';
import { languageField, passwordHashField, roleField, userNameField } from '../fields.ts';
import { idSchema } from '../ids.ts';
import { Refusal } from '../refusals.ts';
import { cancelAll } from '../reservations.ts';

const fullNameField = z
  .string()
  .trim()
  .max(120)
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]*$/u);

export const userAdd = define(
  z.object({
    id: idSchema,
    name: userNameField,
    fullName: fullNameField,
    role: roleField,
    passwordHash: passwordHashField,
    mustChangePassword: z.boolean(),
  }),
  (context, user) => {
    context.needAdmin();
    needFreeName(context, 'user', user.name);
    context.put('user', {
      ...user,
      ...newUser,
      fullName: user.fullName || user.name,
      language: null,
      createdAt: context.now,
    });
    return { target: refTo('user', user) };
  },
);

/** Bounds as in the settings `quota.…`. */
const quotaField = z.object({
  vms: z.int().min(0).max(1000).nullable(),
  running: z.int().min(0).max(1000).nullable(),
  vcpus: z.int().min(0).max(10_000).nullable(),
  ramMiB: z.int().min(0).max(67_108_864).nullable(),
  diskGiB: z.int().min(0).max(1_048_576).nullable(),
});

/** Changes the full name or language of oneself; an admin changes anybody's, and roles. */
export const userUpdate = define(
  z.object({
    id: idSchema,
    fullName: fullNameField.min(1).optional(),
    role: roleField.optional(),
    language: languageField.nullable().optional(),
    /** Limits of this person's own (admins); null: those of the role. */
    quota: quotaField.nullable().optional(),
  }),
  (context, { id, fullName, role, language, quota }) => {
    needSelfOrAdmin(context, id);
    const user = context.need('user', id);
    if (quota !== undefined) context.needAdmin();
    if (role !== undefined && role !== user.role) {
      context.needAdmin();
      if (user.role === 'admin') needAnotherAdmin(context, user);
    }
    context.put('user', {
      ...user,
      fullName: fullName ?? user.fullName,
      role: role ?? user.role,
      language: language === undefined ? user.language : language,
      quota: quota === undefined ? user.quota : quota,
    });
    return { target: refTo('user', user) };
  },
);

/** Sets a password; every other session of the person ends. */
export const userSetPassword = define(
  z.object({
    id: idSchema,
    passwordHash: passwordHashField,
    mustChangePassword: z.boolean(),
    /** The session in which the person sits, which goes on. */
    keepSessionId: idSchema.nullable(),
  }),
  (context, { id, passwordHash, mustChangePassword, keepSessionId }) => {
    needSelfOrAdmin(context, id);
    const user = context.need('user', id);
    context.put('user', { ...user, passwordHash, mustChangePassword });
    for (const session of context.state.tables.session.by('user', id)) {
      if (session.id !== keepSessionId) context.remove('session', session.id);
    }
    return { target: refTo('user', user) };
  },
);

/** Removes an account that owns no VM; its places in courses become free. */
export const userRemove = define(z.object({ id: idSchema }), (context, { id }) => {
  context.needAdmin();
  const user = context.need('user', id);
  if (user.role === 'admin') needAnotherAdmin(context, user);
  const { vm, enrolment, session, course, notification } = context.state.tables;
  const count = vm.countBy('owner', id);
  if (count > 0) throw new Refusal('user.has_vms', { name: user.name, count });
  for (const one of enrolment.by('user', id)) context.remove('enrolment', one.id);
  for (const one of session.by('user', id)) context.remove('session', one.id);
  const { reservation } = context.state.tables;
  cancelAll(context, [...reservation.by('owner', id), ...reservation.by('user', id)]);
  for (const one of notification.by('user', id)) context.remove('notification', one.id);
  for (const one of course.by('teacher', id)) {
    context.put('course', { ...one, teacherIds: one.teacherIds.filter((teacher) => teacher !== id) });
  }
  if (context.state.tables.usage.get(id)) context.remove('usage', id);
  context.remove('user', id);
  return { target: refTo('user', user) };
});

function needSelfOrAdmin(context: Context, userId: string): void {
  const self = context.author.kind === 'user' && context.author.id === userId;
  if (self) context.person();
  else context.needAdmin();
}

function needAnotherAdmin(context: Context, user: User): void {
  if (context.state.tables.user.countBy('role', 'admin') <= 1) {
    throw new Refusal('user.last_admin', { name: user.name });
  }
}
