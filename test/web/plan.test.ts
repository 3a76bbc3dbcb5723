/** The scheduler in the browser: what will happen is said while one chooses, the queue moves by itself, hours are drawn in the week. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import type { Author } from '../../src/state/index.ts';
import { serveLoopback } from '../../src/web/serve.ts';
import { createWebApp } from '../../src/web/server.ts';
import { fakeCloud, userNamed, vmOf } from '../support/fake-cloud.ts';
import type { FakeNode } from '../support/fake-node.ts';
import { addFakePlan, type FakePlan, patch } from '../support/fake-plan.ts';
import { launch, PICTURES, visitAs } from './browser.ts';

setDefaultTimeout(240_000);

let browser: Browser;
let node: FakeNode;
let plan: FakePlan;
let server: ReturnType<typeof serveLoopback>;

beforeAll(async () => {
  browser = await launch();
  node = fakeCloud('small');
  plan = addFakePlan(node);
  server = serveLoopback(createWebApp(node), 0);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
  await node.stop();
});

const root: Author = { kind: 'local', nodeId: '' };
const person = (name: string): Author => ({ kind: 'user', id: userNamed(node, name).id, from: 'test' });

test('S1, S12 the start form says what will happen with each choice, and books an hour instead', async () => {
  const { context, page, trouble } = await visitAs(browser, server.url, 'teresa');
  await page.goto(`/labs/start?image=${vmOf(node, 'ana').imageId}`);
  await page.waitForSelector('#outlook:has-text("Starts now on PC-1")');
  const big = node.state.tables.size.one('name', 'linux big')?.id;
  await page.check(`#size-${big}`);
  // A teacher goes before three students who wait; nobody yields to them.
  await page.waitForSelector('#outlook:has-text("in line")');
  expect(await page.locator('#outlook').innerText()).toContain('it starts by itself');
  expect(await page.isVisible('#day')).toBe(false);
  await page.check('#when-later');
  await page.waitForSelector('#start-button:has-text("Reserve")');
  const tomorrow = new Date(node.now() + 86_400_000).toISOString().slice(0, 10);
  await page.fill('#day', tomorrow);
  await page.fill('#time', '10:00');
  await page.waitForSelector('#outlook:has-text("It fits")');
  await page.screenshot({ path: join(PICTURES, 'start-later.png'), fullPage: true });
  await page.click('#start-button');
  await page.waitForURL(/\/reservations\/\w{26}/);
  expect(await page.locator('main').innerText()).toContain('It is reserved.');
  expect(trouble).toEqual([]);
  await context.close();
});

test('S3 whoever waits moves up before the eyes when another gives up', async () => {
  const { context, page, trouble } = await visitAs(browser, server.url, 'eve', { width: 390, height: 844 });
  await page.waitForSelector('#frame[data-live]');
  await page.waitForSelector('article.lab:has-text("number 3 in line")');
  node.apply('request.cancel', { id: plan.waiting.id }, person('dana'));
  await page.waitForSelector('article.lab:has-text("number 2 in line")');
  await page.click('article.lab a:has-text("Cancel the request")');
  await page.waitForSelector('dialog[open]:has-text("It gives up its place in line, number 2.")');
  await page.screenshot({ path: join(PICTURES, 'request-cancel-phone.png') });
  await page.keyboard.press('Escape');
  expect(trouble).toEqual([]);
  await context.close();
});

test('S6 hours drawn in the week with the mouse, or named by keyboard, open the form with that time', async () => {
  const { context, page, trouble } = await visitAs(browser, server.url, 'teresa');
  const day = new Date(node.now() + 8 * 86_400_000).toISOString().slice(0, 10);
  await page.goto(`/reservations?week=${day}`);
  const slots = page.locator(`.slots[data-day="${day}"]`);
  const box = await slots.boundingBox();
  if (!box) throw new Error('no day to draw on');
  // Rows of 22 px from 08:00: the fifth is 10:00, the tenth ends at 13:00.
  await page.mouse.move(box.x + 20, box.y + 4 * 22 + 5);
  await page.mouse.down();
  await page.mouse.move(box.x + 20, box.y + 9 * 22 + 5);
  await page.mouse.up();
  await page.waitForURL(/\/reservations\/add/);
  expect(await page.inputValue('#day')).toBe(day);
  expect(await page.inputValue('#time')).toBe('10:00');
  expect(await page.inputValue('#hours')).toBe('3');
  await page.goBack();
  await page.locator(`#day-${day} + a.day-add`).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/reservations\/add/);
  expect(await page.inputValue('#day')).toBe(day);
  expect(trouble).toEqual([]);
  await context.close();
});

test('S4 an admin tries a setting on the present queue; what was typed stays, nothing is changed', async () => {
  const { context, page, trouble } = await visitAs(browser, server.url, 'admin');
  await page.goto('/settings/scheduler');
  await page.fill('[id="scheduler.cpu_excess"]', '1');
  await page.click('button:has-text("Try it on the queue")');
  await page.waitForSelector('#dry-run:has-text("would start at once")');
  expect(await page.inputValue('[id="scheduler.cpu_excess"]')).toBe('1');
  await page.screenshot({ path: join(PICTURES, 'dry-run.png') });
  expect(node.state.tables.setting.get('scheduler.cpu_excess')).toBeUndefined();
  expect(trouble).toEqual([]);
  await context.close();
});

test('S5 the console warns before the end and gives more time there and then', async () => {
  node.apply(
    'setting.set',
    { key: 'lease.renew_if_waiting', value: true },
    { ...root, nodeId: node.me.nodeId },
  );
  patch(node, plan.ending.id, { leaseEndsAt: node.now() + 4 * 60_000 });
  const { context, page, trouble } = await visitAs(browser, server.url, 'ana');
  await page.goto(`/vms/${plan.ending.id}/console`);
  await page.waitForSelector('[data-lease]:not([hidden]):has-text("has 4 min left")');
  await page.screenshot({ path: join(PICTURES, 'console-lease.png') });
  await page.click('[data-do="renew"]');
  await page.waitForSelector('[data-say]:has-text("You have another hour.")');
  await page.waitForSelector('[data-lease][hidden]', { state: 'attached' });
  expect(node.state.tables.vm.get(plan.ending.id)?.leaseEndsAt).toBeGreaterThan(node.now() + 3_600_000);
  expect(trouble.filter((one) => !one.includes('WebSocket'))).toEqual([]);
  await context.close();
});

test('R1 an open page shows what a snapshot brought that replaced the whole state', async () => {
  const { context, page, trouble } = await visitAs(browser, server.url, 'ana');
  await page.waitForSelector('#frame[data-live]');
  patch(node, plan.ending.id, { name: 'Brought by a snapshot' });
  await page.waitForSelector('text=Brought by a snapshot');
  expect(trouble).toEqual([]);
  await context.close();
});
