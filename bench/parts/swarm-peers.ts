/** The others on the same lines: nginx with curl, rsync, aria2 over BitTorrent. Each copy is unpacked (where packed) and its sum checked. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { debianProgram, libraryPath } from './debian.ts';
import type { ShapedPc } from './shaped-lan.ts';
import { counted, type Run } from './swarm-run.ts';
import { until } from './table.ts';
import { torrentOf } from './torrent.ts';
import { cpuSeconds, family, PeakWatch, peakMiB } from './usage.ts';

const PORT = 8000;
/** The slowest, five times the raw image over one line, takes a minute. */
const PATIENCE_MS = 150_000;

export interface Served {
  readonly name: string;
  /** On the seeder's disk; the others must not read it there. */
  readonly file: string;
  /** SHA-256 of the image, unpacked. */
  readonly sha256: string;
  /** An empty folder; the caller removes it. */
  readonly folder: string;
}

export function runNginx(pcs: readonly ShapedPc[], served: Served): Promise<Run> {
  const program = debianProgram('nginx', 'nginx');
  const { folder, file } = served;
  const config = join(folder, 'nginx.conf');
  const text = `daemon off; error_log stderr; pid ${folder}/nginx.pid; events {}
http { access_log off; sendfile on; ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((one) => `${one}_temp_path ${folder}/${one};`)
    .join(' ')}
server { listen ${PORT}; root ${join(file, '..')}; } }`;
  writeFileSync(config, text);
  const server = [program, '-c', config, '-p', folder, '-g', 'user root;'];
  return runSingle(
    pcs,
    served,
    server,
    (host, into) => `curl -sf -o ${into} http://${host}:${PORT}/${basename(file)}`,
  );
}

export function runRsync(pcs: readonly ShapedPc[], served: Served): Promise<Run> {
  const program = debianProgram('rsync', 'rsync');
  const { folder, file } = served;
  const config = join(folder, 'rsync.conf');
  const module = `[files]\npath = ${join(file, '..')}\nuid = root\ngid = root\nuse chroot = no\n`;
  writeFileSync(config, `port = ${PORT}\n${module}`);
  const server = [program, '--daemon', '--no-detach', `--config=${config}`];
  return runSingle(
    pcs,
    served,
    server,
    (host, into) => `${program} --whole-file rsync://${host}:${PORT}/files/${basename(file)} ${into}`,
  );
}

/** One server, and everybody takes the whole from it. */
async function runSingle(
  pcs: readonly ShapedPc[],
  served: Served,
  command: readonly string[],
  take: (host: string, into: string) => string,
): Promise<Run> {
  const [seeder, ...others] = pcs;
  if (seeder === undefined) throw new Error('no seeder');
  const server = Bun.spawn(seeder.argv(command), { stdio: ['ignore', 'ignore', 'ignore'] });
  try {
    await until(`${served.name} serves`, () => isOpen(seeder));
    return await counted(served.name, pcs, async () => {
      const before = cpuOf(server.pid);
      const began = performance.now();
      const clients = others.map((pc, n) => {
        const into = join(served.folder, `copy-${n}`);
        const script = `${take(seeder.address, into)} && ${checked(served, into)}`;
        return Bun.spawn(pc.argv(['bash', '-c', script]), {
          stdio: ['ignore', 'ignore', 'inherit'],
          timeout: PATIENCE_MS,
        });
      });
      const watch = new PeakWatch(clients.map(({ pid }) => pid));
      const codes = await Promise.all(clients.map(({ exited }) => exited));
      const seconds = (performance.now() - began) / 1000;
      if (codes.some((code) => code !== 0)) throw new Error(`${served.name}: a copy failed`);
      const used = clients.map((client) => client.resourceUsage());
      const downloaderCpu = used.reduce((sum, one) => sum + Number(one?.cpuTime.total ?? 0) / 1e6, 0);
      const peak = watch.end();
      return { seconds, seederCpu: cpuOf(server.pid) - before, downloaderCpu, peakMiB: peak };
    });
  } finally {
    endAll(server.pid);
    await server.exited;
  }
}

export async function runAria2(pcs: readonly ShapedPc[], served: Served): Promise<Run> {
  const program = debianProgram('aria2c', 'aria2', ['libaria2-0', 'libc-ares2']);
  const [seeder, ...others] = pcs;
  if (seeder === undefined) throw new Error('no seeder');
  const { folder, file, name } = served;
  const torrent = join(folder, 'file.torrent');
  writeFileSync(torrent, torrentOf(file, `http://${seeder.address}:${PORT}/announce`));
  const env = { ...process.env, LD_LIBRARY_PATH: libraryPath('aria2') };
  const tracker = [process.execPath, join(import.meta.dir, 'torrent.ts'), seeder.address, String(PORT)];
  const children = [Bun.spawn(seeder.argv(tracker), { stdio: ['ignore', 'ignore', 'inherit'] })];
  const start = (pc: ShapedPc, dir: string, ...more: string[]) => {
    const flags = ['--no-conf', '--enable-dht=false', '--bt-tracker-interval=1', '--seed-ratio=0', '--quiet'];
    const child = Bun.spawn(
      pc.argv([program, ...flags, '--file-allocation=none', '-d', dir, ...more, torrent]),
      {
        env,
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    children.push(child);
    return child;
  };
  try {
    await until('the tracker serves', () => isOpen(seeder));
    const first = start(seeder, join(file, '..'), '--bt-seed-unverified=true', '--listen-port=6900');
    await until('the seeder seeds', () => isOpen(seeder, 6900));
    return await counted(name, pcs, async () => {
      const before = cpuOf(first.pid);
      const began = performance.now();
      const running = others.map((pc, n) => {
        const dir = join(folder, `peer-${n}`);
        mkdirSync(dir);
        const done = join(dir, 'done.sh');
        writeFileSync(done, `#!/bin/sh\ntouch ${dir}/done\n`, { mode: 0o755 });
        return { dir, child: start(pc, dir, `--on-bt-download-complete=${done}`) };
      });
      const checks = await Promise.all(
        running.map(async ({ dir }) => {
          await until(`${name} is there`, () => Bun.file(join(dir, 'done')).exists(), PATIENCE_MS);
          const check = Bun.spawn(['bash', '-c', checked(served, join(dir, basename(file)))]);
          if ((await check.exited) !== 0) throw new Error(`${name}: a wrong copy`);
          return Number(check.resourceUsage()?.cpuTime.total ?? 0) / 1e6;
        }),
      );
      const seconds = (performance.now() - began) / 1000;
      const used = [...running.map(({ child }) => cpuOf(child.pid)), ...checks];
      return {
        seconds,
        seederCpu: cpuOf(first.pid) - before,
        downloaderCpu: used.reduce((a, b) => a + b, 0),
        peakMiB: Math.max(...running.map(({ child }) => peakMiB(child.pid))),
      };
    });
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(children.map(({ exited }) => exited));
  }
}

const checked = ({ file, sha256 }: Served, copy: string): string =>
  file.endsWith('.zst')
    ? `zstd -dqf --rm ${copy} -o ${copy}.raw && echo '${sha256}  ${copy}.raw' | sha256sum -c --quiet`
    : `echo '${sha256}  ${copy}' | sha256sum -c --quiet`;

const cpuOf = (pid: number): number => family(pid).reduce((sum, one) => sum + cpuSeconds(one), 0);

function isOpen(pc: ShapedPc, port = PORT): boolean {
  const probe = pc.argv(['bash', '-c', `exec 3<>/dev/tcp/${pc.address}/${port}`]);
  return Bun.spawnSync(probe, { stderr: 'ignore' }).exitCode === 0;
}

function endAll(pid: number): void {
  for (const one of family(pid).reverse()) process.kill(one, 'SIGKILL');
}
