// `npm test`: installs what the tests need, builds, checks types, lint and imports, runs every suite, and closes with one
// line "N passed, N failed". `npm test -- unit web` runs only the suites named.
import { mkdirSync, rmSync } from 'node:fs';
import { argv, getuid } from 'node:process';
import { build } from './build.mjs';
import { installPackages, missingPackages, TEST_PACKAGES } from './lib/debian.mjs';
import { mendKvm } from './lib/libvirt.mjs';
import { checkNode, checkPlatform } from './lib/machine.mjs';
import { ensurePackages } from './lib/npm.mjs';
import { signalRunning } from './lib/process.mjs';
import { orSay, Trouble } from './lib/trouble.mjs';
import { ARTIFACTS, CHECKS, exists, left, runCheck, runSuite, SUITES } from './test/groups.mjs';
import { endLines, groupLines } from './test/summary.mjs';

const say = (line) => console.log(line);

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    signalRunning('SIGTERM');
    process.exit(130);
  });
}

async function main() {
  checkNode();
  checkPlatform();
  const named = argv.slice(2);
  const suites = SUITES.filter(
    (suite) => exists(suite) && (named.length === 0 ? suite.onlyNamed !== true : named.includes(suite.name)),
  );
  if (suites.length === 0)
    throw new Trouble(`There are no tests named ${named.join(', ')}.`, 'See the folders of test/.');
  rmSync(ARTIFACTS, { recursive: true, force: true });
  mkdirSync(ARTIFACTS, { recursive: true });
  const groups = [];
  const done = (group) => {
    groups.push(group);
    for (const line of groupLines(group)) say(line);
    return group;
  };
  await ensurePackages(say);
  const lacks = {};
  // apt waits for the network, the checks for a processor: side by side they take no longer than the slower.
  await Promise.all([prepareMachine(suites, lacks, done), checkAndBuild(named, lacks, done)]);
  await runSuites(suites, lacks, done);
  const { lines, code } = endLines(groups);
  say('');
  for (const line of lines) say(line);
  process.exitCode = code;
}

async function prepareMachine(suites, lacks, done) {
  if (getuid?.() !== 0) {
    lacks.root = 'needs root, for libvirt, network namespaces and mounts';
    return;
  }
  if (!suites.some((suite) => suite.needs.includes('packages'))) return;
  const missing = await missingPackages(TEST_PACKAGES);
  try {
    if (missing.length > 0) {
      say(`Installing Debian packages: ${missing.join(', ')}.`);
      await installPackages(missing);
    }
    const mended = mendKvm();
    if (mended !== undefined) say(mended);
  } catch (error) {
    lacks.packages = `the Debian packages ${missing.join(', ')} are missing`;
    done(broken('Debian packages', error));
  }
}

async function checkAndBuild(named, lacks, done) {
  const checks = named.length === 0 ? CHECKS : [];
  for (const check of checks) done(await runCheck(check));
  try {
    await build({ say });
  } catch (error) {
    lacks.binary = 'dist/labmesh was not built';
    done(broken('build', error));
  }
}

async function runSuites(suites, lacks, done) {
  const one = async (suite) => {
    const lack = suite.needs.find((need) => lacks[need] !== undefined);
    done(lack === undefined ? await runSuite(suite) : left(suite.name, lacks[lack]));
  };
  // Unit tests compute while guests of the hypervisor's tests boot; nodes and browsers have the machine to themselves.
  const together = suites.filter(({ name }) => name === 'unit' || name === 'hypervisor');
  await Promise.all(together.map(one));
  for (const suite of suites) if (!together.includes(suite)) await one(suite);
}

function broken(name, error) {
  const detail = error instanceof Trouble ? `${error.message}\n${error.hint}` : String(error.stack ?? error);
  return { name, passed: 0, failed: [{ name, place: '', detail }], skipped: [], seconds: 0 };
}

await orSay(main);
