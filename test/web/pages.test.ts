/** Every page for every role in a real browser: it renders, says nothing on the console, and passes axe; pictures are kept. */
import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { addFakeMesh } from '../support/fake-mesh.ts';
import { addFakePlan, addFakeReservations, patch } from '../support/fake-plan.ts';
import { startPreview } from '../support/preview.ts';
import { PICTURES, seriousFindings, sideways, visit, visitAs } from './browser.ts';
import { PEOPLE, placesOf } from './places.ts';
import { openStage } from './stage.ts';

const web = openStage((node) => {
  addFakePlan(node);
  // They go on waiting although more PCs come.
  for (const { id } of node.state.tables.vm.by('waiting', 'yes')) {
    patch(node, id, { pinnedNodeId: node.me.nodeId });
  }
  addFakeReservations(node);
  addFakeMesh(node, { pcs: 6, off: [3] });
});

const WINDOWS = [
  { size: 'wide', width: 1280, height: 800, colorScheme: 'light' },
  { size: 'phone', width: 390, height: 844, colorScheme: 'dark' },
] as const;

for (const role of ['student', 'teacher', 'admin'] as const) {
  for (const window of WINDOWS) {
    // A teacher's pages are the admin's, less some: once is enough.
    if (role === 'teacher' && window.size === 'wide') continue;
    // Axe takes longer than the page itself: in both windows for the admin, who has every page, and once as a student, who has it in another form.
    const judged = role === 'admin' || (role === 'student' && window.size === 'wide');
    test(`every page of a ${role} renders at ${window.width} px, ${window.colorScheme}${judged ? ', and passes axe' : ''}`, async () => {
      const { context, page, trouble } = await web.visitAs(PEOPLE[role], window);
      const faults: string[] = [];
      for (const { name, path } of placesOf(web.node, role)) {
        const response = await page.goto(path);
        if (response?.status() !== 200) faults.push(`${path}: status ${response?.status()}`);
        if ((await page.locator('h1').count()) !== 1) faults.push(`${path}: not exactly one h1`);
        if (judged) faults.push(...(await seriousFindings(page)).map((one) => `${path}: ${one}`));
        if ((await sideways(page)) > 0)
          faults.push(`${path}: scrolls sideways by ${await sideways(page)} px`);
        await page.screenshot({ path: join(PICTURES, `${role}-${window.size}-${name}.png`), fullPage: true });
      }
      expect([...faults, ...trouble]).toEqual([]);
      await context.close();
    }, 600_000);
  }
}

describe('the door and the errors', () => {
  test('sign-in, a refusal and unknown pages pass axe, light and dark', async () => {
    for (const window of WINDOWS) {
      const { context, page } = await visit(web.browser, web.url, window);
      const faults: string[] = [];
      const look = async (name: string) => {
        faults.push(...(await seriousFindings(page)).map((one) => `${name}: ${one}`));
        if ((await sideways(page)) > 0) faults.push(`${name}: scrolls sideways`);
        await page.screenshot({ path: join(PICTURES, `${window.size}-${name}.png`), fullPage: true });
      };
      await page.goto('/labs');
      expect(new URL(page.url()).pathname).toBe('/sign-in');
      await look('sign-in');
      await page.fill('#name', 'ana');
      await page.fill('#password', 'not this one');
      await page.press('#password', 'Enter');
      await page.waitForSelector('#refused');
      expect(await page.inputValue('#name')).toBe('ana');
      await look('sign-in-refused');
      await page.fill('#password', 'labmesh');
      await page.press('#password', 'Enter');
      await page.waitForURL('**/labs');
      for (const [name, path] of [
        ['404', '/no/such/page'],
        ['404-vm', '/vms/01ARZ3NDEKTSV4RRFFQ69G5FAV'],
        ['403', '/settings'],
      ] as const) {
        const response = await page.goto(path);
        expect(response?.status()).toBe(Number(name.slice(0, 3)));
        await look(name);
      }
      expect(faults).toEqual([]);
      await context.close();
    }
  }, 300_000);

  test('an empty cloud teaches its first admin', async () => {
    const empty = startPreview('empty');
    const { context, page, trouble } = await visitAs(web.browser, empty.url, 'admin');
    for (const [name, path, words] of [
      ['labs', '/labs', 'Import an image'],
      ['images', '/images', 'Import an image'],
      ['courses', '/courses', 'Add a course'],
      ['operations', '/operations', 'Nothing has happened yet'],
      ['messages', '/notifications', 'No messages'],
      ['people', '/people', 'Add a person'],
      ['nodes', '/nodes', 'Add a PC'],
      ['map', '/nodes/map', 'Nothing is measured yet'],
      ['queue', '/queue', 'Nobody waits'],
      ['reservations', '/reservations', 'Nothing is reserved this week'],
      ['join', '/nodes/join', 'no new PC can join right now'],
    ] as const) {
      await page.goto(path);
      expect(await page.locator('main').innerText()).toContain(words);
      expect(await seriousFindings(page)).toEqual([]);
      await page.screenshot({ path: join(PICTURES, `empty-${name}.png`), fullPage: true });
    }
    expect(trouble).toEqual([]);
    await context.close();
    await empty.stop();
  }, 300_000);
});

test('every page in Spanish carries no sentence of the English catalogue', async () => {
  const { ui: en } = await import('../../src/texts/en/ui.ts');
  const { ui: es } = await import('../../src/texts/es/ui.ts');
  const english = sentences(en).filter((one) => !sentences(es).includes(one) && one.includes(' '));
  const { context, page, trouble } = await web.visitAs('admin', { locale: 'es-ES' });
  const faults: string[] = [];
  for (const { path } of placesOf(web.node, 'admin')) {
    await page.goto(path);
    expect(await page.getAttribute('html', 'lang')).toBe('es');
    const text = await page.locator('body').innerText();
    faults.push(...english.filter((one) => text.includes(one)).map((one) => `${path}: ${one}`));
  }
  expect([...faults, ...trouble]).toEqual([]);
  await context.close();
}, 300_000);

function sentences(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(sentences);
  return [];
}
