/**
 * A process to be killed: proposes as fast as it can and prints the index and number of what was confirmed.
 * Arguments: folder, first number, proposers at a time.
 */
import { openMeshedAgreement } from '../../../../src/election/index.ts';
import { silentLogger } from '../../../../src/state/logger.ts';
import { nobody } from './hub.ts';
import { listMachine } from './list-machine.ts';

const [dir = '', first = '0', concurrency = '8'] = process.argv.slice(2);
const log = openMeshedAgreement({
  dir,
  nodeId: 'node-1',
  machine: listMachine(),
  logger: silentLogger,
  clock: Date.now,
  transport: nobody(),
  // Snapshots and compaction under way at most instants.
  settings: { snapshotEveryEntries: 300, keepEntries: 50, snapshotPieceBytes: 4096 },
});
await log.start();
let next = Number(first);
await Promise.all(
  Array.from({ length: Number(concurrency) }, async () => {
    // The parent kills this process; should it forget, the limit ends it.
    while (next < Number(first) + 1_000_000) {
      const number = next++;
      const { index } = await log.propose(
        { number, filler: 'x'.repeat(number % 500) },
        { timeoutMs: 10_000 },
      );
      process.stdout.write(`${index} ${number}\n`);
    }
  }),
);
