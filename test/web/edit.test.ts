/** A teacher changes an image in the browser: opens it, sees it live, publishes by the dialog, goes back; told by pictures and axe. */
import { expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { PICTURES, seriousFindings, sideways } from './browser.ts';
import { openStage } from './stage.ts';

setDefaultTimeout(120_000);
const web = openStage();

/** Axe, no scrolling sideways, and a picture. */
async function look(page: Page, name: string): Promise<void> {
  expect([name, ...(await seriousFindings(page))]).toEqual([name]);
  expect(await sideways(page)).toBeLessThan(1);
  await page.screenshot({ path: join(PICTURES, `edit-${name}.png`), fullPage: true });
}

test.each([
  ['wide', { width: 1280, height: 800, colorScheme: 'light', locale: 'en-GB' }],
  ['phone', { width: 390, height: 844, colorScheme: 'dark', locale: 'es-ES' }],
] as const)('I7 I8 from "Change it" to the new version and back, %s', async (size, window) => {
  const { context, page, trouble } = await web.visitAs('teresa', window);
  const image = web.node.state.tables.image.all().find((one) => one.shared);
  const home = `/images/${image?.id}`;
  const before = web.node.state.tables.version.countBy('image', image?.id ?? '');
  await page.goto(home);
  await look(page, `${size}-nobody`);
  await page.click(`a[href="${home}/change"]`);
  await page.waitForURL(`**${home}/change`);
  await look(page, `${size}-begin`);
  await page.click('main button.main');
  await page.waitForURL(/\/vms\//);
  await page.waitForSelector('main .button.main:has-text("Open"), main .button.main:has-text("Abrir")');
  await look(page, `${size}-lab`);
  await page.goto(home);
  await look(page, `${size}-mine`);

  // Another person sees who, live, and gets no buttons.
  const other = await web.visitAs('tom', window);
  await other.page.goto(home);
  await other.page.waitForSelector('#change:has-text("Teresa Núñez")');
  expect(await other.page.locator('#change a.button').count()).toBe(0);
  await look(other.page, `${size}-theirs`);

  await page.click(`a[href="${home}/publish"]`);
  await page.waitForSelector('form.confirm');
  await look(page, `${size}-publish`);
  await page.click('form.confirm button.main');
  // The page follows by itself: shutting down, publishing, there.
  await page.waitForSelector(`#versions li:nth-child(${before + 1})`);
  await page.waitForSelector(`a[href="${home}/use/${before}"]`);
  await look(page, `${size}-published`);
  // The section is gone for who may not change it.
  await other.page.waitForSelector('#change', { state: 'detached' });

  await page.click(`a[href="${home}/use/${before}"]`);
  await page.waitForSelector('form.confirm');
  await look(page, `${size}-use`);
  await page.click('form.confirm button.main');
  await page.waitForSelector(`a[href="${home}/use/${before + 1}"]`);
  expect([...trouble, ...other.trouble]).toEqual([]);
  await other.context.close();
  await context.close();
});

test('G6 publishing a lab as a new image, asked for in a dialog', async () => {
  const { context, page, trouble } = await web.visitAs('admin');
  const vm = web.node.state.tables.vm.all().find((one) => one.persistent && one.homeNodeId !== null);
  await page.goto(`/vms/${vm?.id}`);
  await page.click(`a[href="/vms/${vm?.id}/publish"]`);
  await page.waitForSelector('form.confirm');
  await look(page, 'as-image');
  await page.fill('#name', 'Made here');
  await page.click('form.confirm button.main');
  await page.waitForURL(/\/images\//);
  expect(await page.locator('h1').innerText()).toBe('Made here');
  expect(trouble).toEqual([]);
  await context.close();
});
