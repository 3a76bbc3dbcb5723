/** Which guests count as used, by their counters alone. */
import { expect, test } from 'bun:test';
import { GuestUse } from '../../../src/node/guest-use.ts';
import { type CommandType, LabmeshError, type Payload } from '../../../src/state/index.ts';
import { lab, NODE, observe, running, type World } from '../state/world.ts';

const CORE_S = 1e9;

function rig() {
  const world = lab();
  const vm = running(world);
  let seconds = 0;
  let guest = { cpuNs: 0, netSentBytes: 0 };
  const use = new GuestUse({
    nodeId: NODE,
    machine: world.machine,
    elapsed: () => seconds * 1000,
    submit: async <T extends CommandType>(type: T, payload: Payload<T>) => {
      const outcome = world.do(type, payload, { kind: 'node', nodeId: NODE });
      if (!outcome.ok) throw new LabmeshError(outcome.code, { ...outcome.data });
      return { index: 1, targetId: null, operationId: null };
    },
  });
  use.look(new Map([[vm, guest]]));
  /** Ten seconds in which the guest used so much. */
  const pass = (cores: number, sentPerSecond = 0) => {
    seconds += 10;
    world.now += 10_000;
    guest = {
      cpuNs: guest.cpuNs + cores * 10 * CORE_S,
      netSentBytes: guest.netSentBytes + sentPerSecond * 10,
    };
    use.look(new Map([[vm, guest]]));
  };
  const restart = () => {
    guest = { cpuNs: 0, netSentBytes: 0 };
    pass(0);
  };
  return { world, vm, pass, restart };
}

const usedAt = (world: World, vm: string) => world.state.tables.vm.get(vm)?.usedAt ?? null;

test('S5 a guest that only idles is not used; one that computes is, and one that answers over the network', () => {
  const idle = rig();
  for (let n = 0; n < 30; n++) idle.pass(0.05, 20);
  expect(usedAt(idle.world, idle.vm)).toBeNull();
  const computing = rig();
  computing.pass(0.9);
  expect(usedAt(computing.world, computing.vm)).toBe(computing.world.now);
  const overSsh = rig();
  overSsh.pass(0.02, 400);
  expect(usedAt(overSsh.world, overSsh.vm)).toBe(overSsh.world.now);
});

test('S5 use is told every two minutes, nobody is said to have opened it, and a guest that comes up anew is none', () => {
  const { world, vm, pass, restart } = rig();
  restart(); // counters went back to 0
  expect(usedAt(world, vm)).toBeNull();
  pass(1);
  const first = usedAt(world, vm);
  for (let n = 0; n < 11; n++) pass(1);
  expect(usedAt(world, vm)).toBe(first);
  pass(1);
  expect(usedAt(world, vm)).toBe((first ?? 0) + 120_000);
  expect(world.state.tables.vm.get(vm)?.connectedAt).toBeNull();
});

test('S5 what a guest does while it boots is told once it runs', () => {
  const { world, vm, pass } = rig();
  observe(world, vm, 'starting');
  pass(1);
  expect(usedAt(world, vm)).toBeNull();
  observe(world, vm, 'running');
  pass(1);
  expect(usedAt(world, vm)).toBe(world.now);
});
