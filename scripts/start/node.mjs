// The node as a child of this script: started, waited for, asked, stopped.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BINARY, ROOT } from '../lib/paths.mjs';
import { lastLine, run } from '../lib/process.mjs';
import { Trouble } from '../lib/trouble.mjs';

const READY_DEADLINE = 60_000; // ms; it takes 1.5 s, the first probe of the accelerators some more
const RETRY = 25; // ms
const ASK_DEADLINE = 30_000; // ms
const IMPORT_DEADLINE = 120_000; // ms; the demo image takes a second

/** @returns {{ pid: number, local?: string, web?: string, ready?: boolean } | undefined} the node that runs on a data folder */
export function runningNode(data) {
  const file = join(data, 'run.json');
  if (!existsSync(file)) return undefined;
  try {
    const found = JSON.parse(readFileSync(file, 'utf8'));
    process.kill(found.pid, 0);
    return found;
  } catch {
    return undefined; // half written, or left by a node that was killed
  }
}

/** Starts `labmesh up`; its log is this terminal's, its greeting is left to us. In a group of its own, so that Ctrl-C reaches it once, through us. */
export function startNode(args, binary = BINARY) {
  const child = spawn(binary, ['up', ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
    cwd: ROOT,
  });
  const ended = new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', (error) => resolve({ code: 127, signal: null, error }));
  });
  return { child, ended };
}

/**
 * @returns {Promise<{ local?: string, web?: string }>} the node's addresses, once it is ready
 * @throws {Trouble} when it ends first, or is not ready in time
 */
export async function whenReady({ child, ended }, data) {
  let over;
  ended.then((how) => {
    over = how;
  });
  const until = Date.now() + READY_DEADLINE;
  while (Date.now() < until) {
    const found = runningNode(data);
    if (found?.ready === true && found.pid === child.pid) return found;
    if (over !== undefined) {
      throw new Trouble(
        `The node ended before it was ready (${over.signal ?? over.error?.message ?? `code ${over.code}`}).`,
        'Its own words are above. "dist/labmesh doctor" looks at this PC and names what to mend.',
      );
    }
    await sleep(RETRY);
  }
  throw new Trouble(
    'The node was not ready within a minute.',
    'Its own words are above. It has been stopped again.',
  );
}

/** Brings the demo image into a cloud that has none. */
export async function importFirstImage(data, makeImage, say, binary = BINARY) {
  const listed = await run(binary, ['image', 'ls', '--json', '--data', data], { deadline: ASK_DEADLINE });
  if (listed.code !== 0)
    throw new Trouble(`The node does not list its images: ${lastLine(listed.output)}`, retry);
  const images = JSON.parse(listed.output.trim().split('\n').at(-1) ?? '[]');
  const count = Array.isArray(images) ? images.length : (images.images ?? images.items ?? []).length;
  if (count > 0) return;
  const file = await makeImage();
  const args = ['image', 'import', file, '--name', 'demo', '--os', 'linux', '--json', '--data', data];
  const imported = await run(binary, args, { deadline: IMPORT_DEADLINE });
  if (imported.code !== 0)
    throw new Trouble(`The demo image was not imported: ${lastLine(imported.output)}`, retry);
  say('Imported the demo image: a small Linux to try a VM with.');
}

const retry = 'The node runs all the same; bring an image with "dist/labmesh image import FILE --name NAME".';
