/** The door: what comes from outside becomes a command here, or is refused with the field at fault. */
import { type CommandType, commandDefinitions, type Payload } from './commands/index.ts';
import { Refusal } from './refusals.ts';

/**
 * Checks a payload and returns it in canonical form (trimmed, defaults filled in).
 * @throws Refusal `payload.invalid` with the path of the first field at fault
 */
export function checkPayload<T extends CommandType>(type: T, payload: unknown): Payload<T> {
  const result = commandDefinitions[type].payload.safeParse(payload);
  if (result.success) return result.data as Payload<T>; // the schema of this very type made it
  const issue = result.error.issues[0];
  const field = issue?.path.map(String).join('.') ?? '';
  throw new Refusal('payload.invalid', { field, problem: issue?.message ?? 'invalid' });
}
