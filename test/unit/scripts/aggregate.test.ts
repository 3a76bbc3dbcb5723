import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = dirname(dirname(dirname(import.meta.dir)));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'labmesh-aggregate-'));
  mkdirSync(join(folder, 'test/some'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs real test files as `npm test` would, with the deadline given, and tells what it would say. */
function outcome(
  files: Readonly<Record<string, string>>,
  deadline = 20_000,
): { text: string; last: string; code: number } {
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, 'test/some', name), `import { expect, test } from 'bun:test';\n${text}`);
  }
  const program = `
    import { runSuite } from '${root}/scripts/test/groups.mjs';
    import { endLines, groupLines } from '${root}/scripts/test/summary.mjs';
    const options = { root: '${folder}', artifacts: '${folder}/artifacts' };
    const group = await runSuite({ name: 'some', deadline: ${deadline} }, options);
    const { lines, code } = endLines([group]);
    console.log([...groupLines(group), ...lines].join('\\n'));
    process.exitCode = code;`;
  const ended = Bun.spawnSync(['node', '--input-type=module', '-e', program]);
  const text = ended.stdout.toString() + ended.stderr.toString();
  return { text, last: text.trimEnd().split('\n').at(-1) ?? '', code: ended.exitCode };
}

const good = "test('a', () => {});\ntest('b', () => {});";

test('all well: one closing line, code 0', () => {
  expect(outcome({ 'a.test.ts': good })).toMatchObject({ last: '2 passed, 0 failed', code: 0 });
});

test('a failing test is named with its place and its difference', () => {
  const { text, last, code } = outcome({
    'a.test.ts': good,
    'b.test.ts': "test('c <&> ñ', () => expect(1).toBe(2));",
  });
  expect(last).toBe('2 passed, 1 failed');
  expect(code).toBe(1);
  expect(text).toContain('FAILED  c <&> ñ  (test/some/b.test.ts:2)');
  expect(text).toContain('Expected: 2');
});

test('skipped tests are listed with a reason', () => {
  const { text, last, code } = outcome({ 'a.test.ts': `${good}\ntest.skip('later', () => {});` });
  expect(last).toBe('2 passed, 0 failed, 1 skipped');
  expect(code).toBe(0);
  expect(text).toContain('later: left out by the test itself (test/some/a.test.ts:4)');
});

test('a file that fails at its load counts, though the report does not have it', () => {
  const { text, last, code } = outcome({ 'a.test.ts': good, 'b.test.ts': "throw new Error('at load');" });
  expect(last).toBe('2 passed, 1 failed');
  expect(code).toBe(1);
  expect(text).toContain('something failed outside of its tests');
  expect(text).toContain('at load');
});

test('a crash counts as failed', () => {
  const { text, last, code } = outcome({
    'a.test.ts': `${good}\ntest('c', () => process.kill(process.pid, 'SIGKILL'));`,
  });
  expect(last).toBe('0 passed, 1 failed');
  expect(code).toBe(1);
  expect(text).toContain('some: was ended by SIGKILL');
});

test('a quiet exit counts as failed', () => {
  const { last, code } = outcome({ 'a.test.ts': `${good}\ntest('c', () => process.exit(0));` });
  expect(last).toBe('0 passed, 1 failed');
  expect(code).toBe(1);
});

test('a group that does not end is ended, and counts as failed', () => {
  const { text, last } = outcome({ 'a.test.ts': "test('c', () => { for (;;); });" }, 1500);
  expect(last).toBe('0 passed, 1 failed');
  expect(text).toContain('did not end within its deadline');
});

test('nothing that ran is no success', () => {
  expect(outcome({ 'a.test.ts': "test.skip('later', () => {});" }).code).toBe(1);
  expect(outcome({ 'a.test.ts': '' }).code).toBe(1);
});
