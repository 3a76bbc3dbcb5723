/** Roles: the field that chooses one, and what it says. */
import type { Role } from '../../state/index.ts';
import { Select } from '../components/bits.tsx';
import type { View } from '../components/view.ts';

export const ROLES: readonly Role[] = ['student', 'teacher', 'admin'];

export function roleOf(text: string): Role | undefined {
  return ROLES.find((role) => role === text);
}

export function RoleSelect({ v, value }: { v: View; value: string }) {
  const options = ROLES.map((one) => [one, v.t.roles[one]] as const);
  return (
    <Select name="role" label={v.t.people.role} value={value} options={options} hint={v.t.people.roleHint} />
  );
}
