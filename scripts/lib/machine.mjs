// Whether this machine can do what is asked, before anything is changed.
import { existsSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { arch, getuid, platform, versions } from 'node:process';
import { Trouble } from './trouble.mjs';

const NODE_AT_LEAST = 20;
const GIB = 1024 ** 3;

/** Node of an age that these scripts run on. */
export function checkNode() {
  const major = Number(versions.node.split('.')[0]);
  if (major >= NODE_AT_LEAST) return;
  throw new Trouble(
    `labmesh is built with Node ${NODE_AT_LEAST} or later; this is ${versions.node}.`,
    'Install a newer Node, for example from https://nodejs.org, and try again.',
  );
}

/** Linux on a PC's processor. */
export function checkPlatform() {
  if (platform === 'linux' && arch === 'x64') return;
  throw new Trouble(
    `labmesh runs on Linux on 64-bit PCs (amd64); this is ${platform} on ${arch}.`,
    'Use a PC with Debian 12 or later.',
  );
}

/** @param {string} why what root is needed for */
export function checkRoot(why) {
  if (getuid?.() === 0) return;
  throw new Trouble(`This needs root: ${why}.`, 'Run it as root: "sudo npm start", or "su -" first.');
}

/**
 * @param {string} folder it need not exist yet
 * @param {number} gib how much must be free there
 */
export function checkSpace(folder, gib) {
  let place = folder;
  while (!existsSync(place)) place = dirname(place);
  const { bavail, bsize } = statfsSync(place);
  const free = (bavail * bsize) / GIB;
  if (free >= gib) return;
  throw new Trouble(
    `The disk under ${folder} has ${free.toFixed(1)} GiB free; ${gib} GiB are needed to begin.`,
    'Free some space, or choose another folder: npm start -- --data /another/disk/labmesh',
  );
}

/**
 * @param {{ flag: string, host: string, port: number }} address port 0 is always free
 * @throws {Trouble} when somebody else listens there
 */
export async function checkPort({ flag, host, port }) {
  if (port === 0) return;
  const error = await new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', resolve);
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(undefined)));
  });
  if (error === undefined) return;
  const suggestion = flag === '--local-http' ? `${flag} 0` : `${flag} ${host}:0`;
  if (error.code === 'EADDRINUSE') {
    throw new Trouble(
      `Port ${port} is taken: another program listens on ${host}:${port}.`,
      `Stop it ("ss -ltnp" names it), or choose another port: npm start -- ${suggestion}`,
    );
  }
  throw new Trouble(
    `This PC cannot listen on ${host}:${port} (${error.code}).`,
    `Choose another address: npm start -- ${suggestion}`,
  );
}
