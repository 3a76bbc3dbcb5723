/** From a wish to a log entry and back: checks, proposes, turns a refusal into an error. */
import {
  type Author,
  type Command,
  type CommandType,
  checkPayload,
  LabmeshError,
  type Payload,
} from '../state/index.ts';
import type { Propose } from './cluster/propose.ts';
import type { Accepted, SubmitOptions } from './interface.ts';

/** Longer than an election takes, shorter than a person's patience. */
const DEFAULT_TIMEOUT_MS = 10_000;

export type Submit = <T extends CommandType>(
  type: T,
  payload: Payload<T>,
  author: Author,
  options?: SubmitOptions,
) => Promise<Accepted>;

export function openDoor(parts: { propose: Propose; newId: () => string; now: () => number }): Submit {
  return async (type, payload, author, options = {}) => {
    const id = parts.newId();
    const command: Command = {
      id,
      type,
      author,
      key: options.key ?? id,
      at: parts.now(),
      payload: checkPayload(type, payload),
    };
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const { index, outcome } = await parts.propose(command, { timeoutMs });
    if (!outcome.ok) throw new LabmeshError(outcome.code, outcome.data);
    return { index, targetId: outcome.targetId, operationId: outcome.operationId };
  };
}
