import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = dirname(dirname(dirname(import.meta.dir)));

/** A clone of this repository with a stand-in for the binary, so that a script's own behaviour is what is seen. */
export interface StubRoot {
  readonly folder: string;
  /** Programs put here are found before those of the machine. */
  fake(name: string, body: string): void;
  /** Runs a script of scripts/ in a process of its own, and waits for its end. */
  run(script: string, args?: readonly string[], options?: { user?: number }): Promise<Ended>;
  /** Starts a script and leaves it running. */
  start(script: string, args: readonly string[]): Bun.Subprocess<'ignore', 'pipe', 'pipe'>;
  remove(): void;
}

export interface Ended {
  readonly code: number;
  readonly out: string;
}

/** @param binary the source of a Node program that plays dist/labmesh */
export function stubRoot(binary: string): StubRoot {
  const folder = mkdtempSync(join(tmpdir(), 'labmesh-stub-'));
  chmodSync(folder, 0o755);
  const bin = join(folder, 'fakes');
  mkdirSync(bin);
  mkdirSync(join(folder, 'dist'));
  cpSync(join(root, 'scripts'), join(folder, 'scripts'), { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) cpSync(join(root, name), join(folder, name));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'dist/labmesh'), `#!/usr/bin/env node\n${binary}`, { mode: 0o755 });
  writeFileSync(join(folder, 'dist/package.json'), '{ "type": "commonjs" }');
  const hash = `import { inputsHash } from '${folder}/scripts/lib/inputs.mjs'; process.stdout.write(inputsHash());`;
  const told = Bun.spawnSync(['node', '--input-type=module', '-e', hash]);
  writeFileSync(join(folder, 'dist/labmesh.inputs'), told.stdout);

  const start: StubRoot['start'] = (script, args) =>
    Bun.spawn(['node', join(folder, 'scripts', script), ...args], {
      cwd: folder,
      env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
  return {
    folder,
    fake: (name, body) => writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 }),
    async run(script, args = [], { user } = {}) {
      const asUser = user === undefined ? [] : ['setpriv', `--reuid=${user}`, '--clear-groups'];
      const child = Bun.spawn([...asUser, 'node', join(folder, 'scripts', script), ...args], {
        cwd: folder,
        env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
        stdin: 'ignore',
        stdout: 'pipe',
        stderr: 'pipe',
        timeout: 25_000, // under bun:test's own deadline, so that a hang is seen as one
      });
      const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
      return { code: await child.exited, out: out + err };
    },
    start,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
