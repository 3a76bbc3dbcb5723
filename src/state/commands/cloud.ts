/** The cloud's birth and its settings. */
import * as z from 'zod';
import { define } from '../definition.ts';
import { newCloud, newUser } from '../entities/index.ts';
import { nameField, passwordHashField, userNameField } from '../fields.ts';
import { idSchema } from '../ids.ts';
import { Refusal } from '../refusals.ts';
import { acceptSetting, expectedBy, isSettingKey, settingDefinitions } from '../settings.ts';
import { sizeFields } from './size.ts';

/** Makes the cloud with its first admin and its sizes; a cloud is made once. */
export const cloudCreate = define(
  z.object({
    id: idSchema,
    name: nameField,
    admin: z.object({ id: idSchema, name: userNameField, passwordHash: passwordHashField }),
    sizes: z.array(sizeFields).max(100),
  }),
  (context, { id, name, admin, sizes }) => {
    if (context.author.kind !== 'local') throw new Refusal('access.denied', { need: 'local' });
    const present = context.state.cloud;
    if (present) throw new Refusal('cloud.exists', { name: present.name });
    context.put('cloud', { id, name, createdAt: context.now, ...newCloud });
    context.put('user', {
      ...admin,
      ...newUser,
      fullName: admin.name,
      role: 'admin',
      mustChangePassword: true,
      language: null,
      createdAt: context.now,
    });
    for (const size of sizes) context.put('size', size);
    return { target: { kind: 'cloud', id, name } };
  },
);

/** Changes a setting, or puts it back to its default with `value: null`. */
export const settingSet = define(
  z.object({
    key: z.string().max(64),
    value: z.union([z.string().max(1024), z.number(), z.boolean(), z.null()]),
  }),
  (context, { key, value }) => {
    context.needAdmin();
    if (!isSettingKey(key)) throw new Refusal('setting.unknown', { key });
    const target = { kind: 'setting', id: key, name: key } as const;
    if (value === null) {
      context.remove('setting', key);
      return { target };
    }
    const definition = settingDefinitions[key];
    const accepted = acceptSetting(definition, value);
    if (accepted === undefined) {
      throw new Refusal('setting.invalid', { key, value, expected: expectedBy(definition) });
    }
    context.put('setting', { id: key, value: accepted, changedAt: context.now, changedBy: context.authorId });
    return { target };
  },
);
