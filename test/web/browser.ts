/** A real Chromium for the tests of pages: one per file, everything that leaves the machine switched off. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { PASSWORD } from '../support/fake-cloud.ts';

export const PICTURES = join(import.meta.dir, '../../.test-artifacts/pages');

/** Long enough for a page on a machine that runs other suites beside. */
const PAGE_DEADLINE = 60_000;

export async function launch(): Promise<Browser> {
  mkdirSync(PICTURES, { recursive: true });
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-default-apps',
      '--disable-domain-reliability',
      '--disable-sync',
      '--no-first-run',
      '--no-pings',
    ],
    timeout: 30_000,
  });
}

export interface Look {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
  readonly locale?: string;
  readonly javaScriptEnabled?: boolean;
}

/** A visitor's window, with everything that a stranger must never see gathered in `trouble`. */
export interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Errors on the console, exceptions, breaches of the content policy, answers of 500. */
  readonly trouble: string[];
}

export async function visit(browser: Browser, url: string, look: Look = {}): Promise<Visit> {
  const {
    width = 1280,
    height = 800,
    colorScheme = 'light',
    locale = 'en-GB',
    javaScriptEnabled = true,
  } = look;
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width, height },
    colorScheme,
    locale,
    javaScriptEnabled,
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(PAGE_DEADLINE);
  const page = await context.newPage();
  const trouble: string[] = [];
  page.on('console', (message) => {
    // Chromium writes every 4xx as an error; which of them are right is for each test to say.
    const expected = /Failed to load resource: the server responded with a status of 4\d\d/.test(
      message.text(),
    );
    if (message.type() === 'error' && !expected) trouble.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => trouble.push(`exception: ${error.message}`));
  page.on('response', (response) => {
    if (response.status() >= 500) trouble.push(`${response.status()} ${response.url()}`);
  });
  return { context, page, trouble };
}

/** Signs in through the form, as people do. */
export async function signIn(page: Page, name: string, password = PASSWORD): Promise<void> {
  await page.goto('/sign-in');
  await page.fill('#name', name);
  await page.fill('#password', password);
  await Promise.all([
    page.waitForURL((to) => !to.pathname.startsWith('/sign-in')),
    page.press('#password', 'Enter'),
  ]);
}

/** A visit that is signed in. */
export async function visitAs(browser: Browser, url: string, name: string, look: Look = {}): Promise<Visit> {
  const visited = await visit(browser, url, look);
  await signIn(visited.page, name);
  return visited;
}

const AXE = readFileSync(join(import.meta.dir, '../../node_modules/axe-core/axe.min.js'), 'utf8');

/** Findings that keep somebody out. Evaluated by the debugger's door, which the page's content policy does not bind. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate<string[]>(`axe.run().then(({ violations }) => violations
    .filter((one) => one.impact === 'serious' || one.impact === 'critical')
    .map((one) => one.id + ': ' + one.nodes.map((node) => node.html.slice(0, 160)).join(' | ')))`);
}

/** Pixels by which the page is wider than its window. */
export async function sideways(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
}
