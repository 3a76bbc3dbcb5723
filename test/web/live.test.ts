/** What changes elsewhere appears here at once, and takes nothing away: focus, half-typed words, opened menus, scroll. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { Author } from '../../src/state/index.ts';
import { serveLoopback } from '../../src/web/serve.ts';
import { createWebApp } from '../../src/web/server.ts';
import { fakeCloud, userNamed } from '../support/fake-cloud.ts';
import type { FakeNode } from '../support/fake-node.ts';
import { launch, PICTURES, visitAs } from './browser.ts';

setDefaultTimeout(30_000);

let browser: Browser;
let node: FakeNode;
let server: ReturnType<typeof serveLoopback>;

beforeAll(async () => {
  browser = await launch();
  node = fakeCloud('small');
  server = serveLoopback(createWebApp(node), 0);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
  await node.stop();
});

const person = (name: string): Author => ({ kind: 'user', id: userNamed(node, name).id, from: 'test' });

/** The page's stream of events is open. */
async function listens(page: Page): Promise<void> {
  await page.waitForSelector('#frame[data-live]');
}

/** A change elsewhere is on the page within half a second; a machine that draws eight pages besides gets ten times that. */
const AT_ONCE_MS = 5_000;

test('a lab that is renamed elsewhere is renamed here at once', async () => {
  const vm = node.state.tables.vm.by('owner', userNamed(node, 'ana').id)[0];
  const { context, page, trouble } = await visitAs(browser, server.url, 'ana');
  await listens(page);
  // Measured in the page itself: the clock of the test would count the test.
  const seen = page.evaluate<number>(`new Promise((done) => {
    const observer = new MutationObserver(() => {
      if (!document.body.innerText.includes('Named elsewhere')) return;
      observer.disconnect();
      done(Date.now());
    });
    observer.observe(document.body, { childList: true, subtree: true, characterData: true });
  })`);
  await page.evaluate('1'); // the observer is in place
  const began = Date.now();
  await node.submit('vm.rename', { id: vm?.id ?? '', name: 'Named elsewhere' }, person('teresa'));
  expect((await seen) - began).toBeLessThan(AT_ONCE_MS);
  expect(trouble).toEqual([]);
  await context.close();
});

test('a change elsewhere leaves focus, half-typed words, picked sizes and opened menus alone', async () => {
  const vm = node.state.tables.vm.by('owner', userNamed(node, 'ana').id)[0];
  const { context, page, trouble } = await visitAs(browser, server.url, 'teresa');
  await page.goto(`/labs/start?image=${vm?.imageId}`);
  await page.click('#more summary');
  await page.check('.choices >> nth=0 >> input >> nth=2');
  await page.fill('#name', 'half a na');
  await page.focus('#name');
  const reached = page.waitForResponse((response) => response.request().headers()['hx-request'] === 'true');
  await listens(page);
  node.apply('vm.rename', { id: vm?.id ?? '', name: 'Again renamed' }, person('teresa'));
  await reached;
  await page.waitForSelector('.htmx-request', { state: 'detached' });
  expect(await page.evaluate('document.activeElement?.id')).toBe('name');
  await page.keyboard.type('me');
  expect(await page.inputValue('#name')).toBe('half a name');
  expect(await page.isChecked('.choices >> nth=0 >> input >> nth=2')).toBe(true);
  expect(await page.locator('#more').getAttribute('open')).not.toBeNull();
  expect(trouble).toEqual([]);
  await context.close();
});

test('an opened menu stays open while its lab changes state', async () => {
  const vm = node.state.tables.vm
    .by('owner', userNamed(node, 'ana').id)
    .find((one) => one.observed.state === 'running');
  const { context, page, trouble } = await visitAs(browser, server.url, 'ana');
  await page.click(`#menu-${vm?.id} summary`);
  await listens(page);
  node.apply('vm.suspend', { id: vm?.id ?? '' }, person('ana'));
  await page.waitForSelector(`#lab-${vm?.id} [data-state="suspending"]`);
  expect(await page.locator(`#menu-${vm?.id}`).getAttribute('open')).not.toBeNull();
  node.settle();
  await page.waitForSelector(`#lab-${vm?.id} [data-state="suspended"]`);
  expect(await page.locator(`#main-${vm?.id}`).innerText()).toContain('Resume');
  expect(trouble).toEqual([]);
  await context.close();
});

test('the keyboard alone starts a suspended lab again', async () => {
  const vm = node.state.tables.vm
    .by('owner', userNamed(node, 'ana').id)
    .find((one) => one.observed.state === 'suspended');
  const { context, page } = await visitAs(browser, server.url, 'ana');
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement?.textContent')).toContain('Skip');
  await page.keyboard.press('Enter');
  for (let n = 0; n < 40; n++) {
    await page.keyboard.press('Tab');
    if ((await page.evaluate('document.activeElement?.id')) === `main-${vm?.id}`) break;
  }
  await page.keyboard.press('Enter');
  await page.waitForSelector(`#lab-${vm?.id} [data-state="waiting"]`);
  node.settle();
  await page.waitForSelector(`#lab-${vm?.id} [data-state="running"]`);
  await context.close();
});

test('GF37 when the PC goes away the page says so, and is up to date again when it is back', async () => {
  const other = fakeCloud('small');
  const port = Number(new URL(server.url).port) + 1;
  let away = serveLoopback(createWebApp(other), port);
  const { context, page } = await visitAs(browser, away.url, 'ana');
  await listens(page);
  await away.stop();
  await page.waitForSelector('#lost:not([hidden])');
  expect(await page.locator('#lost').innerText()).toContain(
    'The connection to the cloud is lost; trying again',
  );
  await page.screenshot({ path: join(PICTURES, 'disconnected.png') });
  const vm = other.state.tables.vm.by('owner', userNamed(other, 'ana').id)[0];
  other.apply(
    'vm.rename',
    { id: vm?.id ?? '', name: 'While away' },
    { kind: 'local', nodeId: other.me.nodeId },
  );
  away = serveLoopback(createWebApp(other), port);
  await page.waitForSelector('#lost[hidden]', { state: 'attached' });
  await page.waitForSelector('text=While away');
  await context.close();
  await away.stop();
  await other.stop();
});

test('signing out elsewhere signs this page out', async () => {
  const { context, page } = await visitAs(browser, server.url, 'teresa');
  await listens(page);
  for (const session of node.state.tables.session.by('user', userNamed(node, 'teresa').id)) {
    node.apply('session.close', { id: session.id }, person('teresa'));
  }
  await page.waitForURL(/\/sign-in/);
  await context.close();
});
