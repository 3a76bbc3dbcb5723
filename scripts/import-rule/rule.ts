// The import rule as a pure judgement. What a file does is read elsewhere (read.ts); here is what it may do.
//
//   main -> cli, web, node -> election, gossip, images, hypervisor, scheduler -> state
//
// texts is a leaf: everybody may take types from it, and only those who speak to people its sentences.

/** One import as it stands in a file. */
export interface Import {
  readonly specifier: string;
  /** Path under src/ of the file it names; undefined for packages and built-in modules. */
  readonly target: string | undefined;
  readonly typeOnly: boolean;
  readonly line: number;
}

/** A use of something that makes code impure: a clock, chance, the outside world. */
export interface Impurity {
  readonly what: string;
  readonly line: number;
}

export interface SourceFacts {
  /** Path under src/, as `state/vm.ts`. */
  readonly path: string;
  readonly imports: readonly Import[];
  readonly impurities: readonly Impurity[];
}

export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

const services = ['election', 'gossip', 'images', 'hypervisor'];
const below = [...services, 'scheduler', 'state'];

/** For each folder, the folders whose code it may import. */
const mayUse: Readonly<Record<string, readonly string[]>> = {
  main: ['cli', 'web', 'node', ...below, 'texts'],
  cli: [...below, 'texts'],
  web: [...below, 'texts'],
  node: below,
  election: ['state'],
  gossip: ['state'],
  images: ['state'],
  hypervisor: ['state'],
  scheduler: ['state'],
  state: [],
  texts: [],
};

/** Types cost nothing at run time, so the layers beside and the sentences' catalogue may know one another's shapes. */
const mayKnow: Readonly<Record<string, readonly string[]>> = {
  cli: ['node'],
  web: ['node'],
  texts: ['cli', 'web', 'node', ...below],
};

/** Files of a folder that others may open: its public names, its errors, its face as types, and the shape of a logger. */
const doors = ['index.ts', 'errors.ts', 'interface.ts', 'logger.ts'];

const pureFolders = ['state', 'scheduler'];

/** Everything in one file that breaks the rule. */
export function judge({ path, imports, impurities }: SourceFacts): readonly Violation[] {
  const folder = folderOf(path);
  const at = (line: number, message: string): Violation => ({ path: `src/${path}`, line, message });
  if (mayUse[folder] === undefined) return [at(1, `src/${folder} is not one of the folders of this house`)];
  const isPure = pureFolders.includes(folder);
  const ofImports = imports.flatMap((found) => {
    const message =
      found.target === undefined ? ofPackage(found, folder) : ofFolder(found.target, found, folder);
    return message === undefined ? [] : [at(found.line, message)];
  });
  const ofUses = isPure ? impurities.map(({ what, line }) => at(line, `${folder} is pure: no ${what}`)) : [];
  return [...ofImports, ...ofUses];
}

function folderOf(path: string): string {
  const cut = path.indexOf('/');
  return cut < 0 ? 'main' : path.slice(0, cut);
}

function ofPackage({ specifier }: Import, folder: string): string | undefined {
  const isOutside = /^(node:|bun(:|$))/.test(specifier);
  if (isOutside && pureFolders.includes(folder)) return `${folder} is pure: no ${specifier}`;
  return undefined;
}

function ofFolder(target: string, { typeOnly }: Import, folder: string): string | undefined {
  const other = folderOf(target);
  if (other === folder) return undefined;
  if (other === 'main') return `${folder} imports src/${target}: nothing imports main`;
  const allowed = mayUse[folder]?.includes(other) === true;
  const known = typeOnly && (other === 'texts' || mayKnow[folder]?.includes(other) === true);
  if (!allowed && !known) return `${folder} may not import ${typeOnly ? 'types from ' : ''}${other}`;
  const inside = target.slice(other.length + 1);
  // The catalogue is one file for each folder and language; its types come from where they are.
  if (doors.includes(inside) || (typeOnly && other === 'texts')) return undefined;
  return `${folder} reaches into ${other}: import from src/${other}/index.ts instead of src/${target}`;
}
