/** A process of its own for tests that kill it or give it a small disk: imports one file and says how far it is, a line each. */
import { type ImagesError, openImageStore } from '../../../src/images/index.ts';
import { silentLogger } from '../../../src/state/logger.ts';

const [dataDir = '', path = '', versionId = '', reserveBytes = '0'] = process.argv.slice(2);
const store = openImageStore({
  dataDir,
  logger: silentLogger,
  limits: { reserveBytes: Number(reserveBytes), progressEveryMs: 5 },
});
const report = await store.start();
console.log(`started ${JSON.stringify(report.removedHalfMade)}`);
try {
  await store.import({
    source: { path },
    versionId,
    imageId: versionId,
    number: 1,
    author: 'test',
    os: 'linux',
    createdAt: 1,
    onProgress: ({ phase, done, total }) => console.log(`${phase} ${done} ${total}`),
  });
  console.log('done');
} catch (error) {
  console.log(`refused ${(error as ImagesError).code}`);
}
