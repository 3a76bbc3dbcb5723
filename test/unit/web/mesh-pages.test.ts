/** The mesh on its pages: agreement in words, what is done to PCs, adding and sharing them. */
import { describe, expect, test } from 'bun:test';
import { uiOf } from '../../../src/texts/index.ts';
import { quorumWords } from '../../../src/web/components/quorum-words.ts';
import { createWebApp } from '../../../src/web/index.ts';
import { fakeCloud } from '../../support/fake-cloud.ts';
import { addFakeMesh, type FakeMeshOptions } from '../../support/fake-mesh.ts';
import { ask, type Client, ORIGIN, ROOT, signInAs } from './client.ts';

function cloud(options: FakeMeshOptions) {
  const node = fakeCloud('small');
  const ids = addFakeMesh(node, options);
  const app = createWebApp(node);
  const form = (
    who: Required<Pick<Client, 'cookie' | 'csrf'>>,
    path: string,
    fields: Record<string, string>,
  ) =>
    ask(app, who, 'POST', path, {
      raw: new URLSearchParams({ csrf: who.csrf, ...fields }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: ORIGIN },
    });
  const page = async (name: string, path: string) =>
    (await ask(app, await signInAs(app, name), 'GET', path)).text;
  return { node, ids, app, form, page };
}

const words = (options: FakeMeshOptions) => {
  const { node } = cloud(options);
  const nameOf = (id: string) => node.state.tables.node.get(id)?.name ?? id;
  return quorumWords(node.quorum(), options.pcs, uiOf('en'), nameOf, (names) => names.join(', '));
};

describe('N6 the agreement in words', () => {
  test('how many voters are up, and how many may fail', () => {
    expect(words({ pcs: 3 }).sentence).toBe('3 of 3 voters up; 1 may fail');
    const less = words({ pcs: 3, off: [2] });
    expect([less.tone, less.sentence, ...less.next]).toEqual([
      'warn',
      '2 of 3 voters up; none may fail',
      'PC-2 is missing.',
    ]);
  });

  test('two PCs: one votes, and what to do when it is lost', () => {
    expect(words({ pcs: 2 }).sentence).toBe(
      '2 PCs: only PC-1 votes; if it is lost for good, recover on another',
    );
  });

  test('N9 without a majority: who is missing, that labs go on, and until when nothing can be changed', () => {
    const lost = words({ pcs: 5, off: [3, 4, 5], master: null });
    expect(lost.tone).toBe('bad');
    expect(lost.sentence).toBe('No master: PC-3, PC-4, PC-5 are missing.');
    expect(lost.next[0]).toBe(
      'VMs here keep running; nothing can be changed until 1 of PC-3, PC-4, PC-5 is back.',
    );
  });

  test('GF37 the master is lost: every page says so and that it reconnects by itself', async () => {
    const { page } = cloud({ pcs: 3, master: null });
    expect(await page('ana', '/labs')).toContain('Master lost, electing: this page reconnects by itself');
  });
});

test('N5 every page says who is off, the card since when and by whom nobody was reached', async () => {
  const { page } = cloud({ pcs: 5, off: [3] });
  expect(await page('ana', '/labs')).toContain('PC-3 is off; 1 more voter may fail');
  expect(await page('admin', '/nodes')).toMatch(
    /Unreachable since \d\d:\d\d: no answer from it, nor through other PCs/,
  );
});

test('X1 N5 a retired PC says on every page, to scripts and in words by whom, when, and how to use it again', async () => {
  const { node, app, page } = cloud({ pcs: 3, master: null });
  node.retired = { node: 'PC-1', by: 'admin', at: Date.UTC(2026, 8, 21, 9, 30) };
  for (const [who, path] of [
    ['ana', '/labs'],
    ['admin', '/nodes'],
  ] as const) {
    const html = await page(who, path);
    expect(html).toContain('(PC-1) was retired by admin on 2026-09-21 at 09:30 UTC');
    expect(html).toContain('To use it again: stop labmesh on this PC, empty its data folder');
  }
  const { json } = await ask(app, ROOT, 'GET', '/api/v1/status');
  expect(json.me).toMatchObject({ state: 'retired', cause: { code: 'node.retired_here' } });
  expect(json.me.cause.message).toContain('by admin');
});

test('N5 where nobody can write it down any more, what this PC sees counts', async () => {
  const { node, ids, page } = cloud({ pcs: 3 });
  const peer = node.peer;
  node.peer = (id) => {
    const known = peer(id);
    return known && id === ids[1] ? { ...known, health: 'dead', seenMs: 60_000 } : known;
  };
  expect(await page('admin', '/nodes')).toContain('Unreachable since');
});

test('N8 an admin promotes, makes master, empties, takes back and retires; a student may not', async () => {
  const { node, ids, app, form } = cloud({ pcs: 4, voters: 3 });
  const admin = await signInAs(app, 'admin');
  const [, second = '', , fourth = ''] = ids;
  const of = (id: string) => node.state.tables.node.get(id);
  expect((await form(admin, `/nodes/${fourth}/vote`, { vote: 'always' })).status).toBe(303);
  expect(of(fourth)?.vote).toBe('always');
  expect((await form(admin, `/nodes/${fourth}/vote`, { vote: 'perhaps' })).status).toBe(400);
  expect((await form(admin, `/nodes/${second}/master`, {})).status).toBe(303);
  expect(node.calls).toContain(`master ${second}`);
  expect((await form(admin, `/nodes/${second}/drain`, { how: 'wait', minutes: '60' })).status).toBe(303);
  const drain = of(second)?.drain;
  expect([of(second)?.state, drain?.how, (drain?.deadlineAt ?? 0) - (drain?.startedAt ?? 0)]).toEqual([
    'draining',
    'wait',
    3_600_000,
  ]);
  expect((await form(admin, `/nodes/${second}/undrain`, {})).status).toBe(303);
  expect(of(second)?.state).toBe('ready');
  const refused = await form(admin, `/nodes/${second}/undrain`, {});
  expect([refused.status, refused.text.includes('id="refused"')]).toEqual([409, true]);
  const student = await signInAs(app, 'ana');
  expect((await form(student, `/nodes/${fourth}/retire`, { force: 'on' })).status).toBe(403);
  expect((await form(admin, `/nodes/${fourth}/retire`, { force: 'on' })).status).toBe(303);
  expect(of(fourth)?.state).toBe('retired');
});

test('N8 the question before retiring names the labs and images that would be lost', async () => {
  const { ids, page } = cloud({ pcs: 3 });
  const asked = await page('admin', `/nodes/${ids[0]}/retire`);
  for (const lost of ['Kernel practice', 'Networks lab', 'are lost with it']) expect(asked).toContain(lost);
  expect(await page('admin', `/nodes/${ids[1]}/retire`)).toContain('nothing is lost');
  const alone = cloud({ pcs: 1 });
  expect(await alone.page('admin', `/nodes/${alone.ids[0]}/retire`)).toContain('the last PC of the cloud');
});

test('N8 the page of a PC that is emptied names what holds it up, and says when nothing does', async () => {
  const { node, ids, page } = cloud({ pcs: 2 });
  const local = { kind: 'local', nodeId: node.me.nodeId } as const;
  node.apply('node.drain', { id: ids[0], deadlineMs: 3_600_000, how: 'wait' }, local);
  const held = await page('admin', `/nodes/${ids[0]}`);
  expect(held).toContain('2 labs hold it up');
  expect(held).toContain('Preparing week 5');
  // An hour from now may be tomorrow, and then names its day.
  expect(held).toMatch(/May end by itself, is suspended (\w{3} )?\d\d:\d\d/);
  node.apply('node.drain', { id: ids[1], deadlineMs: 0, how: 'suspend' }, local);
  expect(await page('admin', `/nodes/${ids[1]}`)).toContain('Nothing runs on it: it may be switched off.');
});

test('N2 adding a PC: the line with its expiry and QR code, the list of open lines, withdrawn', async () => {
  const { node, app, form, page } = cloud({ pcs: 1 });
  const admin = await signInAs(app, 'admin');
  const made = await form(admin, '/nodes/join', { label: 'Room 7', hours: '24', uses: '3' });
  expect(made.status).toBe(200);
  expect(made.text).toContain('labmesh join LM1-');
  expect(made.text).toContain('for 3 PCs');
  expect(made.text).toContain('class="qr"');
  const list = await page('admin', '/nodes/join');
  expect(list).toContain('Room 7');
  expect(list).not.toContain('labmesh join LM1-');
  const token = node.state.tables.token.all()[0];
  expect((await form(admin, `/nodes/join/${token?.id}/revoke`, {})).status).toBe(303);
  expect(await page('admin', '/nodes/join')).not.toContain('Room 7');
  const refused = await form(admin, '/nodes/join', { label: 'x', hours: '24', uses: 'many' });
  expect([refused.status, refused.text.includes('id="refused"')]).toEqual([400, true]);
});

test('N11 a student shares a PC: a line for one PC and an hour; others’ lines are not theirs to withdraw', async () => {
  const { node, app, form, page } = cloud({ pcs: 2 });
  const ana = await signInAs(app, 'ana');
  expect(await page('ana', '/labs')).toContain('href="/share"');
  expect((await form(ana, '/share', {})).text).toContain('labmesh join LM1-');
  const tokens = node.state.tables.token.all();
  const mine = tokens.find((one) => one.sharedBy !== null);
  expect([mine?.maxUses, (mine?.expiresAt ?? 0) - (mine?.createdAt ?? 0)]).toEqual([1, 3_600_000]);
  const others = tokens.find((one) => one.sharedBy === null);
  expect((await form(ana, `/share/${others?.id}/revoke`, {})).status).toBe(403);
  expect((await form(ana, `/share/${mine?.id}/revoke`, {})).status).toBe(303);
  expect(node.state.tables.token.get(mine?.id ?? '')?.revokedAt).not.toBeNull();
});

test('N15 the cloud is shut down and started from the page; the top bar says so', async () => {
  const { node, app, form, page } = cloud({ pcs: 3 });
  const admin = await signInAs(app, 'admin');
  expect((await form(admin, '/nodes/power', { minutes: '15' })).status).toBe(303);
  expect(node.state.cloud?.power.state).toBe('stopping');
  expect(await page('ana', '/labs')).toContain('The cloud is being shut down');
  expect((await form(admin, '/nodes/power/on', {})).status).toBe(303);
  expect(node.state.cloud?.power.state).toBe('on');
});

test('N13 the map draws every PC, and says of a one-way link who reaches whom', async () => {
  const { page } = cloud({ pcs: 6 });
  const map = await page('admin', '/nodes/map');
  expect(map.match(/class="spot /g)).toHaveLength(6);
  expect(map).toContain('Only PC-2 reaches PC-6');
  expect(map).toContain('class="way oneWay"');
});
