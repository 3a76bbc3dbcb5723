/** One taken for dead that is connected: asked until it answers, for what was asked when they met may be lost; hung up on until then (GF25). */
import { afterEach, test } from 'bun:test';
import { FailureDetector } from '../../../src/gossip/detector/detector.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { CLOUD_ID, cleanup } from '../../support/mesh.ts';
import { startHosts, type TestHost } from '../../support/mesh-hosts.ts';
import { until } from '../../support/until.ts';

const later = cleanup();
afterEach(() => later.run());

/** @param drop what it does to whoever answers nobody; nothing, so that the connection of before is the one that carries the answer */
async function startDetector(
  { host, identity, view }: TestHost,
  drop: () => void = () => {},
): Promise<FailureDetector> {
  const detector = new FailureDetector({
    host: {
      nodeId: host.nodeId,
      handle: (...args) => host.handle(...args),
      open: (...args) => host.open(...args),
      connected: () => host.connected(),
      onPresence: (listener) => host.onPresence(listener),
      drop,
    },
    identity,
    view,
    cloudId: CLOUD_ID,
    logger: silentLogger,
    clock: Date.now,
    random: Math.random,
  });
  await detector.start();
  later(() => detector.stop());
  return detector;
}

test('GF25 a member that was silent and stayed connected is alive again as soon as it answers', async () => {
  const { hosts } = await startHosts(later, 2);
  const [a, b] = hosts as [TestHost, TestHost];
  await until('they are connected', () => a.host.connected().includes(b.nodeId));
  let drops = 0;
  const detector = await startDetector(a, () => drops++);
  await until('who answers nothing is dead', () => detector.health(b.nodeId) === 'dead', 60_000);
  await until('it is hung up on, and again as long as a connection stands', () => drops > 1);
  await startDetector(b);
  await until('who answers is alive', () => detector.health(b.nodeId) === 'alive', 60_000);
});
