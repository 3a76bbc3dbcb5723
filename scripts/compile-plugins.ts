import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { BunPlugin } from 'bun';
import { describeAsset, type Encoding, encode, encodings } from '../src/web/assets/describe.ts';
import { filesOf } from '../src/web/assets/folder.ts';

/**
 * classic-level looks for its native part at run time, beside node_modules. Naming the file instead makes Bun put it
 * into the binary.
 */
export function nativeLevel(root: string): BunPlugin {
  const file = `${root}/node_modules/classic-level/prebuilds/linux-${process.arch}/classic-level.node`;
  return {
    name: 'native part of classic-level',
    setup(build) {
      build.onLoad({ filter: /classic-level\/binding\.js$/ }, () => ({
        contents: `module.exports = require(${JSON.stringify(file)});`,
        loader: 'js',
      }));
    },
  };
}

/**
 * Puts static/ into the binary, with each text file's compressed forms made once, here. In development
 * src/web/assets/embedded.ts says that there are none, and the folder itself is read.
 */
export function embeddedAssets(root: string, work: string): BunPlugin {
  return {
    name: 'static files',
    setup(build) {
      build.onLoad({ filter: /src\/web\/assets\/embedded\.ts$/ }, () => ({
        contents: embeddedModule(join(root, 'static'), work),
        loader: 'ts',
      }));
    },
  };
}

function embeddedModule(folder: string, work: string): string {
  const imports: string[] = [];
  const embed = (file: string): string => {
    const name = `f${imports.length}`;
    imports.push(`import ${name} from ${JSON.stringify(file)} with { type: 'file' };`);
    return name;
  };
  const entries = filesOf(folder).map(({ path, file, bytes }, at) => {
    const { type, etag } = describeAsset(path, bytes);
    const encoded = encodings(type, bytes).map((encoding) => {
      const target = join(work, `${at}-${basename(path)}.${encoding}`);
      return `${encoding}: ${embed(compressed(target, bytes, encoding))}`;
    });
    const facts = `path: ${JSON.stringify(path)}, type: ${JSON.stringify(type)}, etag: ${JSON.stringify(etag)}`;
    return `  { ${facts}, file: ${embed(file)}, encoded: { ${encoded.join(', ')} } },`;
  });
  return `${imports.join('\n')}\nexport const embedded = [\n${entries.join('\n')}\n];\n`;
}

function compressed(target: string, bytes: Uint8Array, encoding: Encoding): string {
  mkdirSync(join(target, '..'), { recursive: true });
  writeFileSync(target, encode(bytes, encoding, 'small'));
  return target;
}
