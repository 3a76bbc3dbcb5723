import { defaultSettings, type ElectionSettings } from '../../../../src/election/index.ts';
import { ReplicatedAgreement } from '../../../../src/election/meshed-agreement.ts';
import { silentLogger } from '../../../../src/state/logger.ts';
import { type FakeDisk, FakeStore } from './fake-store.ts';
import { Hub } from './hub.ts';
import { listMachine } from './list-machine.ts';

const running: ReplicatedAgreement<number>[] = [];
/** Stops all that were started; for `afterEach`. */
export async function stopAll(): Promise<void> {
  await Promise.all(running.splice(0).map((log) => log.stop()));
}

interface Where {
  /** Default: alone. */
  hub?: Hub;
  nodeId?: string;
  settings?: Partial<ElectionSettings>;
  store?: FakeStore;
}

/** A started log on a disk in memory that it tries again at once. */
export async function on(disk: FakeDisk, where: Where = {}) {
  const { hub = new Hub(), nodeId = 'a', settings, store = new FakeStore(disk) } = where;
  const machine = listMachine();
  const options = {
    dir: 'fake',
    nodeId,
    machine,
    logger: silentLogger,
    clock: Date.now,
    transport: hub.transport(nodeId),
  };
  const log = new ReplicatedAgreement(options, { ...defaultSettings, retryMs: 1, ...settings }, store);
  running.push(log);
  await log.start();
  return { log, machine, disk, nodeId, commands: () => machine.applied.map(({ command }) => command) };
}
