/** What this folder needs of the mesh's bulk door: asking other nodes, and serving them. */
import type { BulkHandler, BulkRequestOptions, BulkSocketHandler } from '../../gossip/index.ts';
import { LabmeshError } from '../../state/index.ts';
import type { ConsoleStream } from '../interface.ts';

/** Asks other nodes by id. Both fail with a LabmeshError `bulk.…`, also when no address is known. */
export interface BulkLink {
  /** The answer's head has come; its body is to be read or cancelled. */
  request(nodeId: string, target: string, options?: BulkRequestOptions): Promise<Response>;
  connect(nodeId: string, target: string): Promise<ConsoleStream>;
}

/** Serves other nodes; `BulkServer` is one. */
export interface BulkDoor {
  serve(name: string, handler: BulkHandler): void;
  serveSockets(name: string, handler: BulkSocketHandler): void;
}

/**
 * What went wrong on the other side, as if it had been here; `silent` when there was no answer.
 * A refusal of its handlers (409), or of a door that serves too many, has a code with a sentence; everything else is about the way there.
 * @param about data for the sentences of refusals that come as a code alone (a WebSocket's)
 */
export function errorFromAcross(
  error: unknown,
  silent: (cause: unknown) => LabmeshError,
  about: Readonly<Record<string, string>> = {},
): unknown {
  if (!(error instanceof LabmeshError) || !error.code.startsWith('bulk.')) return error;
  const { status, code, data } = error.data;
  const isAnswer = error.code === 'bulk.refused' && (status === 409 || code === 'bulk.busy');
  if (isAnswer && typeof code === 'string')
    return new LabmeshError(code, { ...about, ...(isRecord(data) ? data : {}) }, { cause: error });
  return silent(error);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
