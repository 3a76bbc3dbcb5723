/** The images on this PC: their store, and the agents that bring, keep, check, mend and give up copies. */
import { type ImageStore, openImageStore } from '../../images/index.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Load } from '../interface.ts';
import type { NodeParts } from '../parts.ts';
import { ProgressBoard } from '../progress-board.ts';
import { ImageAgent } from './image-agent.ts';
import { ImageFetcher } from './image-fetcher.ts';
import { ImageKeeper } from './image-keeper.ts';
import { IMAGES_PATH, imageHandler } from './image-peers.ts';
import { type OpenStreaming, openStreaming } from './open-streaming.ts';
import { openPartBoard } from './part-board.ts';
import { lineBytes, rateOf } from './rates.ts';
import { Repairs } from './repairs.ts';
import { Scrubber } from './scrubber.ts';

export interface ImagingParts extends NodeParts {
  readonly cluster: Pick<Cluster, 'mesh' | 'bulk'>;
  readonly load: () => Load | null;
  readonly isUserHere: () => boolean;
  /** What is fetched here has changed, or how far it is. */
  readonly onTransfers: () => void;
}

export interface Imaging {
  readonly store: ImageStore;
  /** How far operations on this PC are. */
  readonly board: ProgressBoard;
  readonly agent: ImageAgent;
  readonly fetcher: ImageFetcher;
  readonly repairs: Repairs;
  /** Not started: it takes over guests, so their agent has to be there first. */
  readonly streaming: OpenStreaming;
  /** Versions that could not be read at start. */
  readonly damagedVersions: readonly string[];
}

export async function openImaging(parts: ImagingParts): Promise<Imaging> {
  const { options, nodeId, machine, submit, soft, life, newId, now, logger, isUserHere, load } = parts;
  const { mesh, bulk } = parts.cluster;
  const { dataDir } = options;
  const { state } = machine;

  const line = await lineBytes();
  const rate = (way: 'up' | 'down') =>
    rateOf(state, way, { hour: new Date(now()).getHours(), isUserHere: isUserHere(), lineBytes: line });
  const rates = { up: () => rate('up'), down: () => rate('down') };
  const store = openImageStore({ dataDir, logger, rates });
  const { damaged } = await store.start();
  life.atEnd(() => store.stop());
  const board = new ProgressBoard(now, (id) => soft.tell('operation', id));
  const agent = new ImageAgent({ nodeId, machine, submit, store, board, newId, now, logger });
  await agent.start();
  life.atEnd(() => agent.stop());
  const keeper = new ImageKeeper({ nodeId, machine, submit, store, load, now, logger });
  life.run(keeper);

  const streaming = openStreaming({
    dataDir,
    nodeId,
    state,
    store,
    link: bulk,
    command: options.serveImages,
    version: options.version,
    fetch: (versionId) => fetcher.fetch(versionId),
    logger: logger.child({ service: 'streaming' }),
  });
  const fetcher = new ImageFetcher({
    nodeId,
    machine,
    submit,
    store,
    link: bulk,
    board,
    parts: openPartBoard(mesh.announcer, nodeId),
    logger,
    onTransfer: (versionId, transfer) => streaming.flows(versionId, transfer),
    onTransfers: parts.onTransfers,
    onFailed: (versionId, error) => keeper.fetchFailed(versionId, error),
  });
  life.run(fetcher);
  bulk.serve(IMAGES_PATH, imageHandler(store));

  const repairs = new Repairs({ nodeId, machine, submit, store, fetch: (id) => fetcher.fetch(id), logger });
  life.run(repairs);
  // The PC's own clock: it is held against the time of files.
  life.run(new Scrubber({ machine, store, isUserHere, now: Date.now, logger }));
  const damagedVersions = damaged.map(({ versionId }) => versionId);
  return { store, board, agent, fetcher, repairs, streaming, damagedVersions };
}
