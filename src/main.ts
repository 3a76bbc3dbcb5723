#!/usr/bin/env bun
/** The command line. Verbs of a client load no more than they need; `up`, `join` and `restore` bring in the rest of the house. */
import { type NodeHooks, processIo, runCli } from './cli/index.ts';

const hooks: NodeHooks = {
  async up(options) {
    const { runNode } = await import('./run-node.ts');
    return runNode(options);
  },
  async join(options, token) {
    const { runNode } = await import('./run-node.ts');
    return runNode(options, token);
  },
  async restore(file, data) {
    const { restoreNode } = await import('./restore-node.ts');
    return restoreNode(file, data);
  },
};

// Not a verb for people: the node starts this process for itself, with its own binary.
if (process.argv[2] === '_serve-images') {
  const { serveImages } = await import('./serve-images.ts');
  process.exit(await serveImages(process.argv.slice(3)));
}

// A reader that has seen enough (`labmesh vm ls | head -1`) is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const code = await runCli(process.argv.slice(2), processIo(), hooks);
// Open connections to a node must not keep the process; what was printed must be out before it goes.
await new Promise((resolve) => process.stdout.write('', resolve));
process.exit(code);
