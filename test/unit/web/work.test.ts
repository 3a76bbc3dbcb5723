/** Saved work on a lab's page and in the API (V7, V9): what is said, what may be pressed, by whom, in both languages. */
import { beforeEach, expect, test } from 'bun:test';
import { type Vm, vmState } from '../../../src/state/index.ts';
import { createWebApp } from '../../../src/web/index.ts';
import { fakeCloud, userNamed } from '../../support/fake-cloud.ts';
import type { FakeNode } from '../../support/fake-node.ts';
import { ask, ORIGIN, signInAs } from './client.ts';

let node: FakeNode;
let app: ReturnType<typeof createWebApp>;
let other: string;
let vmId: string;

beforeEach(() => {
  node = fakeCloud('small');
  app = createWebApp(node);
  other = node.newId();
  const facts = { name: 'pc-9', address: 'pc-9', version: node.me.version, accel: 'tcg', hostProblem: null };
  const capacity = { cores: 16, ramMiB: 32_768, storageGiB: 500, tempGiB: 200 };
  node.applyAsNode('node.register', { ...facts, capacity }, other);
  const mine = node.state.tables.vm.by('owner', userNamed(node, 'ana').id);
  const found = mine.find((one) => one.persistent && vmState(one) === 'running');
  if (!found) throw new Error('ana has no VM that runs');
  vmId = found.id;
  node.applyAsNode('image.version_held', { versionId: found.versionId, held: true }, other);
});

const vm = (): Vm => {
  const found = node.state.tables.vm.get(vmId);
  if (!found) throw new Error('the VM is gone');
  return found;
};

const page = async (name: string, path: string, lang = 'en') =>
  (await ask(app, await signInAs(app, name), 'GET', path, { headers: { 'accept-language': lang } })).text;

async function press(name: string, path: string) {
  const who = await signInAs(app, name);
  return ask(app, who, 'POST', path, {
    raw: new URLSearchParams({ csrf: who.csrf }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: ORIGIN },
  });
}

const api = async (name: string, method: string, path: string) =>
  ask(app, await signInAs(app, name), method, `/api/v1${path}`, method === 'POST' ? { body: {} } : {});

function save(copies = [other], clean = false): string {
  const versionId = node.newId();
  const facts = { manifestHash: '7'.repeat(64), virtualBytes: 2 ** 31, storedBytes: 5_000_000, chunks: 9 };
  const saved = { id: vmId, epoch: vm().epoch, at: node.now(), clean, versionId, ...facts };
  node.applyAsNode('vm.saved', saved, vm().homeNodeId ?? '');
  for (const one of copies) node.applyAsNode('image.version_held', { versionId, held: true }, one);
  return versionId;
}

function lose(nodeId: string): void {
  const scheduler = { kind: 'scheduler', nodeId: other } as const;
  for (const state of ['unreachable', 'lost']) node.apply('node.reach', { id: nodeId, state }, scheduler);
}

test('V7 where it is saved and when, what is not, and a button; nothing of it to strangers', async () => {
  const before = await page('ana', `/vms/${vmId}`);
  expect(before).toContain('Nothing was saved yet');
  expect(before).toContain('Saved every 10 minutes while it runs');
  save([]);
  expect(await page('ana', `/vms/${vmId}`)).toMatch(/Saved on 1 PC .*No second PC has it yet/s);
  save();
  expect(await page('ana', `/vms/${vmId}`)).toContain('Saved on 2 PCs');
  expect(await page('ana', `/vms/${vmId}`, 'es')).toContain('Guardado en 2 PC');
  const pressed = await press('ana', `/vms/${vmId}/save`);
  expect([pressed.status, pressed.headers.get('location')]).toEqual([303, `/vms/${vmId}`]);
  expect(await page('ana', `/vms/${vmId}`)).toContain('Being saved now; you can go on working');
  expect((await press('eve', `/vms/${vmId}/save`)).status).toBe(404);
  const { json } = await api('ana', 'GET', `/vms/${vmId}`);
  expect(json.work).toMatchObject({
    saved: { nodes: [expect.any(String), 'pc-9'], current: false },
    recoverable: null,
  });
});

test('V7 a lab that starts clean says that nothing is kept, before and while it stops', async () => {
  const clean = node.state.tables.vm.all().find((one) => !one.persistent);
  expect(clean).toBeDefined();
  const owner = node.state.tables.user.get(clean?.ownerId ?? '')?.name ?? '';
  expect(await page(owner, `/vms/${clean?.id}`)).toContain('This lab starts clean each time');
  expect(await page(owner, `/vms/${clean?.id}/stop`)).toContain('this lab starts clean each time');
  const refused = await api(owner, 'POST', `/vms/${clean?.id}/save`);
  expect(refused.json).toMatchObject({ code: 'vm.not_persistent' });
});

test('V7 why it cannot be saved stands there with what to do', async () => {
  const cause = { code: 'images.no_space', data: { needBytes: 10 ** 9, freeBytes: 1, reserveBytes: 0 } };
  node.applyAsNode('vm.save_failed', { id: vmId, epoch: vm().epoch, cause }, vm().homeNodeId ?? '');
  expect(await page('ana', `/vms/${vmId}`)).toContain('Not saved as it should be, since');
  expect((await api('ana', 'GET', `/vms/${vmId}`)).json.work.failed.cause.code).toBe('images.no_space');
});

/** Its PC is lost, it goes on elsewhere, and the PC tells what it still has; the copy's version. */
async function recovered(): Promise<string> {
  const home = vm().homeNodeId ?? '';
  save();
  lose(home);
  await press('ana', `/vms/${vmId}/recover`);
  const versionId = node.newId();
  const facts = { manifestHash: '8'.repeat(64), virtualBytes: 2 ** 31, storedBytes: 7_000_000, chunks: 9 };
  node.applyAsNode('vm.recovered', { id: vmId, versionId, ...facts }, home);
  return versionId;
}

test('V9 its PC is lost: offered from what was saved, with how old that is; what is left behind is named', async () => {
  const home = vm().homeNodeId ?? '';
  expect((await api('ana', 'POST', `/vms/${vmId}/recover`)).json).toMatchObject({ code: 'vm.node_not_lost' });
  save();
  lose(home);
  const lost = await page('ana', `/vms/${vmId}`);
  expect(lost).toMatch(/It can start on another PC from what was saved .*before the PC was lost/);
  expect(await page('ana', `/vms/${vmId}`, 'es')).toContain(
    'Puede arrancar en otro PC desde lo que se guardó',
  );
  expect(await page('ana', '/labs')).toContain(`href="/vms/${vmId}#lost"`);
  const pressed = await press('ana', `/vms/${vmId}/recover`);
  expect([pressed.status, pressed.headers.get('location')]).toEqual([303, `/vms/${vmId}`]);
  expect(await page('ana', `/vms/${vmId}`)).toContain('may still have more than was saved');
});

test('V9 a recovered copy is listed with its size and age, and deleted by its owner only', async () => {
  const versionId = await recovered();
  expect(await page('ana', `/vms/${vmId}`)).toMatch(/Recovered copies.*7 MB/s);
  const copy = `/vms/${vmId}/copies/${versionId}`;
  expect(await page('ana', copy)).toContain('is deleted for good. Your saved work stays.');
  expect((await press('eve', copy)).status).toBe(404);
  expect((await press('ana', copy)).status).toBe(303);
  expect(vm().recovered).toEqual([]);
  expect((await api('ana', 'DELETE', `/vms/${vmId}/recovered/${versionId}`)).status).toBe(404);
});

test('V9 a recovered copy becomes a lab of its own, which starts from it', async () => {
  const copy = `/vms/${vmId}/copies/${await recovered()}`;
  expect((await press('eve', `${copy}/open`)).status).toBe(404);
  const opened = await press('ana', `${copy}/open`);
  expect(opened.status).toBe(303);
  const made = await page('ana', opened.headers.get('location') ?? '');
  expect(made).toContain(`${vm().name} 2`);
  expect(made).toContain('Saved on 1 PC');
  expect(vm().recovered).toEqual([]);
});

test('V7 a lab that stopped says that its work is being saved until it is, and then that it is all saved', async () => {
  await press('ana', `/vms/${vmId}/stop`);
  node.settle();
  expect(vmState(vm())).toBe('stopped');
  const stopped = await page('ana', `/vms/${vmId}`);
  expect(stopped).toContain('Off. Your work is being saved');
  expect(stopped).toContain('Leave the PCs on until it is done');
  expect(stopped).not.toContain('Nothing was saved yet');
  expect(stopped).not.toContain('Save now');
  expect(await page('ana', `/vms/${vmId}`, 'es')).toContain('Deje los PC encendidos');
  expect((await api('ana', 'GET', `/vms/${vmId}`)).json.work).toMatchObject({ saved: null, saving: true });
  save([other], true);
  const saved = await page('ana', `/vms/${vmId}`);
  expect(saved).toContain('Off. Your work is kept');
  expect(saved).toContain('It starts from there on any PC, tomorrow too');
  expect((await api('ana', 'GET', `/vms/${vmId}`)).json.work).toMatchObject({ saving: false });
});

test('V7 what could not be saved is not called being saved', async () => {
  await press('ana', `/vms/${vmId}/stop`);
  node.settle();
  const cause = { code: 'images.no_space', data: { needBytes: 10 ** 9, freeBytes: 1, reserveBytes: 0 } };
  node.applyAsNode('vm.save_failed', { id: vmId, epoch: vm().epoch, cause }, vm().homeNodeId ?? '');
  expect(await page('ana', `/vms/${vmId}`)).not.toContain('being saved');
});

test('V3 a lab that stands still for its image says for whom it waits, and what to do', async () => {
  const { state, cause: _, ...seen } = vm().observed;
  expect(state).toBe('running');
  const cause = { code: 'vm.image_waits', data: { nodes: ['pc-7'] } };
  const { epoch, ip, restartSeq } = seen;
  node.applyAsNode('vm.observe', { id: vmId, epoch, state, cause, ip, restartSeq }, vm().homeNodeId ?? '');
  const waits = await page('ana', `/vms/${vmId}`);
  expect(waits).toMatch(/pc-7 does not answer\. It goes on by itself, .* Switch one of them on\./);
  expect(waits).toMatch(/data-state="running"><i class="dot warn"/);
});

test('V9 a lost PC that alone has the work is named, and nothing is offered that would be refused', async () => {
  const home = vm().homeNodeId ?? '';
  const pc = node.state.tables.node.get(home)?.name ?? '';
  lose(home);
  const unsaved = await page('ana', `/vms/${vmId}`);
  expect(unsaved).toContain('Nothing of it had been saved yet');
  expect(unsaved).not.toContain(`/vms/${vmId}/recover`);
  save([]);
  const alone = await page('ana', `/vms/${vmId}`);
  expect(alone).toContain(`What was saved is only on ${pc}, which does not answer now`);
  expect(alone).not.toContain(`/vms/${vmId}/recover`);
  expect(await page('ana', '/labs')).not.toContain(`href="/vms/${vmId}#lost"`);
  expect((await api('ana', 'POST', `/vms/${vmId}/recover`)).json.code).toBe('vm.work_out_of_reach');
});

test('V9 a lab that may run on its lost PC only is told so, instead of a start elsewhere that is refused', async () => {
  save();
  node.state.tables.vm.put({ ...vm(), pinnedNodeId: vm().homeNodeId });
  lose(vm().homeNodeId ?? '');
  const pinned = await page('ana', `/vms/${vmId}`);
  expect(pinned).toMatch(/It was started to run on .* only/);
  expect(pinned).not.toContain(`/vms/${vmId}/recover`);
  expect((await api('ana', 'POST', `/vms/${vmId}/recover`)).json.code).toBe('capacity.no_host');
});
