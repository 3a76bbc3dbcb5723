/** A PC says what it is: at its start, and again where nobody could hear it. */
import { afterEach, expect, test } from 'bun:test';
import { Registration } from '../../../src/node/host/registration.ts';
import { LabmeshError, silentLogger } from '../../../src/state/index.ts';
import { cleanup, testNodeId } from '../../support/mesh.ts';
import { until } from '../../support/until.ts';
import { lab, scheduler, type World } from '../state/world.ts';

const later = cleanup();
afterEach(() => later.run());

const ME = testNodeId(3);

/** A PC that was let in and has not said anything yet. */
function joining(): World {
  const world = lab();
  const tokenId = world.newId();
  world.ok('token.create', {
    id: tokenId,
    verifier: 'b'.repeat(64),
    label: '',
    ttlMs: 3_600_000,
    uses: 1,
    share: false,
  });
  const addresses = ['/ip4/192.0.2.2/tcp/8444'];
  const newcomer = {
    tokenId,
    nodeId: ME,
    name: 'pc-9',
    peerId: 'Q9',
    addresses,
    version: '0.1.0',
    protocol: 1,
  };
  world.ok('node.admit', newcomer, scheduler);
  return world;
}

function registration(world: World, failures: LabmeshError[]) {
  const made = new Registration({
    nodeId: ME,
    machine: world.machine,
    submit: async (type, payload, author) => {
      const failure = failures.shift();
      if (failure) throw failure;
      world.ok(type, payload, author);
      return { index: 1, targetId: null, operationId: null };
    },
    name: 'pc-9',
    facts: async () => ({
      address: 'pc-9',
      version: '0.1.0',
      capacity: { cores: 2, ramMiB: 2048, storageGiB: 20, tempGiB: 20 },
      accel: 'none',
      hostProblem: null,
      peerId: 'Q9',
      protocol: 1,
    }),
    logger: silentLogger,
  });
  later(() => made.stop());
  return made;
}

const stateOf = (world: World) => world.state.tables.node.get(ME)?.state;

test('N5 N14 let in and then cut off, a PC starts all the same, and registers when there is a master', async () => {
  const world = joining();
  await registration(world, [new LabmeshError('log.not_master', { master: null })]).introduce();
  expect(stateOf(world)).toBe('joining');
  await until('it is registered', () => stateOf(world) === 'ready');
});

test('N10 N5 a PC whose registration is refused is told so at once', async () => {
  const world = joining();
  const refusal = new LabmeshError('node.too_old', { node: 'pc-9', protocol: 1, level: 2 });
  await expect(registration(world, [refusal]).introduce()).rejects.toMatchObject({ code: 'node.too_old' });
});
