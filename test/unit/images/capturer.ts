/** A process of its own for tests that kill it or give it a small disk: captures one layer and says how far it is, a line each. */
import { ImagesError, openImageStore } from '../../../src/images/index.ts';
import { silentLogger } from '../../../src/state/logger.ts';

const [dataDir = '', overlay = '', versionId = '', base = '', bytes = '0', reserveBytes = '0'] =
  process.argv.slice(2);
const store = openImageStore({
  dataDir,
  logger: silentLogger,
  limits: { reserveBytes: Number(reserveBytes), progressEveryMs: 1 },
});
await store.start();
console.log('started');
try {
  const { newBytes } = await store.capture({
    versionId,
    imageId: base,
    number: 2,
    author: 'test',
    os: 'linux',
    createdAt: 1,
    overlay,
    baseVersionId: base,
    form: 'image',
    virtualBytes: Number(bytes),
    onProgress: ({ phase, done, total }) => console.log(`${phase} ${done} ${total}`),
  });
  console.log(`done ${newBytes}`);
} catch (error) {
  console.log(`refused ${error instanceof ImagesError ? error.code : String(error)}`);
}
