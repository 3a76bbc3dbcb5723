import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { checkImports } from '../../../scripts/check-imports.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'labmesh-imports-'));
  writeFileSync(
    join(root, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { module: 'Preserve', noEmit: true, types: [] }, include: ['src'] }),
  );
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

async function violations(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, 'src', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return (await checkImports(root)).map(({ path, line, message }) => `${path}:${line}: ${message}`);
}

test('a house in order has none', async () => {
  const found = await violations({
    'main.ts': "import { page } from './web/index.ts'; import './cli/index.ts'; import './node/index.ts';",
    'web/index.ts':
      "import { vm } from '../state/index.ts'; import { en } from '../texts/index.ts'; export * from './page.ts';",
    'web/page.ts': "import type { Agent } from '../node/index.ts';",
    'cli/index.ts': "import text from '../../static/licenses.txt' with { type: 'text' };",
    'node/index.ts':
      "import { Store } from '../images/index.ts'; import { LabmeshError } from '../state/errors.ts';",
    'images/index.ts':
      "import { readFileSync } from 'node:fs'; import type { Logger } from '../state/logger.ts';",
    'texts/index.ts': "export * from './en/images.ts';",
    'texts/en/images.ts': "import type { Codes } from '../../images/errors.ts';",
    'state/index.ts': "import { z } from 'zod'; export const at = (ms: number) => new Date(ms);",
    // What only looks like an import is none.
    'state/logger.ts':
      "// import '../web/index.ts'\nexport const text = \"import { x } from '../web/index.ts'\";",
  });
  expect(found).toEqual([]);
});

test.each([
  [
    'a service of another',
    'images/a.ts',
    "import { x } from '../gossip/index.ts';",
    'images may not import gossip',
  ],
  ['upwards', 'state/a.ts', "import { x } from '../node/index.ts';", 'state may not import node'],
  ['web by another than main', 'cli/a.ts', "import { x } from '../web/index.ts';", 'cli may not import web'],
  [
    'types of web',
    'cli/a.ts',
    "import type { X } from '../web/index.ts';",
    'cli may not import types from web',
  ],
  ['main', 'node/a.ts', "import { x } from '../main.ts';", 'node imports src/main.ts: nothing imports main'],
  [
    'values of texts',
    'images/a.ts',
    "import { en } from '../texts/index.ts';",
    'images may not import texts',
  ],
  [
    'values by texts',
    'texts/a.ts',
    "import { codes } from '../state/errors.ts';",
    'texts may not import state',
  ],
  ['the inside', 'node/a.ts', "import { x } from '../images/store.ts';", 'node reaches into images'],
  ['the inside, types', 'web/a.ts', "import type { X } from '../state/vm.ts';", 'web reaches into state'],
  ['by export', 'images/a.ts', "export { x } from '../gossip/index.ts';", 'images may not import gossip'],
  ['by export of all', 'images/a.ts', "export * from '../gossip/index.ts';", 'images may not import gossip'],
  ['late', 'images/a.ts', "const x = await import('../gossip/index.ts');", 'images may not import gossip'],
  [
    'as a type in place',
    'images/a.ts',
    "let x: import('../web/index.ts').X;",
    'images may not import types from web',
  ],
  ['for its effect', 'images/a.ts', "import '../election/index.ts';", 'images may not import election'],
  [
    'one value among types',
    'cli/a.ts',
    "import { type A, b } from '../node/index.ts';",
    'cli may not import node',
  ],
  ['a strange folder', 'misc/a.ts', 'export {};', 'src/misc is not one of the folders of this house'],
])('an import is refused: %s', async (_, path, line, message) => {
  const found = await violations({ [path]: `// first line\n${line}\n` });
  expect(found).toHaveLength(1);
  expect(found[0]).toStartWith(`src/${path}:${message.includes('folders') ? 1 : 2}: ${message}`);
});

test.each([
  ["import { readFileSync } from 'node:fs';", 'node:fs'],
  ["import { file } from 'bun';", 'bun'],
  ['export const a = Date.now();', 'Date.now'],
  ['export const a = Math.random();', 'Math.random'],
  ['export const a = new Date();', 'new Date() without a time'],
  ['export const a = Bun.hash;', 'Bun.hash'],
  ['export const a = process.env;', 'process.env'],
  ["export const a = fetch('x');", 'fetch()'],
  ['setTimeout(() => {}, 1);', 'setTimeout()'],
  ['export const a = crypto.randomUUID();', 'crypto.randomUUID'],
])('state and scheduler stay pure: %s', async (line, what) => {
  const found = await violations({ 'state/a.ts': line, 'scheduler/b.ts': line, 'node/c.ts': line });
  expect(found).toEqual([
    `src/scheduler/b.ts:1: scheduler is pure: no ${what}`,
    `src/state/a.ts:1: state is pure: no ${what}`,
  ]);
});
