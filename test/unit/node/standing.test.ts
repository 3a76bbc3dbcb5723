/** X1 N5 a PC that was cut off learns why, from those who cut it off, over a real bulk door with real certificates. */
import { afterEach, expect, test } from 'bun:test';
import type { AgreementStatus } from '../../../src/election/index.ts';
import { Standing, whileMember, whyNot } from '../../../src/node/cluster/standing.ts';
import { silentLogger } from '../../../src/state/index.ts';
import { describe } from '../../../src/texts/index.ts';
import { CLIENT, SERVER, startBulkDoor } from '../../support/bulk-door.ts';
import { cleanup } from '../../support/mesh.ts';
import { until } from '../../support/until.ts';
import { ADMIN, as, lab, scheduler, type World } from '../state/world.ts';

const later = cleanup();
afterEach(() => later.run());

function admit(world: World, nodeId: string, name: string, peerId: string): void {
  const tokenId = world.newId();
  const invited = {
    id: tokenId,
    verifier: 'b'.repeat(64),
    label: name,
    ttlMs: 3_600_000,
    uses: 1,
    share: false,
  };
  world.ok('token.create', invited);
  const addresses = ['/ip4/192.0.2.2/tcp/8444'];
  const newcomer = { tokenId, nodeId, name, peerId, addresses, version: '0.1.0', protocol: 1 };
  world.ok('node.admit', newcomer, scheduler);
}

/** CLIENT is this PC, with its own copy of the log; SERVER is another, whose copy goes further. */
async function cutOff() {
  const [here, there] = [lab(), lab()];
  const door = await startBulkDoor(later, { whyNot: (peerId) => whyNot(there.machine, peerId) });
  for (const world of [here, there]) {
    admit(world, SERVER, 'pc-2', door.members[0]?.peerId ?? '');
    admit(world, CLIENT, 'pc-3', door.b.peerId);
  }
  const seen: { master: AgreementStatus['master']; asked: number; changes: number } = {
    master: null,
    asked: 0,
    changes: 0,
  };
  const listeners = new Set<() => void>();
  const standing = new Standing({
    nodeId: CLIENT,
    machine: here.machine,
    agreement: {
      status: () => ({ master: seen.master }),
      onChange: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    bulk: {
      request: (nodeId, target, options) => {
        seen.asked += 1;
        return door.client.request({ nodeId, address: door.peer.address }, target, options);
      },
    },
    logger: silentLogger,
    onChange: () => {
      seen.changes += 1;
    },
  });
  standing.start();
  later(() => standing.stop());
  const poke = () => {
    for (const listener of listeners) listener();
  };
  return { here, there, door, seen, standing, poke };
}

test('X1 N5 a retired PC hears by whom and when; until then, and from whoever is no member, it believes nothing', async () => {
  const { there, door, seen, standing, poke } = await cutOff();
  await until('each member was asked', () => {
    poke();
    return seen.asked >= 4;
  });
  expect(standing.retirement()).toBe(null);
  there.now += 60_000;
  there.ok('node.retire', { id: CLIENT, force: true }, as(ADMIN));
  door.membership.set(door.members.slice(0, 1));
  const told = await until('it is told', () => {
    poke();
    return standing.retirement();
  });
  expect(told).toEqual({ node: 'pc-3', by: 'admin', at: there.now });
  expect(seen.changes).toBe(1);
  const propose = whileMember(
    () => Promise.reject(new Error('asked')),
    () => standing.retirement(),
  );
  const command = { id: 'a', type: 'node.undrain', author: as(ADMIN), key: 'a', at: 0, payload: {} } as const;
  expect(() => propose(command, { timeoutMs: 1 })).toThrow(
    expect.objectContaining({ code: 'node.retired_here', data: told }),
  );
});

test('X1 what it was told is forgotten when a master is heard of again', async () => {
  const { there, door, seen, standing, poke } = await cutOff();
  there.ok('node.retire', { id: CLIENT, force: true });
  door.membership.set(door.members.slice(0, 1));
  await until('it is told', () => {
    poke();
    return standing.retirement();
  });
  seen.master = { nodeId: SERVER, sinceMs: 0 };
  await until('it is a member again', () => {
    poke();
    return standing.retirement() === null;
  });
  const { asked } = seen;
  for (let n = 0; n < 5; n++) poke();
  expect(seen.asked).toBe(asked);
});

test('X1 a PC whose own copy has its retirement asks nobody', async () => {
  const { here, seen, standing } = await cutOff();
  here.ok('node.retire', { id: CLIENT, force: true }, as(ADMIN));
  expect(standing.retirement()).toMatchObject({ by: 'admin' });
  expect(seen.changes).toBe(0);
});

test('X1 a key that never was a member, and one whose retirer is forgotten, are told what is known', async () => {
  const { there, door } = await cutOff();
  expect(whyNot(there.machine, 'nobody')).toBe(null);
  expect(whyNot(there.machine, door.b.peerId)).toBe(null);
  there.ok('cloud.recovered', { missing: [CLIENT] });
  expect(whyNot(there.machine, door.b.peerId)).toMatchObject({ data: { node: 'pc-3', by: '' } });
  for (const lang of ['en', 'es'] as const) {
    const { message } = describe('node.retired_here', { node: 'pc-3', by: '', at: 1_790_000_000_000 }, lang);
    expect(message).toMatch(/^[^{}]*pc-3[^{}]*2026-09-21/);
  }
});
