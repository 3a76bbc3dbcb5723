/**
 * The main job as a person does it: the compiled binary on a PC of its own, a real guest in real QEMU, a real browser. Signs in,
 * starts the demo image, watches it come up, types into its screen and reads its answer, stops, starts, restarts, deletes it.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { demoImage } from '../../scripts/demo-image.mjs';
import { type Pc, startPc } from '../support/pc.ts';
import { browserIn } from '../support/pc-browser.ts';
import { until } from '../support/until.ts';

const BINARY = process.env.LABMESH_BINARY ?? join(import.meta.dir, '../../dist/labmesh');
const PICTURES = join(
  process.env.LABMESH_ARTIFACTS ?? join(import.meta.dir, '../../.test-artifacts'),
  'main-job',
);
const PASSWORD = 'a password of my own';
/** An emulated boot takes 5 to 15 s on a busy machine. */
const BOOT_MS = 60_000;
setDefaultTimeout(120_000);

let pc: Pc;
let node: Bun.Subprocess;
let browser: Browser;
let page: Page;
const trouble: string[] = [];

const labmesh = (...argv: string[]) => pc.argv([BINARY, ...argv, '--data', join(pc.dir, 'data')]);

async function cli(...argv: string[]): Promise<string> {
  const child = Bun.spawn(labmesh(...argv), { stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`labmesh ${argv.join(' ')}: ${code}\n${stderr}`);
  return stdout;
}

const picture = (name: string) => page.screenshot({ path: join(PICTURES, `${name}.png`) });
const state = () => page.locator('[data-state]').first().getAttribute('data-state');
const reaches = (wanted: string, timeoutMs = 30_000) =>
  until(`the page shows ${wanted}`, async () => (await state()) === wanted, timeoutMs);

/** Chooses from the VM's menu and confirms. */
async function act(name: RegExp): Promise<void> {
  await page.locator('main details.menu > summary').click();
  await page.locator('main .menu-list').getByRole('link', { name }).first().click();
  await page.locator('form.confirm button[type=submit]').click();
}

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  const image = await demoImage();
  pc = await startPc('pc-1');
  node = Bun.spawn(labmesh('up', '--local-http', '8080'), { stdio: ['ignore', 'ignore', 'ignore'] });
  await until('the node is ready', () => existsSync(join(pc.dir, 'data/run.json')));
  await cli('image', 'import', image, '--name', 'Demo', '--os', 'linux');
  browser = await browserIn(pc);
  const context = await browser.newContext({
    baseURL: 'http://localhost:8080',
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
  });
  context.setDefaultTimeout(20_000);
  page = await context.newPage();
  page.on('pageerror', (error) => trouble.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') trouble.push(message.text());
  });
});

afterAll(async () => {
  await browser?.close();
  node?.kill('SIGTERM');
  await node?.exited;
  await pc?.stop();
});

test('P1 the first admin signs in with the one-time password and chooses another', async () => {
  const first = readFileSync(join(pc.dir, 'data/initial-admin-password'), 'utf8').trim();
  await page.goto('/');
  await page.fill('#name', 'admin');
  await page.fill('#password', first);
  await page.press('#password', 'Enter');
  await page.fill('input[name=current]', first);
  await page.fill('input[name=next]', PASSWORD);
  await page.fill('input[name=repeat]', PASSWORD);
  await page.press('input[name=repeat]', 'Enter');
  await page.waitForURL('**/labs');
  await until('the file with the first password is gone', () => {
    return !existsSync(join(pc.dir, 'data/initial-admin-password'));
  });
});

test('G1 P3 a lab is started from its card and is seen coming up', async () => {
  await picture('labs-before');
  await page.locator('a.button.main', { hasText: 'Demo' }).click();
  await page.locator('main form button.main[type=submit]').click();
  await page.waitForURL('**/vms/*');
  await reaches('running', BOOT_MS);
  await until(
    'the guest is up',
    async () => (await cli('vm', 'log', 'Demo')).includes('labmesh-demo ready'),
    BOOT_MS,
  );
  const lab = page.url();
  await page.goto('/labs');
  await page.locator('img[data-screen]').first().waitFor();
  await picture('my-labs');
  await page.goto(lab);
});

test('the screen opens in the browser; what is typed reaches the guest, and its answer is seen', async () => {
  await page.getByRole('link', { name: /^Open/ }).first().click();
  await page.waitForURL('**/console');
  const canvas = page.locator('canvas');
  await canvas.waitFor();
  await until('a picture of the guest', async () => Number(await canvas.getAttribute('width')) >= 640);
  await canvas.click();
  await page.keyboard.type('echo typed-', { delay: 20 });
  // As fingers do it: the sign is Shift and a key.
  for (const key of ['Shift+Digit4', 'Shift+Digit9', 'Shift+Digit9']) await page.keyboard.press(key);
  await page.keyboard.type('6', { delay: 20 });
  await page.keyboard.press('Shift+Digit8');
  await page.keyboard.type('7', { delay: 20 });
  for (const key of ['Shift+Digit0', 'Shift+Digit0', 'Space', 'Shift+Period']) await page.keyboard.press(key);
  await page.keyboard.type(' /dev/tty', { delay: 20 });
  for (const key of ['Shift+KeyS', 'Digit0', 'Enter']) await page.keyboard.press(key);
  await until('the answer', async () => (await cli('vm', 'log', 'Demo')).includes('typed-42'));
  await picture('console');
});

test('a text is typed for the person, with its capitals and signs', async () => {
  await page.getByRole('button', { name: 'Type text' }).click();
  await page.fill('#type-text', 'echo "Pasted: {$((40+2))}" | tr a-z A-Z > /dev/ttyS0\n');
  await page.locator('#type-box button[value=send]').click();
  await until('the answer', async () => (await cli('vm', 'log', 'Demo')).includes('PASTED: {42}'));
});

test('the connection comes back by itself when the node was restarted; the guest went on', async () => {
  node.kill('SIGKILL');
  await node.exited;
  node = Bun.spawn(labmesh('up', '--local-http', '8080'), { stdio: ['ignore', 'ignore', 'ignore'] });
  await page.locator('canvas').click();
  await until(
    'typing reaches the guest again',
    async () => {
      await page.keyboard.type('echo b', { delay: 10 });
      await page.keyboard.type('ack ', { delay: 10 });
      await page.keyboard.press('Shift+Period');
      await page.keyboard.type(' /dev/tty', { delay: 10 });
      for (const key of ['Shift+KeyS', 'Digit0', 'Enter']) await page.keyboard.press(key);
      await Bun.sleep(500);
      const log = await cli('vm', 'log', 'Demo').catch(() => '');
      return log.includes('back');
    },
    60_000,
  );
  const log = await cli('vm', 'log', 'Demo');
  expect(log.split('labmesh-demo ready').length - 1).toBe(1); // it did not start anew
});

test('G2 it is stopped, started, restarted and deleted from the page', async () => {
  await page.getByRole('link', { name: 'Demo' }).first().click(); // back from the console to the lab's page
  await page.waitForURL('**/vms/*');
  await act(/^Switch off|^Stop|^Shut down/);
  await reaches('stopped', BOOT_MS);
  await page
    .getByRole('button', { name: /^Start/ })
    .first()
    .click();
  await reaches('running', BOOT_MS);
  await until('the second boot', async () => (await cli('vm', 'log', 'Demo')).includes('boots=2'), BOOT_MS);
  await act(/^Restart/);
  await until('the third boot', async () => (await cli('vm', 'log', 'Demo')).includes('boots=3'), BOOT_MS);
  await picture('vm');
  await act(/^Delete/);
  await until('it is gone', async () => !(await cli('vm', 'ls', '--json')).includes('Demo'), BOOT_MS);
});

test('nothing broke on the way that a person at the console of the browser would see', () => {
  const expected =
    /WebSocket|ERR_CONNECTION|ERR_INCOMPLETE|Failed to load resource|Failed when connecting|connection/i; // while the node was killed
  expect(trouble.filter((line) => !expected.test(line))).toEqual([]);
});
