/** Event streams: what they tell, to whom, how often, and when they end. */
import { afterAll, describe, expect, test } from 'bun:test';
import { createWebApp } from '../../../src/web/index.ts';
import { fakeCloud, userNamed, vmOf } from '../../support/fake-cloud.ts';
import { until } from '../../support/until.ts';
import { ask, type Client, ORIGIN, ROOT, signInAs } from './client.ts';

const node = fakeCloud('small');
const stopping = new AbortController();
const app = createWebApp(node, { stopping: stopping.signal });
afterAll(() => stopping.abort());

/** Listens, and notes the names of what comes. */
async function listen(who: Client, topics: string, on = app, drawn = '') {
  const abort = new AbortController();
  const request = new Request(`${ORIGIN}/events?topics=${topics}${drawn}`, {
    headers: { cookie: who.cookie ?? '' },
    signal: abort.signal,
  });
  const response = await on.fetch(request, { door: who.door ?? 'https', address: '192.0.2.1' });
  const events: string[] = [];
  const heard = { events, ended: false, close: () => void reader?.cancel(), response };
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  const pump = async () => {
    for (;;) {
      const { value, done } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) break;
      for (const [, name] of decoder.decode(value).matchAll(/^event: (.*)$/gm)) events.push(name ?? '');
    }
    heard.ended = true;
  };
  void pump();
  if (response.ok) await until('stream is ready', () => events.includes('ready'));
  return heard;
}

test('tells the owner of a change of a VM, in one message per topic and burst', async () => {
  const ana = await listen(
    await signInAs(app, 'ana'),
    `vms,vm:${vmOf(node, 'ana', 'Routing').id},operations`,
  );
  const vm = vmOf(node, 'ana', 'Routing');
  const by = { kind: 'user', id: vm.ownerId, from: 'x' } as const;
  for (const name of ['a', 'b', 'c', 'Routing']) node.apply('vm.rename', { id: vm.id, name }, by);
  await until('both topics', () => ana.events.includes('vms') && ana.events.includes(`vm:${vm.id}`));
  expect(ana.events.filter((one) => one === 'vms').length).toBeLessThanOrEqual(2);
  expect(ana.events).not.toContain('operations');
  ana.close();
});

test('W2 what changed between the drawing of a page and its stream is told when the stream begins, and nothing else', async () => {
  const client = await signInAs(app, 'ana');
  const vm = vmOf(node, 'ana', 'Routing');
  const draw = async () =>
    /data-drawn="(\d+)"/.exec((await ask(app, client, 'GET', `/vms/${vm.id}`)).text)?.[1];
  const before = await draw();
  node.apply('vm.rename', { id: vm.id, name: 'Routing' }, { kind: 'user', id: vm.ownerId, from: 'x' });
  const after = await draw();
  const late = await listen(client, `vm:${vm.id},images`, app, `&drawn=${before}`);
  await until('it is told', () => late.events.includes(`vm:${vm.id}`));
  const early = await listen(client, `vm:${vm.id},images`, app, `&drawn=${after}`);
  // From another life of this node, or older than what is remembered: everything may have changed.
  const strange = await listen(client, `vm:${vm.id},images`, app, '&drawn=999999999');
  await until('all is told', () => strange.events.length === 3);
  expect(late.events).toEqual(['ready', `vm:${vm.id}`]);
  expect(early.events).toEqual(['ready']);
  for (const one of [late, early, strange]) one.close();
});

test('SSE ownership: another student hears nothing, asked for by id or not; teacher and admin do', async () => {
  const vm = vmOf(node, 'ana', 'Routing');
  const topics = `vms,vm:${vm.id},operations,audit,users,settings,me,notifications`;
  const dana = await listen(await signInAs(app, 'dana'), topics);
  const teresa = await listen(await signInAs(app, 'teresa'), topics);
  const root = await listen(ROOT, topics);
  node.apply('vm.rename', { id: vm.id, name: 'Routing 2' }, { kind: 'user', id: vm.ownerId, from: 'x' });
  node.tellSoft('vm', vm.id);
  await until('teacher and root', () => teresa.events.includes('vms') && root.events.includes('audit'));
  // What comes after proves that nothing came before.
  node.apply(
    'user.update',
    { id: userNamed(node, 'dana').id, language: 'es' },
    { kind: 'local', nodeId: node.me.nodeId },
  );
  await until('own account', () => dana.events.includes('me'));
  expect(dana.events).toEqual(['ready', 'me']);
  for (const one of [dana, teresa, root]) one.close();
});

describe('ends', () => {
  test('when the session is closed', async () => {
    const client = await signInAs(app, 'ana');
    const stream = await listen(client, 'vms');
    await ask(app, client, 'DELETE', '/api/v1/session');
    await until('end', () => stream.ended);
    expect(stream.events.at(-1)).toBe('signed-out');
  });

  test('when the account is removed', async () => {
    const client = await signInAs(app, 'eve');
    const stream = await listen(client, 'vms');
    await ask(app, ROOT, 'DELETE', '/api/v1/users/eve');
    await until('end', () => stream.ended);
    expect(stream.events.at(-1)).toBe('signed-out');
  });

  test('the oldest, when one session opens too many', async () => {
    const client = await signInAs(app, 'bruno');
    const streams: Awaited<ReturnType<typeof listen>>[] = [];
    for (let n = 0; n < 13; n++) streams.push(await listen(client, 'vms'));
    await until('first is replaced', () => streams[0]?.ended);
    expect(streams[0]?.events.at(-1)).toBe('replaced');
    expect(streams[1]?.ended).toBe(false);
    for (const one of streams) one.close();
  });

  test('when the node stops', async () => {
    const stop = new AbortController();
    const other = createWebApp(node, { stopping: stop.signal });
    const stream = await listen(ROOT, 'vms', other);
    stop.abort();
    await until('end', () => stream.ended);
    expect(stream.events.at(-1)).toBe('stopping');
  });
});

test('refuses strangers and topics that do not exist', async () => {
  expect((await ask(app, {}, 'GET', '/events?topics=vms')).status).toBe(401);
  for (const topics of [
    '',
    'everything',
    'vm:../../etc',
    'vms,nope',
    `vm:${'x'.repeat(9000)}`,
    Array(40).fill('vms').join(','),
  ]) {
    expect((await ask(app, ROOT, 'GET', `/events?topics=${topics}`)).json.code).toBe('payload.invalid');
  }
});

describe('a copy that is replaced by a snapshot', () => {
  const copy = () => [...node.machine.snapshot()];

  test('R1 makes every open page ask anew, whatever it shows', async () => {
    const ana = await listen(await signInAs(app, 'ana'), `vms,images,vm:${vmOf(node, 'ana').id}`);
    node.machine.restore(copy());
    await until('all topics', () => ana.events.length === 4);
    expect(ana.events.toSorted()).toEqual(
      ['images', 'ready', 'vms', `vm:${vmOf(node, 'ana').id}`].toSorted(),
    );
    ana.close();
  });

  test('ends the stream of whoever is signed out in it', async () => {
    const before = copy();
    const ana = await listen(await signInAs(app, 'ana'), 'vms');
    node.machine.restore(before);
    await until('end', () => ana.ended);
    expect(ana.events.at(-1)).toBe('signed-out');
  });
});
