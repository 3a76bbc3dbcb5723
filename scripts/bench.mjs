// `npm run bench` lists the measurements, `npm run bench NAME [-- flags]` runs one: bench/NAME.ts, under Bun.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { build } from './build.mjs';
import { findBun, ROOT } from './lib/paths.mjs';
import { orSay, Trouble } from './lib/trouble.mjs';

const FOLDER = join(ROOT, 'bench');

await orSay(async () => {
  const [name, ...flags] = argv.slice(2);
  const names = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -3))
    .sort();
  if (name === undefined) {
    for (const one of names) console.log(`npm run bench ${one.padEnd(10)} ${purpose(one)}`);
    return;
  }
  if (!names.includes(name))
    throw new Trouble(`There is no measurement named ${name}.`, `There are: ${names.join(', ')}.`);
  await build({ say: (line) => console.error(line) });
  const child = spawn(findBun() ?? 'bun', [join(FOLDER, `${name}.ts`), ...flags], {
    stdio: 'inherit',
    cwd: ROOT,
  });
  process.exitCode = await new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
});

// The first comment of a measurement says what it measures.
function purpose(name) {
  const text = readFileSync(join(FOLDER, `${name}.ts`), 'utf8');
  const line =
    text.split('\n').find((one) => /^(\/\/|\/?\s?\*+) *\S*[a-z]/i.test(one) && one.trim() !== '/**') ?? '';
  return line.replace(/^[/*\s]+/, '').replace(/^`npm run bench [^`]*`[^a-z]*/, '');
}
