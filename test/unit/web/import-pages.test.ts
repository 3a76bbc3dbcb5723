/** What becomes of an import that fails, on the page of who asked for it (I1, I8): why, what is left, and the way to try again. */
import { beforeEach, expect, test } from 'bun:test';
import { createWebApp } from '../../../src/web/index.ts';
import { fakeCloud } from '../../support/fake-cloud.ts';
import type { FakeNode } from '../../support/fake-node.ts';
import { ask, type Client, ORIGIN, signInAs } from './client.ts';

const URL_FIELDS = { url: 'https://example.org/x.qcow2?a=1&b=2', name: 'From afar', os: 'windows' };
const html = { code: 'images.url_html', data: { host: 'example.org' } };
let node: FakeNode;
let app: ReturnType<typeof createWebApp>;
let begin: FakeNode['importImage'];
let teresa: Required<Pick<Client, 'cookie' | 'csrf'>>;

beforeEach(async () => {
  node = fakeCloud('small');
  begin = node.importImage.bind(node);
  app = createWebApp(node);
  teresa = await signInAs(app, 'teresa');
});

const get = (path: string, who: Client = teresa) => ask(app, who, 'GET', path);
const post = (path: string, fields: Record<string, string>) =>
  ask(app, teresa, 'POST', path, {
    raw: new URLSearchParams({ csrf: teresa.csrf, ...fields }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: ORIGIN },
  });
const fail = (id: string, cause: object) => node.applyAsNode('image.fail_import', { id, cause });

/** The node finds fault with every import as soon as it begins. */
function refuseAll(cause: object): void {
  node.importImage = async (request, author) => {
    const begun = await begin(request, author);
    setTimeout(() => fail(begun.targetId ?? '', cause), 20);
    return begun;
  };
}

test('I1 what fails at the first look is told beside the form, with all that was typed; the name is free again', async () => {
  refuseAll(html);
  const refused = await post('/images/import/address', URL_FIELDS);
  expect(refused.status).toBe(409);
  expect(refused.text).toContain('is a page for people, not a file');
  expect(refused.text).toContain('value="https://example.org/x.qcow2?a=1&amp;b=2"');
  expect(refused.text).toContain('value="From afar"');
  expect(refused.text).toMatch(/value="windows" selected/);
  expect((await post('/images/import/address', URL_FIELDS)).text).not.toContain('name.taken');
});

test('I1 what fails later is told on the page of the image that never was, with the way back to the form', async () => {
  const begun = await post('/images/import/address', URL_FIELDS);
  expect(begun.status).toBe(303);
  const address = begun.headers.get('location') ?? '';
  expect((await get(address)).text).toContain('Being imported');
  fail(address.slice('/images/'.length, '/images/'.length + 26), html);
  const failed = await get(address);
  expect(failed.status).toBe(200);
  expect(failed.text).toContain('is a page for people, not a file');
  expect(failed.text).toContain('Nothing of it was kept, and its name is free again');
  const [, again = ''] = /href="(\/images\/import\/address\?[^"]+)"/.exec(failed.text) ?? [];
  const form = await get(again.replaceAll('&amp;', '&'));
  expect(form.text).toContain('value="https://example.org/x.qcow2?a=1&amp;b=2"');
  expect(form.text).toContain('value="From afar"');
  // From the list of operations it is found again.
  expect((await get('/operations')).text).toContain(`href="${address.split('?')[0]}"`);
  // Another teacher has nothing to do with it.
  expect((await get(address, await signInAs(app, 'tom'))).status).toBe(404);
});

test('I8 one that was cancelled says so to whoever still has its page open', async () => {
  const address = (await post('/images/import/address', URL_FIELDS)).headers.get('location') ?? '';
  const id = address.slice('/images/'.length, '/images/'.length + 26);
  expect((await post(`/images/${id}/delete`, {})).status).toBe(303);
  expect((await get(address)).text).toContain('The making of this image was cancelled');
});

async function upload(): Promise<string> {
  const name = { body: { name: 'x.img', sizeBytes: 4 } };
  const { json } = await ask(app, teresa, 'POST', '/api/v1/uploads', name);
  const headers = { 'content-type': 'application/octet-stream' };
  await ask(app, teresa, 'PATCH', `/api/v1/uploads/${json.id}?offset=0`, { raw: 'abcd', headers });
  return json.id;
}

test('I1 a file that looks like no disk need not be sent again to be taken as a bare one; any other one is gone', async () => {
  refuseAll({ code: 'images.not_an_image', data: { name: 'x.img' } });
  const id = await upload();
  const kept = await post('/images/import', { upload: id, name: 'Bare', os: 'linux' });
  expect(kept.status).toBe(409);
  expect(kept.text).toContain(`name="upload" value="${id}"`);
  refuseAll({ code: 'images.encrypted', data: { format: 'qcow2' } });
  const gone = await post('/images/import', { upload: await upload(), name: 'Bare', os: 'linux' });
  expect(gone.text).toContain('name="upload" value=""');
});
