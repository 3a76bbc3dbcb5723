/** Who may turn an upload into an image. */
import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openImageStore } from '../../../src/images/index.ts';
import type { ImageAgent } from '../../../src/node/imaging/image-agent.ts';
import { openImageDoor } from '../../../src/node/imaging/image-door.ts';
import { ownedUploads } from '../../../src/node/imaging/owned-uploads.ts';
import { CloudState, silentLogger } from '../../../src/state/index.ts';

const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

test("another's upload is as unknown as none, also to whoever knows its id", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'labmesh-door-'));
  dirs.push(dataDir);
  const store = openImageStore({ dataDir, logger: silentLogger, limits: { reserveBytes: 0 } });
  await store.start();
  const uploads = ownedUploads(store);
  const asked: string[] = [];
  const door = openImageDoor({
    nodeId: 'node',
    state: new CloudState(),
    store,
    uploads,
    agent: { begin() {} } as unknown as ImageAgent, // never reached here
    submit: async (type) => {
      asked.push(type);
      return { index: 1, targetId: null, operationId: null };
    },
    mend: async () => {},
    newId: () => 'id',
  });
  const upload = await uploads.create({ name: 'disk.img', sizeBytes: 4, ownerId: 'ana' });
  const bytes = new Response('disk').body;
  if (!bytes) throw new Error('no body');
  await uploads.append(upload.id, 'ana', 0, bytes);
  const request = { name: 'x', os: 'linux', shared: false, source: { uploadId: upload.id } } as const;

  await expect(door.importImage(request, { kind: 'user', id: 'eva', from: '::1' })).rejects.toMatchObject({
    code: 'images.upload_unknown',
  });
  expect(asked).toEqual([]);
  await door.importImage(request, { kind: 'user', id: 'ana', from: '::1' }).catch(() => null);
  expect(asked).toEqual(['image.begin_import']);
  await store.stop();
});
