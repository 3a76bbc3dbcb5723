import { LabmeshError } from '../state/errors.ts';

/** What can go wrong between a person's command line and the node. Sentences: `texts/{en,es}/cli.ts`. */
export interface CliErrors {
  /** A word, an option or a value that the command does not take; `problem` says which, in commander's or our words. */
  'cli.usage': { problem: string; command: string };
  /** Nothing listens: the node of this PC is not running. */
  'cli.no_node': { data: string };
  /** The control socket belongs to root or to the folder's owner. */
  'cli.socket_denied': { socket: string };
  /** The node at a URL does not answer. */
  'cli.unreachable': { url: string; reason: string };
  /** Nobody that this PC trusts vouches for the node's certificate. */
  'cli.untrusted': { url: string; reason: string };
  /** A connection that was open ended before the answer was complete. */
  'cli.connection_lost': { url: string };
  /** What answered is not labmesh, or another version of it. */
  'cli.strange_answer': { url: string; status: number; what: string };
  /** No answer to one request in time. */
  'cli.request_timeout': { url: string; seconds: number };
  /** The work goes on; only the waiting ended. */
  'cli.wait_timeout': { seconds: number; operation: string };
  'cli.token_missing': { url: string };
  'cli.file_missing': { file: string };
  'cli.file_unreadable': { file: string; reason: string };
  'cli.file_unwritable': { file: string; reason: string };
  'cli.file_changed': { file: string };
  'cli.local_only': { command: string };
  'cli.password_empty': Record<string, never>;
  'cli.password_differs': Record<string, never>;
  'cli.no_terminal': { option: string };
  /** Some people of a list were refused; the others are in. */
  'cli.users_partly': { added: number; refused: number };
  'cli.image_damaged': { image: string; checked: number; damaged: number; mended: number };
  'cli.doctor_faults': { faults: number };
  'cli.node_running': { data: string };
  /** The PC is being emptied still; only the waiting ended. */
  'cli.drain_timeout': { node: string; seconds: number; vms: number };
  /** Somebody lets the PC run VMs again while it was being emptied. */
  'cli.drain_cancelled': { node: string; state: string };
  /** The cloud is being switched off still; only the waiting ended. */
  'cli.shutdown_timeout': { seconds: number; vms: number };
  'cli.shutdown_cancelled': Record<string, never>;
  /** Something that cannot be taken back was not confirmed. */
  'cli.not_confirmed': { command: string };
  /** No error: what is remarked while a start waits for a place. `at`: about when, null where nobody knows. */
  /** No error but a remark: `node` does not answer, and what was asked of the VM `name` waits for it. */
  'cli.away': { node: string; name: string };
  'cli.queued': { position: number; at: string | null; why: string };
  'cli.cancelled': { operation: string };
}

export type CliErrorCode = keyof CliErrors;

export class CliError<C extends CliErrorCode = CliErrorCode> extends LabmeshError {
  constructor(code: C, data: CliErrors[C], options?: { cause?: unknown }) {
    super(code, data, options);
  }
}
