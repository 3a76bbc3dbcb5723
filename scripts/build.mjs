// `npm run build`: makes dist/labmesh, one file with everything inside. Does nothing when nothing changed.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { argv, pid } from 'node:process';
import { fileURLToPath } from 'node:url';
import { inputsHash } from './lib/inputs.mjs';
import { ensurePackages } from './lib/npm.mjs';
import { BINARY, findBun, ROOT } from './lib/paths.mjs';
import { run } from './lib/process.mjs';
import { orSay, Trouble } from './lib/trouble.mjs';

const COMPILE_DEADLINE = 180_000; // ms; it takes 2 s on two idle cores

/**
 * @param {{ say?: (line: string) => void }} [options] say hears one line for each thing that takes time
 * @returns {Promise<{ binary: string, built: boolean, installed: boolean }>}
 * @throws {Trouble} with a sentence for people; the former binary stays as it was
 */
export async function build({ say = () => {} } = {}) {
  const installed = await ensurePackages(say);
  const note = `${BINARY}.inputs`;
  const hash = inputsHash();
  if (existsSync(BINARY) && existsSync(note) && readFileSync(note, 'utf8') === hash) {
    return { binary: BINARY, built: false, installed };
  }
  say('Building dist/labmesh.');
  mkdirSync(dirname(BINARY), { recursive: true });
  // Beside the old one and then renamed: a running node keeps its file, a failed build leaves nothing.
  const fresh = join(dirname(BINARY), `.labmesh-${pid}`);
  try {
    await compile(fresh);
    renameSync(fresh, BINARY);
    writeFileSync(note, hash);
  } finally {
    rmSync(fresh, { force: true });
  }
  return { binary: BINARY, built: true, installed };
}

async function compile(outfile) {
  const bun = findBun();
  if (bun === undefined) {
    throw new Trouble(
      'Bun is not in node_modules, though npm installed it.',
      'Remove node_modules and try again.',
    );
  }
  const args = [join(ROOT, 'scripts', 'compile.ts'), '--out', outfile];
  const ended = await run(bun, args, { deadline: COMPILE_DEADLINE, cwd: ROOT });
  if (ended.code === 0) return;
  const full = /ENOSPC|No space left/.test(ended.output);
  throw new Trouble(
    full
      ? 'The disk is full: the binary needs 250 MB while it is made.'
      : `The build failed${ended.timedOut ? ' to end within three minutes' : ''}:\n${ended.output.trim()}`,
    full
      ? `Free some space where ${ROOT} lies, then try again.`
      : 'If you changed the sources, mend what is named above.',
  );
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  await orSay(async () => {
    const { binary, built } = await build({ say: (line) => console.log(line) });
    console.log(built ? `Built ${binary}` : `${binary} is up to date`);
  });
}
