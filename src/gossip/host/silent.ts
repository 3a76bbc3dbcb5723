/** libp2p logs by component, for its own developers; what people need to know is logged by this folder itself. */
import type { ComponentLogger, Logger } from '@libp2p/interface';

const silent: Logger = Object.assign(() => {}, {
  enabled: false,
  error: () => {},
  trace: () => {},
  newScope: () => silent,
});

export const silentComponents: ComponentLogger = { forComponent: () => silent };
