/** Sizes, accounts, courses. */
import * as z from 'zod';
import { type CommandType, coursesOf, maySeeUser, nameKey, type Payload, pageOf } from '../../state/index.ts';
import { addUser, createToken, importPeople, resetPassword } from '../actions/index.ts';
import { resolveCourse, resolveImage, resolveSize, resolveUser } from '../resolve.ts';
import { type Call, nameOrId, pageFields, pageOfSchema, route } from './route.ts';
import { problemSchema, sizeSchema } from './schemas.ts';
import { courseSchema, quotaSchema, userSchema } from './schemas-people.ts';
import { courseView, problemView, readerOf, userView } from './views.ts';

const roleField = z.enum(['student', 'teacher', 'admin']);
const passwordField = z.string().max(1024);
const sizeBody = z.strictObject({
  name: z.string().max(64),
  vcpus: z.number(),
  ramMiB: z.number(),
  osDiskGiB: z.number(),
  dataDiskGiB: z.number(),
});

async function done<T extends CommandType>({ c, node, author, once }: Call, type: T, payload: Payload<T>) {
  await node.submit(type, payload, author, once(type));
  return c.body(null, 204);
}

function userOf({ state, actor, param }: Call) {
  return resolveUser(state, actor, param('id'));
}

async function changeCourse<T extends CommandType>(call: Call, type: T, payload: Payload<T>) {
  const { c, node, state, actor, author, once } = call;
  const { targetId } = await node.submit(type, payload, author, once(type));
  return courseView(readerOf(c, actor), resolveCourse(state, actor, targetId ?? ''));
}

function courseOf({ state, actor, param }: Call) {
  return resolveCourse(state, actor, param('id'));
}

function imageIdOf({ state, actor, body }: Call<unknown, { image: string }>) {
  return resolveImage(state, actor, body.image).id;
}

function idsOf({ state, actor }: Call, names: readonly string[]): string[] {
  return names.map((name) => resolveUser(state, actor, name).id);
}

async function setSize(call: Call<unknown, z.output<typeof sizeBody>>, id: string) {
  const { node, state, author, body, once } = call;
  await node.submit('size.set', { id, ...body }, author, once('size.set'));
  return resolveSize(state, id);
}

export const peopleRoutes = [
  route({
    method: 'GET',
    path: '/sizes',
    summary: 'Sizes in which VMs are made',
    who: 'person',
    answer: z.array(sizeSchema),
    run: ({ state }) => state.tables.size.all(),
  }),
  route({
    method: 'POST',
    path: '/sizes',
    summary: 'Add a size',
    who: 'admin',
    body: sizeBody,
    answer: sizeSchema,
    status: 201,
    run: (call) => setSize(call, call.node.newId()),
  }),
  route({
    method: 'PUT',
    path: '/sizes/{id}',
    summary: 'Change a size; VMs keep what they were made with',
    who: 'admin',
    body: sizeBody,
    answer: sizeSchema,
    run: (call) => setSize(call, resolveSize(call.state, call.param('id')).id),
  }),
  route({
    method: 'DELETE',
    path: '/sizes/{id}',
    summary: 'Remove a size',
    who: 'admin',
    run: (call) => done(call, 'size.remove', { id: resolveSize(call.state, call.param('id')).id }),
  }),
  route({
    method: 'GET',
    path: '/users',
    summary: 'Accounts: all for admins, those of students and teachers for teachers',
    who: 'teacher',
    query: z.strictObject({
      ...pageFields,
      order: z.enum(['newest', 'oldest']).default('oldest'),
      role: roleField.optional(),
      course: nameOrId.optional(),
      text: z.string().trim().max(64).optional().describe('part of the name'),
    }),
    answer: pageOfSchema(userSchema),
    run: ({ c, state, actor, query }) => {
      const { role, course, text, ...request } = query;
      const { user, enrolment } = state.tables;
      const members = course === undefined ? null : resolveCourse(state, actor, course).id;
      const ids =
        members !== null
          ? enrolment
              .by('course', members)
              .map((one) => one.userId)
              .sort()
          : role !== undefined
            ? user.idsBy('role', role)
            : user.ids();
      const key = text === undefined ? '' : nameKey(text);
      const page = pageOf(
        ids,
        (id) => user.get(id),
        request,
        (one) => {
          if (!maySeeUser(actor, one) || (role !== undefined && one.role !== role)) return false;
          return key === '' || nameKey(`${one.name} ${one.fullName}`).includes(key);
        },
      );
      const reader = readerOf(c, actor);
      return { ...page, items: page.items.map((one) => userView(reader, one)) };
    },
  }),
  route({
    method: 'POST',
    path: '/users',
    summary: 'Add an account; without a password one is made up and told once',
    who: 'admin',
    body: z.strictObject({
      name: z.string().max(64),
      fullName: z.string().max(120).optional(),
      role: roleField.default('student'),
      password: passwordField.optional(),
    }),
    answer: z.object({ user: userSchema, password: z.string().nullable() }),
    status: 201,
    run: async ({ c, node, state, actor, author, body, once }) => {
      const { userId, password } = await addUser(node, author, body, once('user.add'));
      return { user: userView(readerOf(c, actor), resolveUser(state, actor, userId)), password };
    },
  }),
  route({
    method: 'POST',
    path: '/users/import',
    summary: 'Add accounts from CSV (name, full name, role, course), each line on its own',
    who: 'admin',
    query: z.strictObject({ dryRun: z.enum(['true', 'false']).default('false') }),
    takes: 'text/csv',
    maxBytes: 1_048_576,
    maxSeconds: 300,
    answer: z.object({
      added: z.number(),
      exists: z.number(),
      refused: z.number(),
      lines: z.array(
        z.object({
          line: z.number(),
          name: z.string(),
          fullName: z.string(),
          outcome: z.enum(['added', 'exists', 'refused']),
          password: z.string().nullable(),
          course: z.string().nullable(),
          problem: problemSchema.nullable(),
        }),
      ),
    }),
    run: async ({ c, node, actor, author, query }) => {
      const reader = readerOf(c, actor);
      const results = await importPeople(node, actor, author, await c.req.text(), query.dryRun === 'true');
      const count = (outcome: string) => results.filter((one) => one.outcome === outcome).length;
      return {
        added: count('added'),
        exists: count('exists'),
        refused: count('refused'),
        lines: results.map((one) => ({
          ...one,
          problem: one.problem === null ? null : problemView(reader, one.problem),
        })),
      };
    },
  }),
  route({
    method: 'GET',
    path: '/users/{id}',
    summary: 'One account',
    who: 'person',
    answer: userSchema,
    run: (call) => userView(readerOf(call.c, call.actor), userOf(call)),
  }),
  route({
    method: 'PATCH',
    path: '/users/{id}',
    summary: 'Change a name, a language, a role or limits (admins)',
    who: 'person',
    body: z.strictObject({
      fullName: z.string().max(120).optional(),
      role: roleField.optional(),
      language: z.enum(['en', 'es']).nullable().optional(),
      quota: quotaSchema.nullable().optional().describe('for admins; null: the limits of the role'),
    }),
    answer: userSchema,
    run: async (call) => {
      const { c, node, state, actor, author, body, once } = call;
      const { id } = userOf(call);
      await node.submit('user.update', { id, ...body }, author, once('user.update'));
      return userView(readerOf(c, actor), resolveUser(state, actor, id));
    },
  }),
  route({
    method: 'DELETE',
    path: '/users/{id}',
    summary: 'Remove an account that owns no VM',
    who: 'admin',
    run: (call) => done(call, 'user.remove', { id: userOf(call).id }),
  }),
  route({
    method: 'POST',
    path: '/users/{id}/password',
    summary: 'Give an account a new password, to be changed at the next sign-in',
    who: 'admin',
    body: z.strictObject({ password: passwordField.optional() }),
    answer: z.object({ password: z.string().nullable() }),
    run: async (call) => {
      const { node, author, body } = call;
      return { password: await resetPassword(node, author, userOf(call), body.password) };
    },
  }),
  route({
    method: 'POST',
    path: '/users/{id}/tokens',
    summary: 'An API token in the name of an account, for root on this PC',
    who: 'local',
    body: z.strictObject({
      label: z.string().trim().max(120).default(''),
      hours: z.number().positive().max(8784).default(720),
    }),
    answer: z.object({ id: z.string(), token: z.string() }),
    status: 201,
    run: async (call) => {
      const { node, author, body } = call;
      const { id, secret } = await createToken(node, author, userOf(call).id, body.label, body.hours);
      return { id, token: secret };
    },
  }),
  route({
    method: 'GET',
    path: '/courses',
    summary: 'Courses: one’s own, all for admins',
    who: 'person',
    answer: z.array(courseSchema),
    run: ({ c, state, actor }) => {
      const reader = readerOf(c, actor);
      return coursesOf(state, actor).map((course) => courseView(reader, course));
    },
  }),
  route({
    method: 'POST',
    path: '/courses',
    summary: 'Add a course',
    who: 'admin',
    body: z.strictObject({
      name: z.string().max(64),
      places: z.number(),
      teachers: z.array(nameOrId).max(50).default([]),
    }),
    answer: courseSchema,
    status: 201,
    run: (call) => {
      const { name, places, teachers } = call.body;
      return changeCourse(call, 'course.add', {
        id: call.node.newId(),
        name,
        places,
        teacherIds: idsOf(call, teachers),
      });
    },
  }),
  route({
    method: 'GET',
    path: '/courses/{id}',
    summary: 'One course',
    who: 'person',
    answer: courseSchema,
    run: (call) => courseView(readerOf(call.c, call.actor), courseOf(call)),
  }),
  route({
    method: 'PATCH',
    path: '/courses/{id}',
    summary: 'Change the name, places, teachers or the limit of VMs of a course',
    who: 'admin',
    body: z.strictObject({
      name: z.string().max(64).optional(),
      places: z.number().optional(),
      maxVms: z.number().nullable().optional().describe('VMs that may run or wait at once; null: no limit'),
      teachers: z.array(nameOrId).max(50).optional(),
    }),
    answer: courseSchema,
    run: (call) => {
      const { teachers, ...rest } = call.body;
      const teacherIds = teachers === undefined ? undefined : idsOf(call, teachers);
      return changeCourse(call, 'course.update', { id: courseOf(call).id, ...rest, teacherIds });
    },
  }),
  route({
    method: 'DELETE',
    path: '/courses/{id}',
    summary: 'End a course in which nobody has a VM left',
    who: 'admin',
    run: (call) => done(call, 'course.remove', { id: courseOf(call).id }),
  }),
  route({
    method: 'POST',
    path: '/courses/{id}/enrol',
    summary: 'Enrol students: all of them or, when the places do not suffice, none',
    who: 'teacher',
    body: z.strictObject({ users: z.array(nameOrId).min(1).max(5000) }),
    answer: courseSchema,
    run: (call) =>
      changeCourse(call, 'course.enrol', { id: courseOf(call).id, userIds: idsOf(call, call.body.users) }),
  }),
  route({
    method: 'POST',
    path: '/courses/{id}/unenrol',
    summary: 'Take students out of a course',
    who: 'teacher',
    body: z.strictObject({ users: z.array(nameOrId).min(1).max(5000) }),
    answer: courseSchema,
    run: (call) =>
      changeCourse(call, 'course.unenrol', { id: courseOf(call).id, userIds: idsOf(call, call.body.users) }),
  }),
  route({
    method: 'POST',
    path: '/courses/{id}/link',
    summary: 'Let a course use an image',
    who: 'teacher',
    body: z.strictObject({ image: nameOrId }),
    answer: courseSchema,
    run: (call) => changeCourse(call, 'course.link', { id: courseOf(call).id, imageId: imageIdOf(call) }),
  }),
  route({
    method: 'POST',
    path: '/courses/{id}/unlink',
    summary: 'Take an image out of a course',
    who: 'teacher',
    body: z.strictObject({ image: nameOrId }),
    answer: courseSchema,
    run: (call) => changeCourse(call, 'course.unlink', { id: courseOf(call).id, imageId: imageIdOf(call) }),
  }),
];
