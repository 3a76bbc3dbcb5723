/** Refusals on their way over the wire: only the codes of joining, with data that is checked before anybody shows it. */
import * as z from 'zod';
import { GossipError, type GossipErrors } from '../errors.ts';

const number = z.number();
const text = z.string().max(200);

const schemas = {
  'join.token_unknown': z.object({}),
  'join.token_expired': z.object({ expiredAt: number }),
  'join.token_used_up': z.object({ maxUses: number }),
  'join.token_revoked': z.object({}),
  'join.wrong_secret': z.object({}),
  'join.wrong_cloud': z.object({ wanted: text, found: text }),
  'join.clock_skew': z.object({ skewMs: number, maxMs: number }),
  'join.name_taken': z.object({ name: text }),
  'join.already_member': z.object({ nodeId: text }),
  'join.version_too_old': z.object({ theirs: number, ours: number }),
  'join.version_too_new': z.object({ theirs: number, ours: number }),
  'join.busy': z.object({ max: number }),
  'join.malformed': z.object({ reason: text }),
  'join.undecided': z.object({ code: text }),
} as const;

/** The error that a `refused` frame stands for. What is none of ours is told as malformed. */
export function refusalOf(code: string, data: unknown): GossipError {
  switch (code) {
    case 'join.token_unknown':
    case 'join.token_revoked':
    case 'join.wrong_secret':
      return new GossipError(code, {});
    case 'join.token_expired':
      return checked(code, schemas[code], data);
    case 'join.token_used_up':
      return checked(code, schemas[code], data);
    case 'join.wrong_cloud':
      return checked(code, schemas[code], data);
    case 'join.clock_skew':
      return checked(code, schemas[code], data);
    case 'join.name_taken':
      return checked(code, schemas[code], data);
    case 'join.already_member':
      return checked(code, schemas[code], data);
    case 'join.version_too_old':
    case 'join.version_too_new':
      return checked(code, schemas[code], data);
    case 'join.busy':
      return checked(code, schemas[code], data);
    case 'join.undecided':
      return checked(code, schemas[code], data);
    default:
      return new GossipError('join.malformed', { reason: code.slice(0, 100) });
  }
}

function checked<Code extends keyof typeof schemas>(
  code: Code,
  schema: z.ZodType<GossipErrors[Code]>,
  data: unknown,
): GossipError {
  const found = schema.safeParse(data);
  if (!found.success) return new GossipError('join.malformed', { reason: code });
  return new GossipError(code, found.data);
}
