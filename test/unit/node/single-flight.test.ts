import { expect, test } from 'bun:test';
import { Limiter } from '../../../src/node/limiter.ts';
import { SingleFlight } from '../../../src/node/single-flight.ts';
import { until } from '../../support/until.ts';

function gate() {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

test('calls during a run make one more run, however many they are', async () => {
  const first = gate();
  let runs = 0;
  const flight = new SingleFlight(
    async () => {
      runs += 1;
      if (runs === 1) await first.opened;
    },
    () => {},
  );
  flight.poke('a');
  flight.poke('a');
  flight.poke('a');
  expect(runs).toBe(1);
  first.open();
  await until('the second run', () => runs === 2);
  await flight.stop();
  expect(runs).toBe(2);
});

test('keys do not wait for each other', async () => {
  const held = gate();
  const seen: string[] = [];
  const flight = new SingleFlight(
    async (key) => {
      seen.push(key);
      if (key === 'slow') await held.opened;
    },
    () => {},
  );
  flight.poke('slow');
  flight.poke('quick');
  expect(seen).toEqual(['slow', 'quick']);
  held.open();
  await flight.stop();
});

test('a failure is told and does not end the key', async () => {
  const errors: unknown[] = [];
  let runs = 0;
  const flight = new SingleFlight(
    async () => {
      runs += 1;
      if (runs === 1) throw new Error('once');
    },
    (_key, error) => errors.push(error),
  );
  flight.poke('a');
  await until('the failure', () => errors.length === 1);
  flight.poke('a');
  await until('the next run', () => runs === 2);
  await flight.stop();
});

test('stop waits for what runs and takes no more', async () => {
  const held = gate();
  let ended = false;
  let runs = 0;
  const flight = new SingleFlight(
    async () => {
      runs += 1;
      await held.opened;
      ended = true;
    },
    () => {},
  );
  flight.poke('a');
  const stopped = flight.stop();
  flight.poke('a');
  flight.poke('b');
  held.open();
  await stopped;
  expect({ ended, runs }).toEqual({ ended: true, runs: 1 });
});

test('the limiter lets in no more than its width, and everybody in the end', async () => {
  const limiter = new Limiter(2);
  let inside = 0;
  let most = 0;
  const done = await Promise.all(
    Array.from({ length: 7 }, (_, n) =>
      limiter.run(async () => {
        inside += 1;
        most = Math.max(most, inside);
        await Bun.sleep(1);
        inside -= 1;
        return n;
      }),
    ),
  );
  expect(most).toBe(2);
  expect(done).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test('a failure inside the limiter gives its place back', async () => {
  const limiter = new Limiter(1);
  await expect(limiter.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await limiter.run(async () => 'yes')).toBe('yes');
});
