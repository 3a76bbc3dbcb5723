// Holds the import rule (scripts/import-rule/rule.ts). Prints each violation as file:line, ends with 1 if there is any.
//
//   bun scripts/check-imports.ts [ROOT]
import { dirname, resolve } from 'node:path';
import { readSources } from './import-rule/read.ts';
import { judge, type Violation } from './import-rule/rule.ts';

/** Every violation under a project's src/, by file and line. */
export async function checkImports(root: string): Promise<readonly Violation[]> {
  const sources = await readSources(root);
  return sources
    .flatMap(judge)
    .sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1));
}

if (import.meta.main) {
  const violations = await checkImports(resolve(process.argv[2] ?? dirname(import.meta.dir)));
  for (const { path, line, message } of violations) console.error(`${path}:${line}: ${message}`);
  process.exit(violations.length === 0 ? 0 : 1);
}
