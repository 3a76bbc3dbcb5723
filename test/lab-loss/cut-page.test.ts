/** What somebody sees who sits at a PC that the network has cut off from the others: why nothing can be changed, and their lab, which goes on. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { Lab } from '../support/lab.ts';
import { openPage } from '../support/lab-page.ts';
import { greeting } from '../support/lab-screen.ts';
import type { Problem } from '../support/node.ts';
import { until } from '../support/until.ts';
import { PICTURES } from '../web/browser.ts';

setDefaultTimeout(300_000);
const LONG_MS = 120_000;
let lab: Lab;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  lab = await Lab.start(3, { hosting: [0] });
  await lab.form();
  await until('three voters', async () => (await lab.status(0)).quorum.voters === 3, LONG_MS);
  await lab.node(0).importGuest('ticker');
  ({ browser, page } = await openPage(lab));
  await page.goto('/labs');
  await lab.cli(0, ['vm', 'start', '--image', 'ticker', '--name', 'here']);
  await lab.node(0).untilState('here', 'running');
});
afterAll(async () => {
  await browser?.close();
  await lab?.close();
});

const main = () => page.locator('main').innerText();
const health = () => page.locator('#health').innerText();
const picture = (name: string) => page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });

test('N9 X4 the page of a PC that is cut off says who is missing and what still works, without a reload', async () => {
  await page.goto('/nodes');
  lab.cut({ a: [0], b: [1, 2] });
  await until('the open page says so', async () => /No master/.test(await health()), LONG_MS);
  await until('both are named', async () => /pc-2.*pc-3|pc-3.*pc-2/.test(await main()), LONG_MS);
  expect(await main()).toMatch(/nothing can be changed/i);
  await picture('cut-nodes');
});

test('N9 its lab is on the page as running, and its screen opens', async () => {
  await page.goto('/labs');
  expect(await main()).toContain('here');
  expect(await main()).toMatch(/Running/i);
  await picture('cut-labs');
  const { id } = await lab.node(0).vm('here');
  await page.goto(`/vms/${id}/console`);
  await page.waitForSelector('[data-cover][hidden]', { state: 'attached' });
  await until('a picture', () =>
    page.evaluate<boolean>(
      "document.querySelector('canvas')?.getContext('2d')?.getImageData(5, 5, 1, 1).data[3] === 255",
    ),
  );
  await picture('cut-console');
});

test('N9 healed, the open page says by itself that all is well again', async () => {
  await page.goto('/nodes');
  lab.heal();
  await until('it is one cloud again', async () => /3 of 3/.test(await main()), LONG_MS);
  expect(await health()).not.toMatch(/No master/);
});

test('C2 GF25 from another PC its screen opens with the very next request after a cut, and after a crash of labmesh there', async () => {
  const screen = () => greeting(lab, 1, 'here');
  expect(await screen()).toStartWith('RFB');
  lab.cut({ a: [0], b: [1, 2] });
  await until('it is missed', async () => (await lab.seen(1, 0)).state !== 'ready', LONG_MS);
  lab.heal();
  expect(await screen()).toStartWith('RFB');
  await lab.kill9(0);
  const refused = await lab.api<Problem>(1, 'POST', '/vms/here/console', {});
  expect(refused).toMatchObject({ status: 503, body: { code: 'vm.node_silent' } });
  await lab.startNode(0);
  expect(await screen()).toStartWith('RFB');
});
