/**
 * `npm run bench api`: the VM list as page and as JSON, 1,000 VMs known, 20 concurrent readers, through the real app over Bun.serve
 * in a process of its own. One table. The peer is the same server answering a fixed text of the same length: what HTTP itself costs here.
 */
import { join } from 'node:path';

const READERS = 20;
/** Enough that one pause of the garbage collector, which all readers feel at once, is not the p99 by itself. */
const REQUESTS = 5000;
const WARM_UP = 1000;
const GOAL_MS = 25;

interface Row {
  readonly what: string;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly bytes: number;
}

async function measure(what: string, url: string, headers: Record<string, string>): Promise<Row> {
  const times: number[] = [];
  let bytes = 0;
  let left = WARM_UP + REQUESTS;
  let began = 0;
  const reader = async () => {
    while (left > 0) {
      left -= 1;
      if (left === REQUESTS) began = performance.now();
      const start = performance.now();
      const response = await fetch(url, { headers });
      const body = await response.arrayBuffer();
      if (!response.ok) throw new Error(`${url} answered ${response.status}`);
      if (left < REQUESTS) times.push(performance.now() - start);
      bytes = body.byteLength;
    }
  };
  await Promise.all(Array.from({ length: READERS }, reader));
  const seconds = (performance.now() - began) / 1000;
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { what, perSecond: Math.round(times.length / seconds), p50: at(0.5), p99: at(0.99), bytes };
}

async function child(): Promise<void> {
  const { startPreview } = await import('../test/support/preview.ts');
  const { url } = startPreview('large', 0, 1000, 0);
  const text = 'x'.repeat(30_000);
  const peer = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response(text) });
  console.log(JSON.stringify({ url, peer: `http://localhost:${peer.port}/` }));
}

async function main(): Promise<void> {
  const server = Bun.spawn([process.execPath, join(import.meta.dir, 'api.ts'), 'child'], {
    stdout: 'pipe',
    // As the build compiles the binary: JSX without its checks for developers.
    env: { ...process.env, NODE_ENV: 'production' },
  });
  try {
    const { value } = await server.stdout.getReader().read();
    const { url, peer } = JSON.parse(new TextDecoder().decode(value)) as { url: string; peer: string };
    const signIn = await fetch(`${url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'admin', password: 'labmesh' }),
    });
    const cookie = signIn.headers.get('set-cookie')?.split(';')[0] ?? '';
    const page = await listPage(url, cookie);
    const rows = [
      await measure('peer: bare Bun.serve, 30 kB of fixed text', peer, {}),
      await measure('JSON: GET /api/v1/vms?limit=50', `${url}/api/v1/vms?limit=50`, { cookie }),
      await measure(`page: GET ${page}`, `${url}${page}`, { cookie }),
    ];
    console.log(
      `VM list, 1,000 VMs known, ${READERS} readers, ${REQUESTS} requests each; goal: p99 under ${GOAL_MS} ms`,
    );
    for (const { what, perSecond, p50, p99, bytes } of rows) {
      const figures = `${String(perSecond).padStart(6)}/s  p50 ${p50.toFixed(1).padStart(6)} ms  p99 ${p99.toFixed(1).padStart(6)} ms`;
      console.log(`${what.padEnd(44)} ${figures}  ${bytes} bytes  ${p99 < GOAL_MS ? 'ok' : 'TOO SLOW'}`);
    }
  } finally {
    server.kill();
    await server.exited;
  }
}

/** Where this version has the list of all VMs. */
async function listPage(url: string, cookie: string): Promise<string> {
  for (const path of ['/labs/all', '/labs', '/']) {
    if ((await fetch(url + path, { headers: { cookie }, redirect: 'manual' })).status === 200) return path;
  }
  throw new Error('no page lists the VMs');
}

await (process.argv[2] === 'child' ? child() : main());
