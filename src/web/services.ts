/** What the handlers of one web app share, in memory of this process. */
import type { NodeServices } from '../node/interface.ts';
import { type Logger, silentLogger } from '../state/index.ts';

export interface WebOptions {
  readonly logger?: Logger;
}

export interface WebServices {
  readonly logger: Logger;
  /** Ends what is still open (event streams, consoles) when the server stops. */
  readonly stopping: AbortController;
}

export function createServices(_node: NodeServices, options: WebOptions): WebServices {
  return { logger: options.logger ?? silentLogger, stopping: new AbortController() };
}
