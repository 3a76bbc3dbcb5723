/** The one shape in which the web says no: code, message, hint, data, in the reader's language. */
import { LabmeshError, type Language } from '../state/index.ts';
import { describe } from '../texts/index.ts';

export interface Problem {
  /** HTTP status. */
  readonly status: ProblemStatus;
  /** Stable dotted code. */
  readonly code: string;
  /** What happened and why. */
  readonly message: string;
  /** What to do. */
  readonly hint: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export type ProblemStatus = 400 | 401 | 403 | 404 | 405 | 408 | 409 | 413 | 415 | 422 | 429 | 500 | 503 | 507;

/** Codes whose status is not the one of their first word. */
const STATUS: Readonly<Record<string, ProblemStatus>> = {
  not_found: 404,
  'access.signed_out': 401,
  'access.denied': 403,
  'access.must_change_password': 403,
  'payload.invalid': 400,
  'id.malformed': 400,
  'command.unknown': 400,
  'command.fault': 500,
  'node.unknown': 404,
  'vm.unknown': 404,
  'upload.unknown': 404,
  'lease.hours': 422,
  'setting.unknown': 404,
  'setting.invalid': 422,
  'size.too_small': 422,
  'image.forbidden': 403,
  'vm.node_silent': 503,
  'upload.node_silent': 503,
  'bulk.busy': 503,
  'log.timeout': 503,
  'log.disk_full': 507,
  'log.stopping': 503,
  'web.fault': 500,
  'web.not_found': 404,
  'web.method': 405,
  'web.timeout': 503,
  'web.too_large': 413,
  'web.media_type': 415,
  'web.body': 400,
  'web.too_many': 429,
  'web.busy': 503,
  'web.csrf': 403,
  'web.origin': 403,
  'web.host': 400,
  'web.sign_in': 401,
  'web.sign_in_limit': 429,
  'web.password': 422,
  'web.password_short': 422,
  'web.password_same': 422,
  'web.control_only': 403,
  'web.ticket': 403,
  'web.upgrade': 400,
};

/** The status of a code: what the list above says, a conflict with the cloud's state for all else. */
export function statusOf(code: string): ProblemStatus {
  return STATUS[code] ?? 409;
}

/** What a code of the log says to its reader, as if it had been refused to them just now. */
export function problemOfCode(
  code: string,
  data: Readonly<Record<string, unknown>>,
  lang: Language,
): Problem {
  return { status: statusOf(code), code, ...describe(code, data, lang), data };
}

/** Describes an error to its reader; anything that is not ours is a fault without details. */
export function problemOf(error: unknown, lang: Language, requestId: string): Problem {
  const known = error instanceof LabmeshError ? error : new LabmeshError('web.fault', { id: requestId });
  const status = statusOf(known.code);
  // What a reducer threw by mistake may quote its insides: the log has it, the reader gets the id.
  const { code, data } = status === 500 ? new LabmeshError('web.fault', { id: requestId }) : known;
  return { status, code, ...describe(code, data, lang), data };
}
