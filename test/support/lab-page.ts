/** The page of a lab, as somebody at its first PC sees it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { Lab } from './lab.ts';
import { browserIn } from './pc-browser.ts';

const PASSWORD = 'a password of my own';
const PAGE_MS = 30_000;

/** The first admin, signed in at the node of PC 0, which founded the cloud. The caller closes the browser. */
export async function openPage(lab: Lab): Promise<{ browser: Browser; page: Page }> {
  const browser = await browserIn(lab.pc(0));
  const context = await browser.newContext({
    baseURL: 'http://localhost:8080',
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
  });
  context.setDefaultTimeout(PAGE_MS);
  const page = await context.newPage();
  await signIn(page, readFileSync(join(lab.node(0).data, 'initial-admin-password'), 'utf8').trim());
  return { browser, page };
}

async function signIn(page: Page, first: string): Promise<void> {
  await page.goto('/');
  await page.fill('#name', 'admin');
  await page.fill('#password', first);
  await page.press('#password', 'Enter');
  await page.fill('input[name=current]', first);
  await page.fill('input[name=next]', PASSWORD);
  await page.fill('input[name=repeat]', PASSWORD);
  await page.press('input[name=repeat]', 'Enter');
  await page.waitForURL('**/labs');
}
