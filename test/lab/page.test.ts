/** What an administrator does with PCs from the page: adds one, sees all, changes votes, empties, uses again, retires. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import { Lab, nameOf } from '../support/lab.ts';
import { openPage } from '../support/lab-page.ts';
import { until } from '../support/until.ts';

setDefaultTimeout(120_000);
const LONG_MS = 60_000;
let lab: Lab;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  lab = await Lab.start(3, { hosting: [] });
  await lab.startNode(0);
  ({ browser, page } = await openPage(lab));
});
afterAll(async () => {
  await browser?.close();
  await lab?.close();
});

const card = (index: number) =>
  page.locator('article', { has: page.getByRole('link', { name: nameOf(index), exact: true }) });

/** Chooses from a PC's menu. */
async function act(index: number, name: string): Promise<void> {
  await page.goto('/nodes');
  await card(index).locator('details.menu > summary').click();
  const menu = card(index).locator('.menu-list');
  await menu.getByRole('button', { name }).or(menu.getByRole('link', { name })).click();
}

const roleOf = async (index: number) => (await lab.seen(0, index)).role;

test('N1 N2 adding a PC is a button that shows the one line to run there', async () => {
  await page.goto('/nodes');
  await page.locator('a[href="/nodes/join"]').first().click();
  await page.fill('input[name=uses]', '2');
  await page.locator('#join-form button[type=submit]').click();
  const line = (await page.locator('#join-line code').innerText()).trim();
  expect(line).toStartWith('labmesh join ');
  expect(await page.locator('#join-line svg').count()).toBeGreaterThan(0);
  const token = line.split(' ')[2] ?? '';
  for (const index of [1, 2]) await lab.startNode(index, { join: token });
});

test('N3 N6 all PCs stand on the page, with the agreement in words', async () => {
  await page.goto('/nodes');
  for (const index of [0, 1, 2]) await card(index).waitFor();
  await until('three voters', async () => (await lab.status(0)).quorum.voters === 3, LONG_MS);
  await until('the page says so', async () => /3 of 3/.test(await page.locator('main').innerText()), LONG_MS);
});

test('N8 G12 a vote is taken away and given back from the page', async () => {
  await act(2, 'Take its vote away');
  await until('it has no vote', async () => ['worker', 'standby'].includes(await roleOf(2)), LONG_MS);
  await act(2, 'Let it vote');
  await until('it votes', async () => (await roleOf(2)) === 'voter', LONG_MS);
});

test('N8 the mastership is handed over from the page', async () => {
  const heir = 1;
  await until('it votes', async () => ['voter', 'master'].includes(await roleOf(heir)), LONG_MS);
  if ((await roleOf(heir)) !== 'master') await act(heir, 'Make it the master');
  await until('it is the master', async () => (await roleOf(heir)) === 'master', LONG_MS);
});

test('N8 a PC is emptied, used again, emptied and retired from the page', async () => {
  const drain = async () => {
    await act(2, 'Empty it');
    await page.locator('form.confirm button[type=submit]').click();
    await until('it is drained', async () => (await lab.seen(0, 2)).state === 'drained', LONG_MS);
  };
  await drain();
  await act(2, 'Stop emptying, use it again');
  await until('it is used again', async () => (await lab.seen(0, 2)).state === 'ready', LONG_MS);
  await drain();
  await act(2, 'Retire it');
  await page.locator('form.confirm button[type=submit]').click();
  await until('it is gone from the page', async () => {
    await page.goto('/nodes');
    return (await card(2).count()) === 0;
  });
  await card(1).waitFor();
});
