/** The other side's programs: those of Debian, fetched and unpacked beside the caches, so that no service of theirs is left on this PC. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../scripts/lib/cache.mjs';

/** 16 MB over a slow line. */
const FETCH_MS = 300_000;

/**
 * @param libraries packages that it needs besides and that may not be installed; see `libraryPath`
 * @returns the path of `program`: as installed, or from its Debian package `name` @throws when apt cannot bring it
 */
export function debianProgram(program: string, name: string, libraries: readonly string[] = []): string {
  const installed = Bun.which(program);
  if (installed !== null) return installed;
  const folder = join(cacheFolder(), 'peers', name);
  const found = () => ['usr/bin', 'usr/sbin'].map((part) => join(folder, part, program)).find(existsSync);
  const cached = found();
  if (cached !== undefined) return cached;
  console.error(`Fetching Debian's ${name}, to compare with.`);
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    const names = [name, ...libraries];
    if (!downloaded(names, partial)) {
      // A fresh machine may never have read its package lists.
      Bun.spawnSync(['apt-get', 'update', '-q'], { timeout: FETCH_MS });
      if (!downloaded(names, partial))
        throw new Error(`apt cannot fetch ${names.join(', ')}: check the network and apt's sources`);
    }
    for (const file of readdirSync(partial).filter((one) => one.endsWith('.deb')))
      must(['dpkg-deb', '-x', join(partial, file), partial]);
    rmSync(folder, { recursive: true, force: true });
    renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  const path = found();
  if (path === undefined) throw new Error(`Debian's ${name} holds no ${program}`);
  return path;
}

/** Where a program of `debianProgram` finds the libraries that were fetched with it. */
export const libraryPath = (name: string): string =>
  join(cacheFolder(), 'peers', name, 'usr/lib', `${process.arch === 'x64' ? 'x86_64' : 'aarch64'}-linux-gnu`);

function downloaded(names: readonly string[], cwd: string): boolean {
  // As root, apt would drop to a user that may not write here; the files are checked by signature all the same.
  const command = ['apt-get', 'download', '-q', '-o', 'APT::Sandbox::User=root', ...names];
  return Bun.spawnSync(command, { cwd, timeout: FETCH_MS }).success;
}

function must(command: string[]): void {
  const { success, stderr } = Bun.spawnSync(command, { timeout: FETCH_MS });
  if (!success) throw new Error(`${command.join(' ')}: ${stderr}`);
}
