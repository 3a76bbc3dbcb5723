/** What an admin reads of VMs in a PC's hypervisor that no lab accounts for, before one of them goes for good (V10). */
import { beforeEach, expect, test } from 'bun:test';
import { createWebApp } from '../../../src/web/index.ts';
import { fakeCloud, userNamed, vmOf } from '../../support/fake-cloud.ts';
import type { FakeNode } from '../../support/fake-node.ts';
import { ask, signInAs } from './client.ts';

const UUID = '0b5a1c52-0000-8000-8000-00000000000';
let node: FakeNode;
let app: ReturnType<typeof createWebApp>;

beforeEach(() => {
  node = fakeCloud('small');
  app = createWebApp(node);
});

const page = async (path: string, lang = 'en') =>
  (await ask(app, await signInAs(app, 'admin'), 'GET', path, { headers: { 'accept-language': lang } })).text;

function leave(vmId: string, last: number): string {
  const orphan = {
    uuid: `${UUID}${last}`,
    name: `labmesh-${vmId}`,
    running: false,
    owner: 'ours',
    vmId,
  } as const;
  node.orphanList.push(orphan);
  return `/nodes/${node.me.nodeId}/orphans/${orphan.uuid}`;
}

test('V10 a lab that was deleted is named as people called it, with who deleted it, in the list and before it goes', async () => {
  const vm = vmOf(node, 'ana');
  const { id } = userNamed(node, 'ana');
  node.apply('vm.remove', { id: vm.id }, { kind: 'user', id, from: '192.0.2.7' });
  node.settle();
  expect(node.state.tables.vm.get(vm.id)).toBeUndefined();
  const ask = leave(vm.id, 1);
  const list = await page(`/nodes/${node.me.nodeId}`);
  expect(list).toContain(`<strong>${vm.name}</strong>`);
  expect(list).toMatch(/A lab that Ana .* deleted \(/);
  expect(await page(ask)).toMatch(
    new RegExp(`Remove ${vm.name}.*A lab that Ana .* deleted .*deleted for good`, 's'),
  );
  expect(await page(ask, 'es')).toMatch(/Un laboratorio que Ana .* borró/);
});

test('V10 a lab that went on elsewhere says whose it is and where; what the cloud forgot says so; others stay alone', async () => {
  const vm = vmOf(node, 'ana');
  leave(vm.id, 2);
  leave(node.newId(), 3);
  node.orphanList.push({ uuid: `${UUID}4`, name: 'of-somebody', running: true, owner: 'foreign' });
  const list = await page(`/nodes/${node.me.nodeId}`);
  expect(list).toMatch(/An older state of a lab of Ana .*, which is on PC-1 now/);
  expect(list).toContain('which remembers nothing of it any more');
  expect(list).toContain('of-somebody');
  expect(list).not.toContain(`orphans/${UUID}4`);
});
