/** Exit codes: what a script learns without reading. */
import { LabmeshError } from '../state/errors.ts';
import { CliError } from './errors.ts';

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  unanswered: 4,
  timedOut: 5,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The cloud's own no, with the words it said it in. */
export class RefusedError extends LabmeshError {
  constructor(
    code: string,
    data: Readonly<Record<string, unknown>>,
    /** As the node worded it; null: this command words it. */
    readonly said: { readonly message: string; readonly hint: string } | null,
    readonly exit: ExitCode = EXIT.refused,
  ) {
    super(code, data);
  }
}

const UNANSWERED: ReadonlySet<string> = new Set([
  'cli.no_node',
  'cli.socket_denied',
  'cli.unreachable',
  'cli.untrusted',
  'cli.connection_lost',
  'cli.strange_answer',
]);
const USAGE: ReadonlySet<string> = new Set([
  'cli.usage',
  'cli.csv_invalid',
  'cli.local_only',
  'cli.not_confirmed',
  'cli.file_missing',
]);
const TIMED_OUT: ReadonlySet<string> = new Set([
  'cli.wait_timeout',
  'cli.drain_timeout',
  'cli.shutdown_timeout',
  'cli.request_timeout',
]);

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof RefusedError) return error.exit;
  if (!(error instanceof CliError)) return EXIT.failed;
  if (UNANSWERED.has(error.code)) return EXIT.unanswered;
  if (TIMED_OUT.has(error.code)) return EXIT.timedOut;
  return USAGE.has(error.code) ? EXIT.usage : EXIT.failed;
}
