// Copies the browser's libraries out of node_modules into static/vendor, where they are committed: the page loads from
// the node alone. Run it after raising a version: `node scripts/vendor.mjs`; `--check` only says whether it was.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv } from 'node:process';
import { findBun, ROOT } from './lib/paths.mjs';
import { run } from './lib/process.mjs';
import { orSay, Trouble } from './lib/trouble.mjs';

const BUNDLE_DEADLINE = 60_000; // ms; it takes under a second
const TARGET = join(ROOT, 'static', 'vendor');

/** From the path in node_modules to the name in static/vendor. */
const COPIES = {
  'htmx.org/dist/htmx.min.js': 'htmx.min.js',
  'htmx.org/dist/ext/hx-sse.min.js': 'hx-sse.min.js',
  'htmx.org/LICENSE': 'htmx.LICENSE.txt',
  'uplot/dist/uPlot.iife.min.js': 'uplot.min.js',
  'uplot/dist/uPlot.min.css': 'uplot.min.css',
  'uplot/LICENSE': 'uplot.LICENSE.txt',
  '@novnc/novnc/LICENSE.txt': 'novnc.LICENSE.txt',
  '@novnc/novnc/docs/LICENSE.MPL-2.0': 'novnc.MPL-2.0.txt',
};

const inModules = (path) => join(ROOT, 'node_modules', path);

async function wanted() {
  const files = Object.entries(COPIES).map(([from, to]) => [
    to,
    stripped(readFileSync(inModules(from), 'utf8')),
  ]);
  return new Map([...files, ['novnc.js', await novnc()]]);
}

// The maps stay in node_modules: a pointer to them would be a request that fails.
function stripped(text) {
  return text
    .replace(/^\/\/# sourceMappingURL=.*$/m, '')
    .trimEnd()
    .concat('\n');
}

async function novnc() {
  const folder = mkdtempSync(join(tmpdir(), 'labmesh-vendor-'));
  try {
    const outfile = join(folder, 'novnc.js');
    const entry = join(ROOT, 'scripts', 'vendor', 'novnc.js');
    const args = ['build', entry, '--minify', '--format=esm', '--target=browser', `--outfile=${outfile}`];
    const ended = await run(findBun() ?? 'bun', args, { deadline: BUNDLE_DEADLINE, cwd: ROOT });
    if (ended.code !== 0)
      throw new Trouble(`noVNC could not be bundled: ${ended.output}`, 'Run "npm install" and try again.');
    const { version } = JSON.parse(readFileSync(inModules('@novnc/novnc/package.json'), 'utf8'));
    // The MPL asks that whoever gets the program is told where its source is.
    const notice = `/*! noVNC ${version}, MPL-2.0. Source: https://github.com/novnc/noVNC/tree/v${version} */\n`;
    return notice + readFileSync(outfile, 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await orSay(async () => {
  const files = await wanted();
  if (!argv.includes('--check')) {
    for (const [name, text] of files) writeFileSync(join(TARGET, name), text);
    console.log(`static/vendor: ${[...files.keys()].join(', ')}`);
    return;
  }
  const present = new Set(readdirSync(TARGET));
  const stale = [...files].filter(
    ([name, text]) => !present.has(name) || readFileSync(join(TARGET, name), 'utf8') !== text,
  );
  if (stale.length === 0) return;
  const names = stale.map(([name]) => name).join(', ');
  throw new Trouble(
    `static/vendor does not match node_modules: ${names}.`,
    'Run "node scripts/vendor.mjs" and commit.',
  );
});
