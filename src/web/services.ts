/** What the handlers of one web app share, in memory of this process. */
import type { NodeServices } from '../node/interface.ts';
import { type Logger, silentLogger } from '../state/index.ts';
import { Attempts } from './auth/attempts.ts';
import { Refusals } from './auth/refusals.ts';
import { Consoles } from './console/consoles.ts';
import { Tickets } from './console/tickets.ts';
import { EventHub } from './events/hub.ts';

export interface WebOptions {
  readonly logger?: Logger;
  /** When it fires, event streams and consoles are told and end. */
  readonly stopping?: AbortSignal;
}

export interface WebServices {
  readonly logger: Logger;
  readonly stopping: AbortSignal;
  readonly attempts: Attempts;
  readonly refusals: Refusals;
  readonly events: EventHub;
  readonly tickets: Tickets;
  readonly consoles: Consoles;
}

export function createServices(node: NodeServices, options: WebOptions): WebServices {
  const stopping = options.stopping ?? new AbortController().signal;
  return {
    logger: options.logger ?? silentLogger,
    stopping,
    attempts: new Attempts(),
    refusals: new Refusals(),
    events: new EventHub(node, stopping),
    tickets: new Tickets(),
    consoles: new Consoles(node, stopping),
  };
}
