/** The scheduler on its pages: who waits and why, hours that are reserved, a dry run of settings, sharing in one's own hands. */
import { describe, expect, test } from 'bun:test';
import { createWebApp } from '../../../src/web/index.ts';
import { fakeCloud, userNamed, vmOf } from '../../support/fake-cloud.ts';
import { addFakePlan, addFakeReservations, patch } from '../../support/fake-plan.ts';
import { ask, type Client, ORIGIN, signInAs } from './client.ts';

type Person = Required<Pick<Client, 'cookie' | 'csrf'>>;

async function cloud() {
  const node = fakeCloud('small');
  const app = createWebApp(node);
  const page = async (name: string, path: string) =>
    words(await ask(app, await signInAs(app, name), 'GET', path));
  const form = (who: Person, path: string, fields: Record<string, string>) =>
    ask(app, who, 'POST', path, {
      raw: new URLSearchParams({ csrf: who.csrf, ...fields }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: ORIGIN },
    });
  return { node, app, page, form };
}

/** What a reader sees of a page's own part. */
function words({ text }: { text: string }): string {
  const main = text.slice(Math.max(0, text.indexOf('<main')));
  return main
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replace(/\s+/g, ' ');
}

/** An hour so many days from now, as the form's fields say it in UTC. */
function inDays(now: number, days: number): { day: string; time: string } {
  const at = new Date(Math.ceil(now / 3_600_000) * 3_600_000 + days * 86_400_000).toISOString();
  return { day: at.slice(0, 10), time: at.slice(11, 16) };
}

describe('a refused form', () => {
  test('stays as it is: news of the cloud does not take away what was typed', async () => {
    const { node, app, form } = await cloud();
    const { name, imageId, sizeId } = vmOf(node, 'ana');
    const ana = await signInAs(app, 'ana');
    const shown = await ask(app, ana, 'GET', `/labs/start?image=${imageId}`);
    expect(shown.text).toMatch(/<main[^>]+hx-get="\/labs\/start\?image=/);
    const fields = { image: imageId, size: sizeId, hours: '2', keep: 'clean', when: 'now', name };
    const refused = await form(ana, '/labs/start', fields);
    expect([refused.status, refused.text.includes('name.taken')]).toEqual([409, true]);
    expect(/<main[^>]*>/.exec(refused.text)?.[0]).not.toContain('hx-get');
  });
});

describe('S3 a request that waits', () => {
  test('says its place, about when and what is short, on the card and on its page, and may be taken back', async () => {
    const { node, app, page, form } = await cloud();
    const { waiting } = addFakePlan(node);
    for (const path of ['/labs', `/vms/${waiting.id}`]) {
      expect(await page('dana', path)).toMatch(
        /Waiting: number 2 in line, about .*\d\d:\d\d\. The cloud is full: 4 virtual processors asked/,
      );
    }
    const dana = await signInAs(app, 'dana');
    const asked = words(await ask(app, dana, 'GET', `/vms/${waiting.id}/cancel`));
    expect(asked).toContain('It gives up its place in line, number 2.');
    expect(asked).toContain('It has never run, so nothing is lost.');
    const done = await form(dana, `/vms/${waiting.id}/cancel`, {});
    expect([done.status, done.headers.get('location')]).toEqual([303, '/labs?done=request_cancelled']);
    expect(node.state.tables.vm.get(waiting.id)).toBeUndefined();
  });

  test("another's request is as unknown as none", async () => {
    const { node, app } = await cloud();
    const { waiting } = addFakePlan(node);
    const eve = await signInAs(app, 'bruno');
    for (const part of ['', '/why', '/cancel']) {
      expect((await ask(app, eve, 'GET', `/vms/${waiting.id}${part}`)).status).toBe(404);
    }
  });

  test('S16 Why? tells the claim term by term in words, and every PC', async () => {
    const { node, page } = await cloud();
    const { waiting } = addFakePlan(node);
    const why = await page('dana', `/vms/${waiting.id}/why`);
    expect(why).toContain('Why does Joins and views wait?');
    expect(why).toContain('It is number 2 in line.'); // one that gave way came before it
    expect(why).toMatch(/\+200 Somebody works in it\./);
    expect(why).toContain('1 PC was looked at.');
    expect(why).toContain('Left out');
    expect(why).not.toContain('no words for');
  });

  test('S16 Why? on a lab that runs names its PC, and the terms of the score', async () => {
    const { node, page } = await cloud();
    const why = await page('ana', `/vms/${vmOf(node, 'ana', 'Kernel practice').id}/why`);
    expect(why).toContain('It runs on PC-1.');
    expect(why).toContain('Memory: it asks for 0.3 GB');
    expect(why).not.toContain('no words for');
  });

  test('the queue shows an admin who waits, the claim and what becomes free next, and others nothing', async () => {
    const { node, app, page } = await cloud();
    expect(await page('admin', '/queue')).toContain('Nobody waits');
    addFakePlan(node);
    const queue = await page('admin', '/queue');
    expect(queue).toContain('4 requests wait for a place.');
    expect(queue.indexOf('Dana Petrova')).toBeLessThan(queue.indexOf('Eve Adams'));
    expect(queue).toContain('What becomes free next');
    expect(queue).not.toContain('no words for');
    expect((await ask(app, await signInAs(app, 'teresa'), 'GET', '/queue')).status).toBe(403);
  });
});

test('S2 a lab that gave way says for what, that it goes on by itself, and whose exam only to those who may know', async () => {
  const { node, page } = await cloud();
  addFakePlan(node);
  const card = await page('bruno', '/labs');
  expect(card).toContain('Suspended for an exam. It goes on by itself when there is room.');
  expect(card).not.toContain('Benchmark 1');
  expect(card).toContain('Resumes by itself');
  expect(await page('admin', `/vms/${vmOf(node, 'bruno').id}`)).toContain('Suspended for Benchmark 1.');
  patch(node, vmOf(node, 'teresa').id, { preemptAt: node.now() + 30_000 });
  expect(await page('teresa', '/labs')).toMatch(
    /About (\w{3} )?\d\d:\d\d it gives its place to one that goes first/,
  );
});

test('S5 twelve minutes before its end every page of its person says so, with more time one press away', async () => {
  const { node, app, page, form } = await cloud();
  const { ending } = addFakePlan(node);
  for (const path of ['/labs', '/courses', '/help']) {
    expect(await page('ana', path)).toContain('Kernel practice has 12 min left');
  }
  expect(await page('bruno', '/labs')).not.toContain('Kernel practice');
  const ana = await signInAs(app, 'ana');
  // Others wait: by default nobody gets more time then, and the page says why.
  const refused = await form(ana, `/vms/${ending.id}/renew`, {});
  expect([refused.status, refused.text.includes('lease.others_wait')]).toEqual([409, true]);
  node.apply(
    'setting.set',
    { key: 'lease.renew_if_waiting', value: true },
    { kind: 'local', nodeId: node.me.nodeId },
  );
  expect((await form(ana, `/vms/${ending.id}/renew`, {})).status).toBe(303);
  expect(await page('ana', '/labs')).not.toContain('Kernel practice has');
  patch(node, ending.id, { leaseEndsAt: node.now() + 4 * 60_000 });
  expect((await ask(app, ana, 'GET', '/labs')).text).toContain('class="notice bad"');
});

describe('S6 reservations', () => {
  test('a student reserves from the start form, sees it in the week and gives it up', async () => {
    const { node, app, form } = await cloud();
    const ana = await signInAs(app, 'ana');
    const image = vmOf(node, 'ana').imageId;
    const later = { image, hours: '2', when: 'later', ...inDays(node.now(), 1) };
    const prospect = words(await form(ana, '/labs/start/prospect', { ...later, size: '' }));
    expect(prospect).toContain('It fits: room for it is kept free from');
    expect(prospect).not.toContain('Reserve'); // no button in what is exchanged: a press into the exchange would be lost
    const made = await form(ana, '/labs/start', later);
    const id = /\/reservations\/(\w{26})/.exec(made.headers.get('location') ?? '')?.[1] ?? '';
    expect(node.state.tables.reservation.get(id)).toMatchObject({
      userId: userNamed(node, 'ana').id,
      kind: 'personal',
      hours: 2,
    });
    const week = await ask(app, ana, 'GET', `/reservations?week=${later.day}`);
    expect(week.text).toContain(`href="/reservations/${id}"`);
    expect((await form(ana, `/reservations/${id}/cancel`, {})).headers.get('location')).toBe(
      '/reservations?done=reservation_cancelled',
    );
    expect((await ask(app, ana, 'GET', `/reservations?week=${later.day}`)).text).not.toContain(id);
  });

  test('a full hour names what is beside it and the next one that is free, which one press takes', async () => {
    const { node, app, form } = await cloud();
    const teresa = await signInAs(app, 'teresa');
    const big = node.state.tables.size.one('name', 'linux big')?.id ?? '';
    const course = node.state.tables.course.by('teacher', userNamed(node, 'teresa').id)[0]?.id ?? '';
    const fields = {
      image: vmOf(node, 'ana').imageId,
      size: big,
      hours: '2',
      for: course,
      count: '4',
      label: 'Practice',
      ...inDays(node.now(), 1),
    };
    expect((await form(teresa, '/reservations/add', fields)).status).toBe(303);
    const clash = await form(teresa, '/reservations/prospect', { ...fields, label: 'Second' });
    expect(words(clash)).toMatch(
      /The next free hour is .* At the same time \d\d:\d\d–\d\d:\d\d Practice, 4 labs/,
    );
    const refused = await form(teresa, '/reservations/add', { ...fields, label: 'Second' });
    expect([
      refused.status,
      refused.text.includes('reservation.no_room'),
      refused.text.includes('value="Second"'),
    ]).toEqual([409, true, true]);
    const take = /name="take" value="([^"]+)"/.exec(clash.text)?.[1] ?? '';
    expect((await form(teresa, '/reservations/add', { ...fields, label: 'Second', take })).status).toBe(303);
    expect(node.state.tables.reservation.by('state', 'active').map(({ local }) => local)).toContain(take);
  });

  test('GF38 what would be refused is said before it is asked: past, counts, hours, gaps of the clock', async () => {
    const { node, app, form } = await cloud();
    const teresa = { ...(await signInAs(app, 'teresa')) };
    const course = node.state.tables.course.by('teacher', userNamed(node, 'teresa').id)[0]?.id ?? '';
    const said = async (fields: Record<string, string>, cookie = '') => {
      const who = { ...teresa, cookie: `${teresa.cookie}${cookie}` };
      const base = { image: vmOf(node, 'ana').imageId, size: '', hours: '2', ...inDays(node.now(), 1) };
      return words(await form(who, '/reservations/prospect', { ...base, ...fields }));
    };
    expect(await said({ day: '2020-01-01' })).toContain('is in the past');
    expect(await said({ for: course, count: '0' })).toContain('0 labs cannot be reserved here');
    expect(await said({ for: course, count: '1000000' })).toContain('1,000,000 labs cannot be reserved here');
    expect(await said({ for: course, count: 'many' })).not.toContain('It fits');
    expect(await said({ hours: '9' })).toContain('9 is not among them');
    expect(await said({ day: '2027-02-29' })).not.toContain('It fits');
    expect(await said({ day: '2027-03-28', time: '02:30' }, '; tz=Europe/Madrid')).toContain(
      'does not exist in Europe/Madrid',
    );
  });

  test("another's reservation is busy time in the cloud's week and unknown by its address", async () => {
    const { node, app } = await cloud();
    const [practice = ''] = addFakeReservations(node);
    const dana = await signInAs(app, 'dana');
    const day = new Date(node.state.tables.reservation.get(practice)?.starts[0] ?? 0)
      .toISOString()
      .slice(0, 10);
    const week = (await ask(app, dana, 'GET', `/reservations?of=cloud&week=${day}`)).text;
    expect(week).toContain('Reserved');
    expect(week).not.toContain('Practice 3');
    for (const path of ['', '/cancel']) {
      expect((await ask(app, dana, 'GET', `/reservations/${practice}${path}`)).status).toBe(404);
    }
  });

  test("times are the viewer's: the same hour reads otherwise in Madrid", async () => {
    const { node, app } = await cloud();
    const [practice = ''] = addFakeReservations(node);
    const start = node.state.tables.reservation.get(practice)?.starts[0] ?? 0;
    const teresa = await signInAs(app, 'teresa');
    for (const zone of ['Europe/Madrid', 'Pacific/Auckland', 'America/Caracas']) {
      const clock = new Intl.DateTimeFormat('en-GB', {
        hour: '2-digit',
        minute: '2-digit',
        timeZone: zone,
      }).format(start);
      const there = { ...teresa, cookie: `${teresa.cookie}; tz=${zone}` };
      expect((await ask(app, there, 'GET', `/reservations/${practice}`)).text).toContain(`, ${clock}`);
    }
    const made_up = { ...teresa, cookie: `${teresa.cookie}; tz=Middle/Earth` };
    expect((await ask(app, made_up, 'GET', '/reservations')).status).toBe(200);
  });
});

describe('S4 settings of the scheduler', () => {
  test('a dry run says who would start and be suspended, and changes nothing; Save does', async () => {
    const { node, app, form } = await cloud();
    addFakePlan(node);
    const admin = await signInAs(app, 'admin');
    const tried = await form(admin, '/settings/scheduler', { do: 'try', 'scheduler.cpu_excess': '1' });
    expect(words(tried)).toMatch(/What it would change now .* [34] requests would start at once\./);
    expect(node.state.tables.setting.get('scheduler.cpu_excess')).toBeUndefined();
    expect(tried.text).toContain('value="1"');
    const saved = await form(admin, '/settings/scheduler', {
      do: 'save',
      'scheduler.cpu_excess': '1',
      'scheduler.policy': 'spread',
      'scheduler.backfill': 'off',
    });
    expect(saved.headers.get('location')).toBe('/settings/scheduler?done=settings_saved');
    const value = (key: string) => node.state.tables.setting.get(key)?.value;
    expect([value('scheduler.cpu_excess'), value('scheduler.policy'), value('scheduler.backfill')]).toEqual([
      1,
      'spread',
      false,
    ]);
  });

  test('a value that is none is refused with what was typed, and nothing is saved', async () => {
    const { node, app, form } = await cloud();
    const admin = await signInAs(app, 'admin');
    const refused = await form(admin, '/settings/scheduler', {
      do: 'save',
      'priority.exam': '450',
      'priority.class': 'many',
    });
    expect([
      refused.status,
      refused.text.includes('setting.invalid'),
      refused.text.includes('value="many"'),
    ]).toEqual([422, true, true]);
    expect(node.state.tables.setting.get('priority.exam')).toBeUndefined();
    expect((await form(await signInAs(app, 'teresa'), '/settings/scheduler', { do: 'try' })).status).toBe(
      403,
    );
  });
});

describe('N11 sharing', () => {
  test('saying no is counted in words; after two the requests wait behind those who share', async () => {
    const { node, app, page, form } = await cloud();
    const start = `/labs/start?image=${vmOf(node, 'ana').imageId}`;
    expect(await page('ana', start)).toContain('You may say no twice; after that your requests wait behind');
    const ana = await signInAs(app, 'ana');
    const no = await form(ana, '/share/decline', { back: start });
    expect(no.headers.get('location')).toBe(`${start}&done=share_declined`);
    const asked = { ...ana, cookie: `${ana.cookie}; ${no.headers.get('set-cookie')?.split(';')[0]}` };
    expect((await ask(app, asked, 'GET', start)).text).not.toContain('share-question');
    await form(ana, '/share/decline', {});
    expect(await page('ana', '/share')).toContain('You have said no twice. Once more, and');
    await form(ana, '/share/decline', {});
    expect(await page('ana', '/share')).toContain('your requests wait behind those of people who share');
    node.apply(
      'setting.set',
      { key: 'sharing.policy', value: false },
      { kind: 'local', nodeId: node.me.nodeId },
    );
    expect(await page('ana', start)).not.toContain('Share the PC before you?');
  });

  test('G18 the owner sets how much, pauses and stops; an admin sets any PC; another may not', async () => {
    const { node, app, page, form } = await cloud();
    const id = node.me.nodeId;
    const owner = userNamed(node, 'dana').id;
    node.apply('node.configure', { id, share: 100, ownerId: owner }, { kind: 'local', nodeId: id });
    const of = () => node.state.tables.node.get(id);
    const dana = await signInAs(app, 'dana');
    expect((await form(dana, `/share/${id}/percent`, { share: '50' })).status).toBe(303);
    expect(of()?.share).toBe(50);
    expect(await page('dana', '/share')).toContain('Labs may use 50 %: 8 cores, 16 GB memory.');
    const letters = await form(dana, `/share/${id}/percent`, { share: 'half' });
    expect([letters.status, of()?.share]).toEqual([400, 50]);
    expect((await form(await signInAs(app, 'eve'), `/share/${id}/percent`, { share: '10' })).status).toBe(
      404,
    );
    const tooLittle = await form(dana, `/share/${id}/percent`, { share: '0' });
    expect([tooLittle.status, tooLittle.text.includes('node.share_in_use')]).toEqual([409, true]);
    expect((await form(await signInAs(app, 'admin'), `/nodes/${id}/share`, { share: '75' })).status).toBe(
      303,
    );
    expect(of()?.share).toBe(75);
    expect((await form(dana, `/share/${id}/stop`, {})).status).toBe(303);
    expect(of()?.state).toBe('draining');
    expect((await form(dana, `/share/${id}/again`, {})).status).toBe(303);
    expect(of()?.state).toBe('ready');
  });
});
