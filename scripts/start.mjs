// `npm start`: from a fresh clone to a page with a VM behind it. Installs what is missing, builds, starts the node in the
// foreground. Ctrl-C stops the node; VMs go on. Flags are those of `labmesh up`:
//
//   npm start -- --data DIR --web ADDR:PORT …
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { build } from './build.mjs';
import { demoImage } from './demo-image.mjs';
import { HOST_PACKAGES, installPackages, missingPackages } from './lib/debian.mjs';
import { ensureLibvirt, mendKvm } from './lib/libvirt.mjs';
import { checkNode, checkPlatform, checkPort, checkRoot, checkSpace } from './lib/machine.mjs';
import { packagesAreHere } from './lib/npm.mjs';
import { BINARY, ROOT } from './lib/paths.mjs';
import { signalRunning } from './lib/process.mjs';
import { orSay, Trouble } from './lib/trouble.mjs';
import { importFirstImage, runningNode, startNode, whenReady } from './start/node.mjs';
import { options } from './start/options.mjs';

const BUILD_SPACE = 1; // GiB; npm packages take 0.6, a build 0.25
const DATA_SPACE = 1; // GiB; the demo image and a VM on it take a tenth of that
const SECOND_SIGNAL = 1000; // ms; npm and the terminal may each send the same Ctrl-C

const say = (line) => console.log(line);

async function main() {
  const wanted = options(argv.slice(2));
  checkNode();
  checkPlatform();
  checkRoot('it installs packages, and starts VMs through libvirt');
  const running = runningNode(wanted.data);
  if (running !== undefined) {
    say(`A node already runs on ${wanted.data} (process ${running.pid}).`);
    welcome(running, wanted.data);
    return;
  }
  if (!packagesAreHere() || !existsSync(BINARY)) checkSpace(ROOT, BUILD_SPACE);
  checkSpace(wanted.data, DATA_SPACE);
  for (const address of wanted.ports) await checkPort(address);
  const interrupted = (signal) => {
    // apt and npm end in good order when asked; what they had finished is used by the next start.
    signalRunning(signal);
    say('\nStopped before the node was started.');
    process.exit(130);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  const installed = await prepare(wanted);
  process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  await live(wanted, installed);
}

async function prepare({ host }) {
  const missing = host ? await missingPackages(HOST_PACKAGES) : [];
  if (missing.length > 0) {
    say(`Installing Debian packages: ${missing.join(', ')}.`);
    await installPackages(missing);
  }
  const { installed } = await build({ say });
  if (host) {
    for (const line of [await ensureLibvirt(), mendKvm()]) if (line !== undefined) say(line);
  }
  const parts = [...missing, ...(installed ? ['npm packages'] : [])];
  return parts.length === 0 ? 'Nothing had to be installed.' : `Installed: ${parts.join(', ')}.`;
}

async function live({ data, forNode }, installed) {
  const node = startNode(forNode);
  const stop = stopper(node.child);
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('SIGHUP', stop);
  try {
    const found = await whenReady(node, data);
    await importFirstImage(data, () => demoImage({ say }), say).catch((error) => {
      // The node is of use without an image: this is said, and does not end it.
      say(error instanceof Trouble ? `${error.message}\n${error.hint}` : String(error.message ?? error));
    });
    welcome(found, data);
    say(`  ${installed} Ctrl-C stops this node; its VMs go on.\n`);
  } catch (error) {
    node.child.kill('SIGTERM');
    await node.ended;
    throw error;
  }
  const { code, signal } = await node.ended;
  if (stop.asked) say('The node has stopped. Its VMs go on.');
  else
    throw new Trouble(`The node ended by itself (${signal ?? `code ${code}`}).`, 'Its own words are above.');
}

// The first signal asks the node to stop; the same one, doubled by npm, is not taken for impatience.
function stopper(child) {
  let last = 0;
  const stop = (signal) => {
    const now = Date.now();
    if (now - last < SECOND_SIGNAL) return;
    last = now;
    stop.asked = true;
    child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal);
  };
  stop.asked = false;
  return stop;
}

function welcome({ local, web }, data) {
  const file = join(data, 'initial-admin-password');
  const password = existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
  say(`\n  Open      ${local ?? web}${local && web ? `   (from other PCs: ${web})` : ''}`);
  if (password === undefined) say('  Sign in   with your own name and password');
  else say(`  Sign in   admin\n  Password  ${password}   (works until you change it)`);
}

await orSay(main);
