/** Numbers as people give them: typed into a form, on a command line, in JSON. One reading for all three. */
import { Refusal } from '../../state/index.ts';

/** Text that is a number in decimal digits, else null: no signs of science (1e9), no other bases, no blanks for 0. */
export function readAmount(given: number | string): number | null {
  if (typeof given === 'number') return given;
  const text = given.trim();
  return /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : null;
}

/** @throws Refusal `payload.invalid` naming the field, where it is no number */
export function needAmount(field: string, given: number | string): number {
  const amount = readAmount(given);
  if (amount !== null) return amount;
  throw new Refusal('payload.invalid', {
    field,
    problem: 'Invalid input: expected number, received string',
  });
}
