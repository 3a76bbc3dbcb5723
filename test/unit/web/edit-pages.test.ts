/** The pages on which an image is changed: what each person is shown and may press, and what is said before something follows from it. */
import { beforeEach, describe, expect, test } from 'bun:test';
import { LabmeshError } from '../../../src/state/index.ts';
import { createWebApp } from '../../../src/web/index.ts';
import { fakeCloud, userNamed, vmOf } from '../../support/fake-cloud.ts';
import type { FakeNode } from '../../support/fake-node.ts';
import { ask, type Client, ORIGIN, signInAs } from './client.ts';

let node: FakeNode;
let app: ReturnType<typeof createWebApp>;
let imageId: string;
let home: string;

beforeEach(() => {
  node = fakeCloud('small');
  app = createWebApp(node);
  imageId = node.state.tables.image.all().find((one) => one.shared)?.id ?? '';
  home = `/images/${imageId}`;
});

const page = async (name: string, path: string, lang = 'en') =>
  (await ask(app, await signInAs(app, name), 'GET', path, { headers: { 'accept-language': lang } })).text;

async function press(name: string, path: string, fields: Record<string, string> = {}) {
  const who: Required<Pick<Client, 'cookie' | 'csrf'>> = await signInAs(app, name);
  return ask(app, who, 'POST', path, {
    raw: new URLSearchParams({ csrf: who.csrf, ...fields }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: ORIGIN },
  });
}

const edit = () => node.state.tables.image.get(imageId)?.edit ?? null;

describe('I7 the section "Change this image"', () => {
  test('its owner may begin; another teacher is not asked', async () => {
    expect(await page('teresa', home)).toContain(`href="${home}/change"`);
    expect(await page('tom', home)).not.toContain('Change this image');
    expect(await page('teresa', `${home}/change`)).toContain('Nobody else changes the image meanwhile');
  });

  test('begun, it leads to the lab; who, since when and until when is on the page for everybody', async () => {
    const begun = await press('teresa', `${home}/change`, { hours: '2' });
    expect([begun.status, begun.headers.get('location')]).toEqual([303, `/vms/${edit()?.vmId}`]);
    node.settle();
    expect(await page('teresa', home)).toContain('You have been changing it since');
    expect(await page('teresa', `/vms/${edit()?.vmId}`)).toContain('In this lab an image is being changed');
    const others = await page('tom', home);
    expect(others).toMatch(/Teresa Núñez has been changing it since .* theirs alone until/);
    expect(others).not.toContain('/abandon');
    expect(await page('tom', home, 'es')).toContain('Teresa Núñez la está cambiando desde');
    expect(await page('tom', '/images')).toMatch(/On 1 PC\. .*Teresa Núñez is changing it\./s);
    expect(await page('teresa', '/images')).toContain('You are changing it.');
    expect(await page('tom', '/images', 'es')).toContain('Teresa Núñez la está cambiando.');
    // An admin may take it over at any time.
    expect(await page('admin', home)).toContain(`href="${home}/take"`);
  });

  test('GF40 the form of the second one says who, and keeps what was chosen', async () => {
    await press('teresa', `${home}/change`, { hours: '2' });
    const second = await press('admin', `${home}/change`, { hours: '3' });
    expect(second.status).toBe(409);
    expect(second.text).toContain('teresa is changing the image');
    expect(second.text).toMatch(/value="3" checked/);
  });
});

test('I8 I9 publishing says what follows for labs that exist, shuts the lab down, and shows how far it is', async () => {
  await press('teresa', `${home}/change`);
  node.settle();
  const asked = await page('teresa', `${home}/publish`);
  expect(asked).toContain('it is shut down first');
  expect(asked).toMatch(/labs that keep their disk keep it too, also when they start again/);
  await press('teresa', `${home}/publish`);
  expect(await page('teresa', home)).toMatch(/is shutting down, to be published then/);
  node.settle();
  const after = await page('teresa', home);
  expect(after).toContain('Version 2');
  expect(after).toContain('changes 114 MB against version 1');
  expect(after).toContain(`href="${home}/use/1"`);
  expect(after).not.toContain(`href="${home}/use/2"`);
  expect(edit()).toBeNull();
});

test('going back says that no version is deleted, and moves the mark', async () => {
  await press('teresa', `${home}/change`);
  node.settle();
  await press('teresa', `${home}/publish`);
  node.settle();
  expect(await page('teresa', `${home}/use/1`)).toContain('you can come back');
  expect((await press('teresa', `${home}/use/1`)).status).toBe(303);
  expect(await page('teresa', home)).toContain(`href="${home}/use/2"`);
  expect((await press('tom', `${home}/use/2`)).status).toBe(403);
  expect((await press('teresa', `${home}/use/9`)).status).toBe(404);
});

test('giving up says what is lost; taking over moves the lab; cancelling a publication leaves the edit', async () => {
  await press('teresa', `${home}/change`);
  node.settle();
  await press('teresa', `${home}/publish`);
  expect((await press('teresa', `${home}/publish/cancel`)).status).toBe(303);
  expect(edit()?.userId).toBe(userNamed(node, 'teresa').id);
  node.settle();
  expect(await page('admin', `${home}/take`)).toContain('Teresa Núñez is told');
  await press('admin', `${home}/take`);
  expect(edit()?.userId).toBe(userNamed(node, 'admin').id);
  expect(await page('teresa', `${home}/abandon`)).toContain('is deleted with its disk');
  expect((await press('teresa', `${home}/abandon`)).status).toBe(409);
  expect((await press('admin', `${home}/renew`)).headers.get('location')).toBe(`${home}?done=edit_renewed`);
  expect((await press('admin', `${home}/abandon`)).headers.get('location')).toBe(
    `${home}?done=edit_abandoned`,
  );
  expect(await page('admin', `${home}?done=edit_abandoned`)).toContain('The changes are given up');
  expect(edit()).toBeNull();
});

test('G6 a lab that keeps its disk becomes an image of its own; students are not asked, and may not', async () => {
  const { targetId } = node.apply(
    'vm.create',
    {
      id: node.newId(),
      imageId,
      sizeId: node.state.tables.size.all()[0]?.id,
      hours: 2,
      courseId: null,
      persistent: true,
      sshKeys: [],
      pinnedNodeId: null,
    },
    { kind: 'user', id: userNamed(node, 'teresa').id, from: '192.0.2.7' },
  );
  node.settle();
  const lab = `/vms/${targetId}`;
  expect(await page('teresa', lab)).toContain(`href="${lab}/publish"`);
  const done = await press('teresa', `${lab}/publish`, { name: 'My own', shared: 'yes' });
  expect(done.status).toBe(303);
  expect(await page('teresa', done.headers.get('location') ?? '')).toContain('My own');
  node.settle();
  expect(node.state.tables.image.one('name', 'my own')).toMatchObject({ state: 'ready', shared: true });
  const theirs = `/vms/${vmOf(node, 'ana').id}`;
  expect(await page('ana', theirs)).not.toContain('/publish');
  expect((await press('ana', `${theirs}/publish`, { name: 'x' })).status).toBe(403);
});

describe('I2 checking every piece', () => {
  const verify = () => press('teresa', `${home}/verify`);

  test('why a check could not be made is on the page, not only that it failed', async () => {
    node.verifyImage = async () => {
      throw new LabmeshError('images.no_space', { needBytes: 10 ** 9, freeBytes: 1, reserveBytes: 0 });
    };
    await verify();
    expect(await page('teresa', home)).toContain('images.no_space');
  });

  test('a PC without a copy says on which PCs one can be checked, instead of failing', async () => {
    const other = node.newId();
    const facts = {
      name: 'pc-9',
      address: 'pc-9',
      version: node.me.version,
      accel: 'tcg',
      hostProblem: null,
    };
    const capacity = { cores: 16, ramMiB: 32_768, storageGiB: 500, tempGiB: 200 };
    node.applyAsNode('node.register', { ...facts, capacity }, other);
    const versionId = node.state.tables.image.get(imageId)?.currentVersionId ?? '';
    expect(await page('teresa', home)).toContain('Check every piece');
    node.applyAsNode('image.version_held', { versionId, held: true }, other);
    node.applyAsNode('image.version_held', { versionId, held: false }, node.me.nodeId);
    const elsewhere = await page('teresa', home);
    expect(elsewhere).toContain('open this page on pc-9');
    expect(elsewhere).not.toContain(`${home}/verify`);
  });
});

test('I9 from its page an image goes into a course of whoever looks, and only there', async () => {
  const course = node.state.tables.course.by('teacher', userNamed(node, 'teresa').id)[0];
  if (!course) throw new Error('teresa teaches nothing');
  if (course.imageIds.includes(imageId))
    node.apply('course.unlink', { id: course.id, imageId }, { kind: 'local', nodeId: node.me.nodeId });
  expect(await page('teresa', home)).toMatch(new RegExp(`<option value="${course.id}"[^>]*>${course.name}`));
  const offered = await press('teresa', `${home}/course`, { course: course.id });
  expect([offered.status, offered.headers.get('location')]).toEqual([303, `${home}?done=linked`]);
  expect(await page('teresa', home)).toContain(`href="/courses/${course.id}"`);
  expect(await page('teresa', home)).not.toContain(`<option value="${course.id}"`);
  const twice = await press('teresa', `${home}/course`, { course: course.id });
  expect([twice.status, twice.text.includes('course.already_linked')]).toEqual([409, true]);
  expect((await press('tom', `${home}/course`, { course: course.id })).status).toBeGreaterThanOrEqual(403);
});
