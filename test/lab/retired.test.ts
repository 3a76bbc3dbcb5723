/** X1 a PC that is retired: every door is shut to it at once, it is told why, and it may come back as a new one. Nothing is hosted here. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import { Lab, nameOf } from '../support/lab.ts';
import type { Problem } from '../support/node.ts';
import { addressOf } from '../support/switch.ts';
import { until } from '../support/until.ts';

setDefaultTimeout(300_000);
let lab: Lab;

beforeAll(async () => {
  lab = await Lab.start(3, { hosting: [] });
  await lab.form();
});
afterAll(() => lab?.close());

const courses = async (index: number) =>
  (await lab.cli<{ name: string }[]>(index, ['course', 'ls'])).map(({ name }) => name).sort();

/** What the mesh, its requests and the bulk door of PC 0 say to the key and the certificate of a PC. */
async function knockAs(index: number): Promise<Record<string, string>> {
  const { id } = await lab.seen(0, 0);
  const caller = join(import.meta.dir, '../support/member-caller.ts');
  const told = [lab.node(index).data, id, addressOf(0), '8445'];
  const { stdout, stderr } = await lab.pc(index).run([process.execPath, caller, ...told], 120_000);
  if (stdout === '') throw new Error(`the caller failed: ${stderr}`);
  return JSON.parse(stdout);
}

/** It goes on serving its page, which says what happened. */
async function untilToldRetired(index: number): Promise<void> {
  await until(`${nameOf(index)} knows`, async () => (await lab.status(index)).me.state === 'retired', 60_000);
  expect((await lab.node(index).text('status')).stdout).toMatch(/was retired by \S+ on .* UTC/);
  const refused = await lab.api<Problem>(index, 'POST', '/courses', { name: 'from outside', places: 20 });
  expect(refused.body).toMatchObject({ code: 'node.retired_here' });
}

test('N8 N14 X1 a retired PC is shut out at once; reinstalled under its name it is a new member', async () => {
  const [asked, gone] = [1, 2];
  const { id } = await lab.seen(asked, gone);
  const refused = await lab.api<Problem>(asked, 'POST', `/nodes/${nameOf(gone)}/retire`, {});
  expect(refused.status).toBeGreaterThanOrEqual(400);
  await lab.must(asked, 'POST', `/nodes/${nameOf(gone)}/drain`, { how: 'suspend', deadlineSeconds: 0 });
  await until('it is drained', async () => (await lab.seen(asked, gone)).state === 'drained');
  await until(
    'a member is let in at each door',
    async () => {
      const { mesh, rpc, bulk } = await knockAs(gone);
      return mesh === 'open' && rpc === 'ok' && !bulk?.includes('retired');
    },
    120_000,
  );
  await lab.must(asked, 'POST', `/nodes/${nameOf(gone)}/retire`, {});
  expect(await knockAs(gone)).toEqual({
    mesh: 'cut',
    rpc: 'mesh.unreachable',
    bulk: 'bulk.refused node.retired_here',
  });
  const said = await lab.api<Problem>(gone, 'POST', '/courses', { name: 'from outside', places: 20 });
  expect(said.status).toBeGreaterThanOrEqual(400);
  expect(said.body.message.length).toBeGreaterThan(10);
  expect(await courses(asked)).not.toContain('from outside');

  await untilToldRetired(gone);
  // Off and on again it has to ask anew: what it heard of the others is gone.
  await lab.kill9(gone);
  await lab.startNode(gone);
  await untilToldRetired(gone);
  await lab.kill9(gone);
  await lab.pc(gone).run(['rm', '-rf', lab.node(gone).data]);
  await lab.startNode(gone, { join: await lab.token(1, asked) });
  await until(
    'a new member of the old name',
    async () => {
      const { nodes } = await lab.status(asked);
      return nodes.some((node) => node.name === nameOf(gone) && node.id !== id && node.state === 'ready');
    },
    60_000,
  );
});
