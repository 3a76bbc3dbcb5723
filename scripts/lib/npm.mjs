// The packages of package-lock.json: are they here, and bring them if not.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBun, ROOT } from './paths.mjs';
import { lastLine, run } from './process.mjs';
import { Trouble } from './trouble.mjs';

const INSTALL_DEADLINE = 600_000; // ms; 200 MB over a slow line

// npm's own pauses between tries add up to minutes; without a network a person should know within half a minute.
const PATIENCE = ['--fetch-retries=2', '--fetch-retry-mintimeout=2000', '--fetch-retry-maxtimeout=8000'];

/**
 * @param {(line: string) => void} say
 * @returns {Promise<boolean>} whether anything was installed
 * @throws {Trouble} when npm cannot bring the packages
 */
export async function ensurePackages(say, root = ROOT) {
  if (packagesAreHere(root)) return false;
  say('Installing npm packages (once).');
  // Not `npm ci`: it refuses a lock that lacks an optional package of another platform, as this one does,
  // and it removes what is there before it knows whether it can bring the new. The versions are the lock's either way.
  const ended = await run('npm', ['install', '--no-save', '--no-audit', '--no-fund', ...PATIENCE], {
    deadline: INSTALL_DEADLINE,
    cwd: root,
  });
  if (ended.code === 0 && packagesAreHere(root)) return true;
  throw new Trouble(
    ended.timedOut
      ? 'npm did not bring the packages within ten minutes.'
      : `npm could not install the packages: ${firstError(ended.output)}`,
    'Check the network (and the proxy settings of npm), then run the same command again.',
  );
}

/** Compares what npm noted about node_modules with package-lock.json. */
export function packagesAreHere(root = ROOT) {
  const noted = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(noted) || findBun(root) === undefined) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const here = JSON.parse(readFileSync(noted, 'utf8')).packages;
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    if (path === '') return true;
    const found = here[path];
    // Optional packages are those of other platforms: npm leaves them out.
    if (found === undefined) return optional === true;
    return found.version === version && found.integrity === integrity;
  });
}

function firstError(output) {
  const line = output
    .split('\n')
    .find((text) => /npm (error|ERR!) (?!code|errno|syscall|A complete)/.test(text));
  return (line ?? lastLine(output)).replace(/^npm (error|ERR!) /, '').trim();
}
