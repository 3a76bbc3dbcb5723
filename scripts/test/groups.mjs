// The groups of tests: where they lie, what they need, how long they may take.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBun, ROOT } from '../lib/paths.mjs';
import { run } from '../lib/process.mjs';
import { readJunit } from './junit.mjs';
import { judged } from './summary.mjs';

export const ARTIFACTS = join(ROOT, '.test-artifacts');

// Deadlines in ms: at least twice what each takes on two shared cores, where other work may share them.
export const CHECKS = [
  { name: 'types', deadline: 240_000, args: ['node_modules/.bin/tsc', '--noEmit'] },
  {
    name: 'lint',
    deadline: 60_000,
    args: ['node_modules/.bin/biome', 'check', '--diagnostic-level=warn', '.'],
  },
  { name: 'import rule', deadline: 60_000, args: ['scripts/check-imports.ts'] },
  { name: 'vendored files', deadline: 60_000, args: ['scripts/vendor.mjs', '--check'] },
  { name: 'licences', deadline: 60_000, args: ['scripts/licenses.ts', '--check'] },
];

export const SUITES = [
  { name: 'unit', needs: [], deadline: 600_000 },
  { name: 'sim', needs: [], deadline: 90_000 },
  { name: 'soak', needs: ['root', 'packages'], deadline: 300_000 },
  { name: 'hypervisor', needs: ['root', 'packages'], deadline: 600_000 },
  { name: 'node', needs: ['root', 'packages', 'binary'], deadline: 700_000 },
  { name: 'lab', needs: ['root', 'packages', 'binary'], deadline: 900_000 },
  // Minutes of waiting until a silent voter is replaced, or an hour has come: run when asked for by name (`npm run test:lab`).
  { name: 'lab-loss', needs: ['root', 'packages', 'binary'], deadline: 2_400_000, onlyNamed: true },
  { name: 'web', needs: ['root', 'packages', 'binary'], deadline: 600_000 },
];

const TEST_DEADLINE = '60000'; // ms; a single test that boots a guest under emulation; most set less

/** Runs one check; it counts as one test. */
export async function runCheck({ name, deadline, args: [program, ...args] }, root = ROOT) {
  const started = Date.now();
  const isScript = /\.(ts|mjs)$/.test(program);
  const path = join(root, program);
  const interpreter = program.endsWith('.ts') ? (findBun(root) ?? 'bun') : 'node';
  const ended = await run(isScript ? interpreter : path, isScript ? [path, ...args] : args, {
    deadline,
    cwd: root,
  });
  const failed =
    ended.code === 0 ? [] : [{ name, place: '', detail: ended.output.trim() || `code ${ended.code}` }];
  return { name, passed: 1 - failed.length, failed, skipped: [], seconds: (Date.now() - started) / 1000 };
}

/** Runs the tests under test/NAME, each file of its own accord; the whole output is kept under .test-artifacts. */
export async function runSuite({ name, deadline }, { root = ROOT, artifacts = ARTIFACTS } = {}) {
  const started = Date.now();
  mkdirSync(artifacts, { recursive: true });
  const outfile = join(artifacts, `${name}.junit.xml`);
  rmSync(outfile, { force: true });
  const args = [
    'test',
    `--timeout=${TEST_DEADLINE}`,
    '--reporter=junit',
    `--reporter-outfile=${outfile}`,
    `./test/${name}`,
  ];
  const env = { LABMESH_ARTIFACTS: join(artifacts, name), LABMESH_BINARY: join(root, 'dist', 'labmesh') };
  const ended = await run(findBun(root) ?? 'bun', args, { deadline, cwd: root, env });
  const log = join(artifacts, `${name}.log`);
  writeFileSync(log, ended.output);
  return judged(name, {
    report: existsSync(outfile) ? readReport(outfile) : undefined,
    ended,
    seconds: (Date.now() - started) / 1000,
    log: `.test-artifacts/${name}.log`,
  });
}

function readReport(outfile) {
  return readJunit(readFileSync(outfile, 'utf8'));
}

/** A group that cannot run here, as one skipped test with its reason. */
export function left(name, why) {
  return { name, passed: 0, failed: [], skipped: [{ name, place: '', detail: why }], seconds: 0 };
}

/** @returns {boolean} whether there is anything to run */
export function exists({ name }, root = ROOT) {
  return existsSync(join(root, 'test', name));
}
