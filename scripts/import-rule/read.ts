import { dirname, join, relative, resolve } from 'node:path';
import type { CallExpression, ImportDeclaration, Node, SourceFile } from 'typescript/unstable/ast';
import { SyntaxKind } from 'typescript/unstable/ast';
import {
  isCallExpression,
  isExportDeclaration,
  isIdentifier,
  isImportDeclaration,
  isImportTypeNode,
  isLiteralTypeNode,
  isNamedExports,
  isNamedImports,
  isNewExpression,
  isPropertyAccessExpression,
  isStringLiteral,
} from 'typescript/unstable/ast/is';
import { API } from 'typescript/unstable/async';
import type { Import, Impurity, SourceFacts } from './rule.ts';

/** Objects and functions through which code would meet a clock, chance or the outside world. */
const worldly = {
  objects: ['Bun', 'process', 'performance', 'crypto', 'console', 'globalThis'],
  calls: ['fetch', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'require', 'Date'],
  members: ['Date.now', 'Math.random'],
} as const;

/**
 * What each file under a project's src/ imports and touches, read by TypeScript itself.
 *
 * @param root a folder with a tsconfig.json and src/
 */
export async function readSources(root: string): Promise<readonly SourceFacts[]> {
  const api = new API({ cwd: root });
  try {
    const snapshot = await api.updateSnapshot({ openProjects: [join(root, 'tsconfig.json')] });
    const project = snapshot.getProjects()[0];
    if (project === undefined) throw new Error(`${root} has no tsconfig.json that TypeScript can open`);
    const src = join(root, 'src');
    const files = project.rootFiles.filter((file) => file.startsWith(`${src}/`));
    return await Promise.all(
      files.map(async (file) => {
        const source = await project.program.getSourceFile(file);
        if (source === undefined) throw new Error(`TypeScript does not know ${file}`);
        return factsOf(source, relative(src, file), src);
      }),
    );
  } finally {
    await api.close();
  }
}

function factsOf(source: SourceFile, path: string, src: string): SourceFacts {
  const imports: Import[] = [];
  const impurities: Impurity[] = [];
  const lineOf = (node: Node): number => source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
  const add = (specifier: string, typeOnly: boolean, node: Node): void => {
    const target = specifier.startsWith('.')
      ? relative(src, resolve(src, dirname(path), specifier))
      : undefined;
    // What lies outside src/ (static files, package.json) is no folder of the house.
    const inside = target?.startsWith('..') === true ? undefined : target;
    imports.push({ specifier, target: inside, typeOnly, line: lineOf(node) });
  };
  const visit = (node: Node): undefined => {
    const found = importIn(node);
    if (found !== undefined) add(found.specifier, found.typeOnly, node);
    const what = impurityIn(node);
    if (what !== undefined) impurities.push({ what, line: lineOf(node) });
    node.forEachChild(visit);
  };
  source.forEachChild(visit);
  return { path, imports, impurities };
}

function importIn(node: Node): { specifier: string; typeOnly: boolean } | undefined {
  if (isImportDeclaration(node) && isStringLiteral(node.moduleSpecifier)) {
    return { specifier: node.moduleSpecifier.text, typeOnly: importsTypesOnly(node) };
  }
  if (
    isExportDeclaration(node) &&
    node.moduleSpecifier !== undefined &&
    isStringLiteral(node.moduleSpecifier)
  ) {
    const names = node.exportClause;
    const allTypes =
      names !== undefined && isNamedExports(names) && names.elements.every((element) => element.isTypeOnly);
    return { specifier: node.moduleSpecifier.text, typeOnly: node.isTypeOnly || allTypes };
  }
  if (isImportTypeNode(node) && isLiteralTypeNode(node.argument) && isStringLiteral(node.argument.literal)) {
    return { specifier: node.argument.literal.text, typeOnly: true };
  }
  if (isCallExpression(node)) return dynamicImport(node);
  return undefined;
}

function importsTypesOnly({ importClause }: ImportDeclaration): boolean {
  if (importClause === undefined) return false;
  if (importClause.phaseModifier === SyntaxKind.TypeKeyword) return true;
  const { name, namedBindings } = importClause;
  if (name !== undefined || namedBindings === undefined || !isNamedImports(namedBindings)) return false;
  return namedBindings.elements.length > 0 && namedBindings.elements.every((element) => element.isTypeOnly);
}

function dynamicImport(node: CallExpression): { specifier: string; typeOnly: boolean } | undefined {
  const argument = node.arguments[0];
  if (node.expression.kind !== SyntaxKind.ImportKeyword || argument === undefined) return undefined;
  return isStringLiteral(argument) ? { specifier: argument.text, typeOnly: false } : undefined;
}

function impurityIn(node: Node): string | undefined {
  if (isPropertyAccessExpression(node) && isIdentifier(node.expression)) {
    const object = node.expression.text;
    const member = `${object}.${node.name.text}`;
    const isWorldly = includes(worldly.objects, object) || includes(worldly.members, member);
    return isWorldly ? member : undefined;
  }
  if (isCallExpression(node) && isIdentifier(node.expression)) {
    const name = node.expression.text;
    return includes(worldly.calls, name) ? `${name}()` : undefined;
  }
  if (isNewExpression(node) && isIdentifier(node.expression)) {
    const isNow = node.expression.text === 'Date' && (node.arguments?.length ?? 0) === 0;
    return isNow ? 'new Date() without a time' : undefined;
  }
  return undefined;
}

function includes(list: readonly string[], text: string): boolean {
  return list.includes(text);
}
