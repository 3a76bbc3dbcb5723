// Fetches Debian packages and unpacks them into a folder, without installing anything on this machine.
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const FETCH_DEADLINE = 180_000; // ms; a kernel package is 27 MB, slow campus lines included

/** The names behind which Debian keeps its latest kernels: for clouds, and for PCs. */
export const CLOUD_KERNEL = 'linux-image-cloud-amd64';
export const PC_KERNEL = 'linux-image-amd64';

/**
 * @param {string} folder receives one sub-folder with the unpacked files of all packages
 * @param {string} kernel one of the names above
 * @returns {Promise<string>} that sub-folder
 * @throws an Error whose message says what could not be fetched and what to do
 */
export async function unpackedPackages(folder, kernel) {
  const names = [await realKernel(kernel), 'busybox-static', 'syslinux', 'syslinux-common', 'mtools'];
  const debs = join(folder, 'debs');
  const root = join(folder, 'root');
  mkdirSync(debs, { recursive: true });
  mkdirSync(root, { recursive: true });
  await download(names, debs);
  for (const deb of readdirSync(debs)) await run('dpkg-deb', ['-x', join(debs, deb), root]);
  return root;
}

async function realKernel(kernel) {
  const found = await dependencyOf(kernel);
  if (found !== undefined) return found;
  // A fresh machine may never have read its package lists.
  await run('apt-get', ['update', '-q'], { timeout: FETCH_DEADLINE }).catch(() => {});
  const second = await dependencyOf(kernel);
  if (second !== undefined) return second;
  throw new Error(
    `The demo image needs Debian's kernel package ${kernel}, and apt does not know it. Run "apt-get update" with a network, on Debian 12 or later (amd64).`,
  );
}

async function dependencyOf(name) {
  const { stdout } = await run('apt-cache', ['depends', name], { env: plain() }).catch(() => ({
    stdout: '',
  }));
  return /Depends: (linux-image-\S+)/.exec(stdout)?.[1];
}

async function download(names, cwd) {
  // As root, apt would drop to a user that may not write here; the files are checked by signature all the same.
  const args = ['download', '-q', '-o', 'APT::Sandbox::User=root', ...names];
  try {
    await run('apt-get', args, { cwd, env: plain(), timeout: FETCH_DEADLINE });
  } catch {
    // The lists may name versions that the mirror has since replaced.
    await run('apt-get', ['update', '-q'], { timeout: FETCH_DEADLINE }).catch(() => {});
    await run('apt-get', args, { cwd, env: plain(), timeout: FETCH_DEADLINE }).catch((error) => {
      const cause = String(error.stderr ?? error.message)
        .trim()
        .split('\n')
        .at(-1);
      throw new Error(
        `The demo image is made from Debian packages, and fetching them failed: ${cause}. Check the network and apt's sources, then try again.`,
      );
    });
  }
}

function plain() {
  return { ...process.env, LC_ALL: 'C' };
}
