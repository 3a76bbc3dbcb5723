/** The other side's programs: those of Debian, fetched and unpacked beside the caches, so that no service of theirs is left on this PC. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../scripts/lib/cache.mjs';

/** 16 MB over a slow line. */
const FETCH_MS = 300_000;

/** @returns the path of `program`: as installed, or from its Debian package `name` @throws when apt cannot bring it */
export function debianProgram(program: string, name: string): string {
  const installed = Bun.which(program);
  if (installed !== null) return installed;
  const folder = join(cacheFolder(), 'peers', name);
  const path = join(folder, 'usr/bin', program);
  if (existsSync(path)) return path;
  console.error(`Fetching Debian's ${name}, to compare with.`);
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    if (!downloaded(name, partial)) {
      // A fresh machine may never have read its package lists.
      Bun.spawnSync(['apt-get', 'update', '-q'], { timeout: FETCH_MS });
      if (!downloaded(name, partial))
        throw new Error(`apt cannot fetch ${name}: check the network and apt's sources`);
    }
    for (const file of readdirSync(partial)) must(['dpkg-deb', '-x', join(partial, file), partial]);
    rmSync(folder, { recursive: true, force: true });
    renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return path;
}

function downloaded(name: string, cwd: string): boolean {
  // As root, apt would drop to a user that may not write here; the files are checked by signature all the same.
  const command = ['apt-get', 'download', '-q', '-o', 'APT::Sandbox::User=root', name];
  return Bun.spawnSync(command, { cwd, timeout: FETCH_MS }).success;
}

function must(command: string[]): void {
  const { success, stderr } = Bun.spawnSync(command, { timeout: FETCH_MS });
  if (!success) throw new Error(`${command.join(' ')}: ${stderr}`);
}
