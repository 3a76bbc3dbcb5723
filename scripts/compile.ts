// Compiles the one-file binary. Called by build.mjs under Bun:
//
//   bun scripts/compile.ts --out FILE [--entry src/main.ts] [--protocol N]
//
// --protocol is for tests alone: a build that says it speaks that feature level.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { embeddedAssets, nativeLevel } from './compile-plugins.ts';

const root = dirname(import.meta.dir);
const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    entry: { type: 'string', default: 'src/main.ts' },
    protocol: { type: 'string' },
  },
});
if (values.out === undefined) throw new Error('compile.ts needs --out FILE');

const work = mkdtempSync(join(tmpdir(), 'labmesh-compile-'));
try {
  await Bun.build({
    entrypoints: [join(root, values.entry)],
    compile: { outfile: values.out },
    minify: true,
    // Bytecode spares parsing at each start (a quarter of the time to the first line).
    bytecode: true,
    format: 'esm',
    define: {
      'process.env.NODE_ENV': '"production"',
      ...(values.protocol === undefined ? {} : { LABMESH_PROTOCOL: String(Number(values.protocol)) }),
    },
    plugins: [nativeLevel(root), embeddedAssets(root, work)],
  });
} finally {
  rmSync(work, { recursive: true, force: true });
}
