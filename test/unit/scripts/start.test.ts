import { afterEach, beforeEach, expect, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type StubRoot, stubRoot } from './stub-root.ts';

const isRoot = process.getuid?.() === 0;

// A node that says it is ready, keeps a list of images in its folder, and stops when asked.
const node = `
const { writeFileSync, existsSync, rmSync, mkdirSync, appendFileSync } = require('node:fs');
const args = process.argv.slice(2);
const data = args[args.indexOf('--data') + 1];
const images = data + '/images';
if (args[0] === 'up') {
  mkdirSync(data, { recursive: true });
  writeFileSync(data + '/up.args', args.join(' '));
  if (args.includes('--fail')) { console.error('no good disk'); process.exit(7); }
  writeFileSync(data + '/initial-admin-password', 'maple-otter-42\\n');
  writeFileSync(data + '/run.json', JSON.stringify({ pid: process.pid, local: 'http://127.0.0.1:18080', ready: true }));
  process.on('SIGINT', () => { appendFileSync(data + '/signals', 'INT '); rmSync(data + '/run.json'); process.exit(0); });
  setInterval(() => {}, 1000);
} else if (args[1] === 'ls') {
  console.log(JSON.stringify(existsSync(images) ? [{ name: 'demo' }] : []));
} else if (args[1] === 'import') {
  appendFileSync(images, args.join(' ') + '\\n');
}`;

let root: StubRoot;
let data: string;

beforeEach(() => {
  root = stubRoot(node);
  data = mkdtempSync(join(tmpdir(), 'labmesh-start-'));
  // The image itself is proven where guests run; here it only must be asked for.
  writeFileSync(
    join(root.folder, 'scripts/demo-image.mjs'),
    "export const demoImage = async () => '/nowhere/demo.qcow2';\n",
  );
  root.fake('dpkg-query', 'while [ $# -gt 0 ]; do shift; echo "$1 installed"; done');
});

afterEach(() => {
  root.remove();
  rmSync(data, { recursive: true, force: true });
});

const free = [
  '--no-host',
  '--web',
  '127.0.0.1:0',
  '--mesh',
  '127.0.0.1:0',
  '--bulk',
  '127.0.0.1:0',
  '--local-http',
  '0',
];

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000; // ms; each step takes well under a second
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('the condition did not come true in time');
    await Bun.sleep(20);
  }
}

test.skipIf(isRoot === false)(
  'starts the node, imports the demo image once, tells the address and password',
  async () => {
    const child = root.start('start.mjs', ['--data', data, ...free]);
    const output = child.stdout.text();
    await until(() => existsSync(join(data, 'images')));
    expect(readFileSync(join(data, 'up.args'), 'utf8')).toBe(['up', '--data', data, ...free].join(' '));
    expect(readFileSync(join(data, 'images'), 'utf8')).toContain('import /nowhere/demo.qcow2 --name demo');

    const second = await root.run('start.mjs', ['--data', data, ...free]);
    expect(second.out).toContain('already runs');
    expect(second.out).toContain('http://127.0.0.1:18080');
    expect(second.code).toBe(0);

    child.kill('SIGINT');
    child.kill('SIGINT'); // npm doubles it
    expect(await child.exited).toBe(0);
    const out = await output;
    expect(out).toContain('http://127.0.0.1:18080');
    expect(out).toContain('maple-otter-42');
    expect(out).toContain('Nothing had to be installed.');
    expect(out).toContain('The node has stopped. Its VMs go on.');
    expect(readFileSync(join(data, 'signals'), 'utf8')).toBe('INT ');
  },
);

test.skipIf(isRoot === false)('a cloud that has an image gets no second one', async () => {
  writeFileSync(join(data, 'images'), 'mine\n');
  const child = root.start('start.mjs', ['--data', data, ...free]);
  const welcomed = 'Ctrl-C stops this node';
  const decoder = new TextDecoder();
  let out = '';
  for await (const chunk of child.stdout) {
    const before = out.includes(welcomed);
    out += decoder.decode(chunk);
    if (!before && out.includes(welcomed)) child.kill('SIGINT');
  }
  expect(await child.exited).toBe(0);
  expect(readFileSync(join(data, 'images'), 'utf8')).toBe('mine\n');
  expect(out).not.toContain('Imported');
});

test.skipIf(isRoot === false)('a node that ends early is named, with its words above', async () => {
  const { code, out } = await root.run('start.mjs', ['--data', data, ...free, '--fail']);
  expect(code).toBe(1);
  expect(out).toContain('no good disk');
  expect(out).toContain('The node ended before it was ready (code 7).');
});

test.skipIf(isRoot === false)('not root: says so and changes nothing', async () => {
  const { code, out } = await root.run('start.mjs', ['--data', data], { user: 65_534 });
  expect(code).toBe(1);
  expect(out).toContain('This needs root');
  expect(out).toContain('sudo npm start');
  expect(existsSync(join(data, 'up.args'))).toBe(false);
});

test.skipIf(isRoot === false)('a taken port is named before anything is installed', async () => {
  root.fake('apt-get', `echo called > ${data}/apt`);
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const { code, out } = await root.run('start.mjs', ['--data', data, ...free, '--web', `127.0.0.1:${port}`]);
  server.close();
  expect(code).toBe(1);
  expect(out).toContain(`Port ${port} is taken`);
  expect(out).toContain('--web 127.0.0.1:0');
  expect(existsSync(join(data, 'apt'))).toBe(false);
});

const withHost = free.filter((flag) => flag !== '--no-host');

test.skipIf(isRoot === false)(
  'no network: apt fails, the sentence names packages and the way out',
  async () => {
    root.fake('dpkg-query', 'echo "qemu-utils installed"');
    root.fake(
      'apt-get',
      `[ "$1" = --version ] && exit 0
     echo "E: Failed to fetch http://deb.debian.org/x Temporary failure resolving 'deb.debian.org'" >&2; exit 100`,
    );
    const { code, out } = await root.run('start.mjs', ['--data', data, ...withHost]);
    expect(code).toBe(1);
    expect(out).toContain(
      'apt could not fetch qemu-system-x86, libvirt-daemon-system, dnsmasq-base, iptables',
    );
    expect(out).toContain('Connect this PC to the network');
    expect(existsSync(join(data, 'up.args'))).toBe(false);
  },
);

test.skipIf(isRoot === false)(
  'what is missing is installed by name, after reading the package lists if need be',
  async () => {
    root.fake('dpkg-query', 'echo "qemu-utils installed"');
    root.fake(
      'apt-get',
      `echo "$@" >> ${data}/apt
     case "$*" in *update*) touch ${data}/lists; exit 0;; --version) exit 0;; esac
     [ -e ${data}/lists ] || { echo "E: Unable to locate package qemu-system-x86"; exit 100; }
     echo "E: dpkg was interrupted" ; exit 100`,
    );
    const { out } = await root.run('start.mjs', ['--data', data, ...withHost]);
    const calls = readFileSync(join(data, 'apt'), 'utf8');
    expect(
      calls.match(/install -y -q --no-install-recommends qemu-system-x86 libvirt-daemon-system/g),
    ).toHaveLength(2);
    expect(calls).toContain('update');
    expect(out).toContain('apt could not install');
    expect(out).toContain('dpkg was interrupted');
  },
);

test.skipIf(isRoot === false)('a full disk is named before anything is done', async () => {
  const full = join(data, 'full');
  mkdirSync(full);
  expect(Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', full]).exitCode).toBe(0);
  try {
    const { code, out } = await root.run('start.mjs', ['--data', join(full, 'node'), ...free]);
    expect(code).toBe(1);
    expect(out).toContain('0.0 GiB free; 1 GiB are needed');
    expect(existsSync(join(full, 'node'))).toBe(false);
  } finally {
    Bun.spawnSync(['umount', full]);
  }
});

test.skipIf(isRoot === false).each([
  [['--web', 'nonsense'], '--web nonsense is no address'],
  [['--web', '127.0.0.1:99999'], '99999 is no port'],
  [['--local-http', 'x'], '--local-http: x is no port'],
  [['--data'], '--data needs a folder'],
])('a wrong flag is named: %p', async (args, sentence) => {
  const { code, out } = await root.run('start.mjs', args);
  expect(code).toBe(1);
  expect(out).toContain(sentence);
});
