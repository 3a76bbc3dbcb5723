/** What a schema found wrong with a field: zod's English line taken apart, so that each language can say it. */
export type FieldProblem =
  | { readonly kind: 'missing' | 'unknown' | 'malformed' | 'id' }
  | { readonly kind: 'type'; readonly expected: string }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'least' | 'most'; readonly of: 'text' | 'list' | 'number'; readonly bound: number };

const INPUT = /^Invalid input: expected (\w+), received (\w+)/;
const BOUND = /^Too (big|small): expected (\w+) to (?:have|be) ([<>])(=?)(-?[\d.]+)/;
const CHOICE = /^Invalid (?:option|input): expected (?:one of )?(".*)$/;

/** Reads the first line of zod's message (zod 4, locale en). */
export function fieldProblem(problem: string): FieldProblem {
  if (problem === 'id.malformed') return { kind: 'id' };
  const input = INPUT.exec(problem);
  if (input)
    return input[2] === 'undefined' ? { kind: 'missing' } : { kind: 'type', expected: input[1] ?? '' };
  const bound = BOUND.exec(problem);
  if (bound) {
    const of = bound[2] === 'string' ? 'text' : bound[2] === 'array' ? 'list' : 'number';
    const given = Number(bound[5]);
    // "more than 0" of something counted is "at least 1".
    const shift = bound[4] === '=' ? 0 : bound[3] === '>' ? 1 : -1;
    return { kind: bound[1] === 'big' ? 'most' : 'least', of, bound: given + shift };
  }
  const choice = CHOICE.exec(problem);
  if (choice)
    return {
      kind: 'choice',
      choices: [...(choice[1] ?? '').matchAll(/"([^"]*)"/g)].map((one) => one[1] ?? ''),
    };
  if (problem.startsWith('Unrecognized key')) return { kind: 'unknown' };
  return { kind: 'malformed' };
}
