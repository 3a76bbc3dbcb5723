/**
 * Shows the web app with made-up data: `bun test/support/preview.ts [empty|small|large] [port]`.
 * Plain HTTP on the loopback address; sign in as admin, teresa (teacher) or ana (student), password `labmesh`.
 */

import { serveLoopback } from '../../src/web/serve.ts';
import { createWebApp } from '../../src/web/server.ts';
import { type DataSet, fakeCloud } from './fake-cloud.ts';

const SETS: readonly DataSet[] = ['empty', 'small', 'large'];

/** Starts a preview; port 0 takes a free one. */
export function startPreview(set: DataSet, port = 0, vms = 10_000, stepMs = 700) {
  const node = fakeCloud(set, { stepMs, vms });
  const server = serveLoopback(createWebApp(node), port);
  return { node, url: server.url, stop: async () => Promise.all([server.stop(), node.stop()]) };
}

if (import.meta.main) {
  const [wanted, port] = process.argv.slice(2);
  const { url } = startPreview(SETS.find((set) => set === wanted) ?? 'small', Number(port ?? 0));
  console.log(url);
}
