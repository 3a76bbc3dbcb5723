/** What guests wait for while their image comes: asked for first, told when it is there, said again after either side fell. */
import { afterEach, expect, test } from 'bun:test';
import type { Order, Transfer } from '../../../src/images/index.ts';
import { Streaming } from '../../../src/node/imaging/streaming.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { cleanup } from '../../support/mesh.ts';
import { until } from '../../support/until.ts';

const later = cleanup();
afterEach(() => later.run());

const V = '01ARZ3NDEKTSV4RRFFQ69G5FAV';

function streaming() {
  const told: Order[] = [];
  const changes: string[] = [];
  const kept: (readonly number[])[] = [];
  const struck: number[] = [];
  const state = {
    ...{ whole: false, strikes: true, fetches: 0 },
    ...{ known: [] as readonly number[], others: [] as readonly number[] },
  };
  const one = new Streaming({
    store: {
      has: () => true,
      isWhole: () => state.whole,
      strikeOut: async (_, chunks) => {
        if (!state.strikes) throw new Error('read-only file system');
        struck.push(...chunks);
      },
      firstReads: async () => state.known,
      noteFirstReads: async (_, chunks) => void kept.push([...chunks]),
    },
    socket: '/run/nbd.sock',
    serving: { ensure: async () => {}, release: () => {}, tell: (order) => void told.push(order) },
    fetch: () => {
      state.fetches++;
      return Promise.resolve();
    },
    askOrder: async () => state.others,
    onChange: (versionId) => void changes.push(versionId),
    logger: silentLogger,
  });
  one.start();
  later(() => one.stop());
  const arrived = () => told.flatMap((order) => (order.tell === 'arrived' ? order.chunks : []));
  return { one, told, changes, kept, struck, state, arrived };
}

function transfer() {
  const demanded: number[] = [];
  const expected: (readonly number[])[] = [];
  let arrive: (chunk: number) => void = () => {};
  const fake: Transfer = {
    setSources: () => {},
    demand: (chunks) => void demanded.push(...chunks),
    expect: (chunks) => void expected.push([...chunks]),
    peers: () => [],
    onArrived: (listener) => {
      arrive = listener;
    },
  };
  return { fake, demanded, expected, arrive: (chunk: number) => arrive(chunk) };
}

const want = (...chunks: number[]) => ({ tell: 'want', versionId: V, chunks }) as const;

test('what a guest waits for is asked for first, and what follows it next', () => {
  const { one } = streaming();
  const { fake, demanded, expected } = transfer();
  one.flows(V, fake);
  one.hear(want(7));
  expect(demanded).toEqual([7]);
  expect(expected.at(-1)).toEqual([8, 9, 10, 11]);
});

test('what has come is told, at once and again to a server that was started anew', async () => {
  const { one, told, arrived } = streaming();
  const { fake, arrive } = transfer();
  one.flows(V, fake);
  one.hear(want(3, 4));
  arrive(3);
  arrive(4);
  await until('told', () => arrived().length === 2);
  told.length = 0;
  one.again();
  one.keep(V);
  one.again();
  expect(told).toContainEqual({ tell: 'open', versionId: V });
  one.hear({ tell: 'opened', versionId: V });
  expect(arrived().sort()).toEqual([3, 4]);
});

test('a want with nothing under way begins a transfer, and is demanded of it', () => {
  const { one, state } = streaming();
  one.hear(want(5));
  expect(state.fetches).toBe(1);
  const { fake, demanded } = transfer();
  one.flows(V, fake);
  expect(demanded).toEqual([5]);
});

test('a want of what is here, as by a server that knows less, is answered at once', async () => {
  const { one, arrived, state } = streaming();
  const { fake, arrive } = transfer();
  one.flows(V, fake);
  arrive(2);
  await until('told', () => arrived().length === 1);
  one.hear(want(2));
  expect(arrived()).toEqual([2, 2]);
  state.whole = true;
  one.flows(V, null);
  one.hear(want(9));
  expect(arrived()).toEqual([2, 2, 9]);
});

test('I2 what a guest found damaged is struck out, and brought again before the guest has it', async () => {
  const { one, told, struck, arrived } = streaming();
  const { fake, demanded, arrive } = transfer();
  one.flows(V, fake);
  arrive(6);
  await until('told', () => arrived().length === 1);
  one.hear({ tell: 'damaged', versionId: V, chunks: [6] });
  one.hear(want(6));
  expect(struck).toEqual([6]);
  expect(arrived()).toEqual([6]); // not again as it is
  demanded.length = 0;
  one.lost(V, [6]); // the transfer knows from now on that it is missing
  expect(told).toContainEqual({ tell: 'lost', versionId: V, chunks: [6] });
  expect(demanded).toEqual([6]);
  arrive(6);
  await until('told', () => arrived().length === 2);
});

test('I2 damage that could not be struck out is not waited for in vain: the next read finds it again', async () => {
  const { one, state, arrived } = streaming();
  state.whole = true;
  state.strikes = false;
  one.hear({ tell: 'damaged', versionId: V, chunks: [6] });
  await until('it is told as it is', () => {
    one.hear(want(6));
    return arrived().includes(6);
  });
});

test('a transfer that ends early is begun again while a guest reads', async () => {
  const { one, state } = streaming();
  one.keep(V);
  one.flows(V, null);
  await until('again and again', () => state.fetches >= 2, 10_000);
});

test('a guest that waits for long is told of, and no more once it has what it wants', async () => {
  const { one, changes, state } = streaming();
  const { fake, arrive } = transfer();
  one.flows(V, fake);
  one.hear(want(1));
  expect(one.isStuck(V)).toBe(false);
  await until('it is stuck', () => one.isStuck(V), 15_000);
  await until('it is told', () => changes.length >= 2, 15_000);
  arrive(1);
  await until('it goes on', () => !one.isStuck(V));
  expect(state.fetches).toBe(0);
});

test('the order of first reads is kept, and is what the next boot expects', async () => {
  const { one, kept, state } = streaming();
  one.keep(V);
  one.hear({ tell: 'read', versionId: V, from: 0, chunks: [0, 9, 4] });
  one.hear({ tell: 'read', versionId: V, from: 3, chunks: [5] });
  await until('kept', () => kept.length > 0, 10_000);
  expect(kept.at(-1)).toEqual([0, 9, 4, 5]);
  state.known = [0, 9, 4, 5];
  const { fake, expected } = transfer();
  one.flows(V, fake);
  await until('expected', () => expected.length > 0);
  expect(expected[0]).toEqual([0, 9, 4, 5]);
});

test('what others learned is taken where nothing is known here', async () => {
  const { one, kept, state } = streaming();
  state.others = [2, 1];
  const { fake, expected } = transfer();
  one.flows(V, fake); // no guest yet: nothing is asked
  const opened = one.open(V);
  await until('expected', () => expected.length > 0);
  expect(expected).toEqual([[2, 1]]);
  expect(kept).toEqual([[2, 1]]);
  one.hear({ tell: 'opened', versionId: V });
  await opened;
});

test('whoever waits to be served is told when the node ends', async () => {
  const { one, told } = streaming();
  const opened = one.open(V);
  await until('asked', () => told.some(({ tell }) => tell === 'open'));
  one.stop();
  expect(await opened.catch((error: unknown) => String(error))).toContain('the node ends');
});
