/** The console in its own tab and in the page of its VM, against a VNC server that notes what it was told. */
import { expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import { userNamed } from '../support/fake-cloud.ts';
import { until } from '../support/until.ts';
import { PICTURES } from './browser.ts';
import { openStage } from './stage.ts';

setDefaultTimeout(30_000);

const web = openStage();

/** Ana's VM that runs, with its VNC server. */
async function running() {
  const { node } = web;
  const mine = node.state.tables.vm.by('owner', userNamed(node, 'ana').id);
  const vm = mine.find((one) => one.observed.state === 'running');
  if (!vm) throw new Error('Ana has no running VM');
  return { vm, vnc: await node.console(vm.id) };
}

test('C1, C3 the screen fills its tab, takes keys, combinations and typed text with Shift and AltGr', async () => {
  const { vm, vnc } = await running();
  const { context, page, trouble } = await web.visitAs('ana');
  await page.goto(`/vms/${vm.id}/console`);
  await page.waitForSelector('[data-cover][hidden]', { state: 'attached' });
  await until('a picture', () =>
    page.evaluate<boolean>(
      "document.querySelector('canvas')?.getContext('2d')?.getImageData(5, 5, 1, 1).data[3] === 255",
    ),
  );
  await page.screenshot({ path: join(PICTURES, 'console.png') });

  await page.locator('canvas').focus();
  await page.keyboard.press('a');
  await until('the key arrives', () => vnc.keys.includes(0x61));

  await page.click('summary:has-text("Keys")');
  await page.screenshot({ path: join(PICTURES, 'console-keys.png') });
  vnc.keys.length = 0;
  await page.click('button:has-text("Ctrl+Alt+Del")');
  await until('three keys arrive', () => vnc.keys.length === 3);
  expect(vnc.keys).toEqual([0xffe3, 0xffe9, 0xffff]);

  vnc.keys.length = 0;
  await page.click('button:has-text("Type text")');
  await page.fill('#type-text', 'Ab@é✓');
  await page.selectOption('#type-layout', 'es');
  await page.click('#type-box button[value="send"]');
  // Shift A, b, AltGr @ (on the 2), dead acute and e; the tick is on no keyboard.
  await until('the text arrives', () => vnc.keys.length === 7);
  expect(vnc.keys).toEqual([0xffe1, 0x41, 0x62, 0xfe03, 0x40, 0xe9, 0xe9]);
  await page.waitForSelector('[data-say]:has-text("✓")');
  expect(trouble).toEqual([]);
  await context.close();
});

test('C2 when the connection is cut the last picture stays, and the screen comes back with a new ticket', async () => {
  const { vm, vnc } = await running();
  const { context, page, trouble } = await web.visitAs('ana');
  const tickets: string[] = [];
  page.on('websocket', (socket) => tickets.push(new URL(socket.url()).search));
  await page.goto(`/vms/${vm.id}/console`);
  await page.waitForSelector('[data-cover][hidden]', { state: 'attached' });
  vnc.cut();
  await page.waitForSelector('.console.away .last-picture');
  expect(await page.locator('[data-status]').innerText()).toContain('Reconnecting');
  await page.waitForSelector('.console:not(.away) canvas');
  expect(new Set(tickets).size).toBe(2);
  // The broken socket itself is an error on the console that is expected here.
  expect(trouble.filter((one) => !one.includes('WebSocket'))).toEqual([]);
  await context.close();
});

test('Ctrl+Alt+Shift takes the keyboard out of the screen, Tab brings it back', async () => {
  const { vm } = await running();
  const { context, page } = await web.visitAs('ana');
  await page.goto(`/vms/${vm.id}/console`);
  await page.waitForSelector('[data-cover][hidden]', { state: 'attached' });
  await page.locator('canvas').focus();
  await page.keyboard.press('Control+Alt+Shift');
  expect(await page.evaluate('document.activeElement?.tagName')).toBe('BUTTON');
  for (let n = 0; n < 20 && (await page.evaluate('document.activeElement?.tagName')) !== 'CANVAS'; n++) {
    await page.keyboard.press('Tab');
  }
  expect(await page.evaluate('document.activeElement?.tagName')).toBe('CANVAS');
  await context.close();
});

test('the page of a VM shows its screen when asked, its log when opened and its charts when scrolled to', async () => {
  const { vm, vnc } = await running();
  const { context, page, trouble } = await web.visitAs('ana');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(`/vms/${vm.id}`);
  await page.waitForSelector('#frame[data-live]');
  // Neither noVNC nor uPlot is fetched by somebody who only looks.
  expect(asked.filter((path) => path.includes('vendor') && !path.includes('htmx'))).toEqual([]);

  await page.click('[data-connect]');
  await page.waitForSelector(`#console-${vm.id} canvas`);
  await until('a client', () => vnc.clients > 0);
  await page.click('#log summary');
  await page.waitForSelector('#log pre:has-text("login:")');
  await page.locator('#usage').scrollIntoViewIfNeeded();
  await page.waitForSelector('#usage canvas >> nth=3', { state: 'attached' });
  await page.screenshot({ path: join(PICTURES, 'vm-alive.png'), fullPage: true });
  expect(trouble).toEqual([]);
  await context.close();
});

test("C4 another's screen is refused", async () => {
  const { vm } = await running();
  const { context, page } = await web.visitAs('eve');
  const response = await page.goto(`/vms/${vm.id}/console`);
  expect(response?.status()).toBe(404);
  await context.close();
});
