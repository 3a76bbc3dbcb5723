/** Wires what guests read while it comes: the serving process, other PCs, the VMs. */
import type { ImageStore } from '../../images/index.ts';
import type { CloudState, Logger } from '../../state/index.ts';
import type { BulkLink } from '../across/index.ts';
import type { ImageStream } from '../agent/stream-watch.ts';
import { orderFrom } from './image-peers.ts';
import { Streaming } from './streaming.ts';
import { ServingProcess } from './streaming-process.ts';
import { servingSockets } from './streaming-sockets.ts';

/** So many PCs are asked what guests read first. */
const ASKED_FOR_ORDER = 3;

export interface StreamingWiring {
  readonly dataDir: string;
  readonly nodeId: string;
  readonly state: CloudState;
  readonly store: ImageStore;
  readonly link: Pick<BulkLink, 'request'>;
  /** The command that becomes the serving process. */
  readonly command: readonly string[];
  readonly version: string;
  readonly fetch: (versionId: string) => Promise<void> | null;
  readonly logger: Logger;
}

export interface OpenStreaming {
  readonly stream: ImageStream;
  readonly flows: Streaming['flows'];
  /**
   * On a PC that hosts VMs also takes over a serving process that runs, and goes on with what it waits for.
   * @param onChange from now on hears when an image has come, begins to come, or comes no more
   */
  start(isHost: boolean, onChange: (versionId: string) => void): Promise<void>;
  stop(): void;
}

export function openStreaming(wiring: StreamingWiring): OpenStreaming {
  const { dataDir, state, store, link, command, version, fetch, logger } = wiring;
  const sockets = servingSockets(dataDir);
  const holders = (versionId: string) =>
    (state.tables.version.get(versionId)?.nodeIds ?? []).filter((id) => id !== wiring.nodeId);
  const isUp = (nodeId: string) => state.tables.node.get(nodeId)?.reach.state === 'up';
  const serving: ServingProcess = new ServingProcess({
    dataDir,
    sockets,
    command,
    version,
    onNotice: (notice) => streaming.hear(notice),
    onUp: () => streaming.again(),
    logger,
  });
  let tell: (versionId: string) => void = () => {};
  const streaming = new Streaming({
    store,
    socket: sockets.nbd,
    serving,
    fetch,
    onChange: (versionId) => tell(versionId),
    askOrder: async (versionId) => {
      for (const nodeId of holders(versionId).filter(isUp).slice(0, ASKED_FOR_ORDER)) {
        const order = await orderFrom(link, nodeId, versionId);
        if (order.length > 0) return order;
      }
      return [];
    },
    logger,
  });
  let unlisten = () => {};
  return {
    flows: (versionId, transfer) => streaming.flows(versionId, transfer),
    async start(isHost, onChange) {
      tell = onChange;
      unlisten = store.onDamaged((versionId, chunks) => streaming.lost(versionId, chunks));
      streaming.start();
      if (isHost) await serving.adopt();
    },
    stop() {
      unlisten();
      streaming.stop();
      serving.stop();
    },
    stream: {
      flows: (versionId) => streaming.isFlowing(versionId),
      partialFile: (versionId) =>
        store.has(versionId) && !store.isWhole(versionId) ? store.growingPath(versionId) : null,
      prepare: () => streaming.prepare(),
      servedAs: (versionId) => streaming.servedAs(versionId),
      open: (versionId) => streaming.open(versionId),
      keep: (versionId) => streaming.keep(versionId),
      isStuck: (versionId) => streaming.isStuck(versionId),
      awayHolders: (versionId) =>
        holders(versionId)
          .filter((id) => !isUp(id))
          .map((id) => state.tables.node.get(id)?.name ?? id),
    },
  };
}
