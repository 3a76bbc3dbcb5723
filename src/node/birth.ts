/** The first start of the first node: makes the cloud, its sizes and its first admin. */
import { randomInt } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CloudMachine, defaultSizes } from '../state/index.ts';
import type { Submit } from './door.ts';
import { hashPassword } from './password.ts';

const ADMIN_NAME = 'admin';
const FILE = 'initial-admin-password';
/** 20 characters of 31 are 99 bits; letters and digits that look alike are left out. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';
const LENGTH = 20;

export interface FirstAdmin {
  readonly name: string;
  readonly password: string;
}

/** Four groups of five, as people copy them. */
export function randomPassword(): string {
  const letters = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)] ?? '');
  return [0, 5, 10, 15].map((start) => letters.slice(start, start + 5).join('')).join('-');
}

/**
 * Makes the cloud unless there is one.
 * @returns the first admin when it was made now, else null
 */
export async function makeCloud(parts: {
  dataDir: string;
  nodeId: string;
  machine: CloudMachine;
  submit: Submit;
  newId: () => string;
}): Promise<FirstAdmin | null> {
  if (parts.machine.state.cloud) return null;
  const password = randomPassword();
  const passwordHash = await hashPassword(password);
  // Written before the cloud exists: a crash in between costs a file that the next start overwrites, never the only key.
  await writeFile(join(parts.dataDir, FILE), `${password}\n`, { mode: 0o600, flush: true });
  await parts.submit(
    'cloud.create',
    {
      id: parts.newId(),
      name: 'labmesh',
      admin: { id: parts.newId(), name: ADMIN_NAME, passwordHash },
      sizes: defaultSizes.map((size) => ({ ...size, id: parts.newId() })),
    },
    { kind: 'local', nodeId: parts.nodeId },
  );
  return { name: ADMIN_NAME, password };
}

/** Removes the file with the first password once its admin has chosen another. */
export function watchInitialPassword(
  dataDir: string,
  machine: CloudMachine,
  onError: (error: unknown) => void,
): () => void {
  return machine.onApplied(({ changes }) => {
    for (const change of changes) {
      if (change.kind !== 'user' || change.after?.name !== ADMIN_NAME) continue;
      const changed = change.before && change.before.passwordHash !== change.after.passwordHash;
      if (changed) rm(join(dataDir, FILE), { force: true }).catch(onError);
    }
  });
}
