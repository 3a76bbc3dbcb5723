/** Accounts: adding them with a password that is shown once, and setting new ones. */
import type { NodeServices, SubmitOptions } from '../../node/interface.ts';
import type { Author, Role, User } from '../../state/index.ts';
import { hashPassword, needGoodPassword } from '../auth/passwords.ts';
import { newPassword } from '../auth/secrets.ts';

export interface NewUser {
  readonly name: string;
  readonly fullName?: string | undefined;
  readonly role: Role;
  /** Left out: one is made up and returned. */
  readonly password?: string | undefined;
}

/** An account, and the password made up for it: shown once, kept nowhere. Null where the asker chose it. */
export interface AddedUser {
  readonly userId: string;
  readonly password: string | null;
}

/** Adds an account whose person must choose a password of their own first. @throws LabmeshError */
export async function addUser(
  node: NodeServices,
  author: Author,
  { name, fullName, role, password }: NewUser,
  options: SubmitOptions = {},
): Promise<AddedUser> {
  if (password !== undefined) needGoodPassword(password, name);
  const made = password ?? newPassword();
  const id = node.newId();
  const passwordHash = await hashPassword(made);
  const account = { id, name, fullName: fullName ?? '', role, passwordHash, mustChangePassword: true };
  const { targetId } = await node.submit('user.add', account, author, options);
  // A repeated request gets the first one's account, whose password nobody knows any more.
  const own = targetId === id && password === undefined;
  return { userId: targetId ?? id, password: own ? made : null };
}

/**
 * Gives somebody else's account a new password, to be changed at the next sign-in. Their sessions end.
 * @returns the password made up, or null where the asker chose it
 */
export async function resetPassword(
  node: NodeServices,
  author: Author,
  user: User,
  password?: string | undefined,
): Promise<string | null> {
  if (password !== undefined) needGoodPassword(password, user.name);
  const made = password ?? newPassword();
  const passwordHash = await hashPassword(made);
  await node.submit(
    'user.set_password',
    { id: user.id, passwordHash, mustChangePassword: true, keepSessionId: null },
    author,
  );
  return password === undefined ? made : null;
}
