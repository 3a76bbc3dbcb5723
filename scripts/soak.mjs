// `npm run test:soak [-- MINUTES]`: PCs join and leave a mesh for so long (30 minutes unless told); nothing may be left behind.
// `npm test` does the same for some seconds.
import { argv } from 'node:process';
import { ensurePackages } from './lib/npm.mjs';
import { findBun, ROOT } from './lib/paths.mjs';
import { run, signalRunning } from './lib/process.mjs';
import { orSay, Trouble } from './lib/trouble.mjs';

const DEFAULT_MINUTES = 30;
const LONGEST_MINUTES = 24 * 60;
const SLACK_MS = 300_000; // to start, and to end by itself with its own words

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    signalRunning('SIGTERM');
    process.exit(130);
  });
}

async function main() {
  const minutes = Number(argv[2] ?? DEFAULT_MINUTES);
  if (!(minutes > 0 && minutes <= LONGEST_MINUTES))
    throw new Trouble(
      `"${argv[2]}" is no number of minutes.`,
      'Give 1 to 1440, e.g. npm run test:soak -- 5.',
    );
  await ensurePackages(console.log);
  const ended = await run(findBun(ROOT) ?? 'bun', ['test', './test/soak/joins.test.ts'], {
    deadline: minutes * 60_000 + SLACK_MS,
    cwd: ROOT,
    env: { LABMESH_SOAK_MINUTES: String(minutes) },
    show: true,
  });
  process.exitCode = ended.code ?? 1;
}

await orSay(main);
