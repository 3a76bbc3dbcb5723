/** What the hypervisor writes to disk and where: seed, names, folders, self-test, pictures. */
import { afterAll, describe, expect, test } from 'bun:test';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { chooseAccel, kvmAccess } from '../../../src/hypervisor/accel/probe.ts';
import { accelProblems, loadProbe, probeKey, saveProbe } from '../../../src/hypervisor/accel/report.ts';
import { isoImage } from '../../../src/hypervisor/disks/iso.ts';
import { seedFiles, writeSeed } from '../../../src/hypervisor/disks/seed.ts';
import type { AccelReport, VmSpec } from '../../../src/hypervisor/index.ts';
import { checkPassable, createLayout, makeVmFolders } from '../../../src/hypervisor/layout.ts';
import {
  bridgeName,
  checkVmId,
  domainName,
  domainUuid,
  isGuestBridge,
  macAddress,
  vmIdOf,
} from '../../../src/hypervisor/names.ts';
import { checkSpec } from '../../../src/hypervisor/vms/check-spec.ts';
import { ppmToPng } from '../../../src/hypervisor/vms/png.ts';

const dir = mkdtempSync(join(tmpdir(), 'labmesh-hypervisor-'));
chmodSync(dir, 0o755);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const spec: VmSpec = {
  vmId: 'v1',
  epoch: 1,
  name: 'x',
  hostname: 'lab-7',
  vcpus: 1,
  ramMiB: 64,
  osDisk: { backingFile: null, virtualBytes: 1024 },
  dataDiskBytes: 0,
  os: 'linux',
  seed: { user: 'ada', password: '"}\n: &x', sshKeys: ['ssh-ed25519 AAAA "a"'] },
};

describe('V13 the seed', () => {
  test('is YAML that nothing typed by a person can break', () => {
    const [metaData, userData] = seedFiles(spec).map(({ text }) => text);
    expect(JSON.parse(metaData ?? '')).toEqual({ 'instance-id': 'v1', 'local-hostname': 'lab-7' });
    const [first, ...rest] = (userData ?? '').split('\n');
    expect(first).toBe('#cloud-config');
    const data = JSON.parse(rest.join('\n'));
    expect(data.users[0]).toMatchObject({
      name: 'ada',
      lock_passwd: false,
      ssh_authorized_keys: spec.seed.sshKeys,
    });
    expect(data.chpasswd.users[0].password).toBe(spec.seed.password);
  });

  test('without a password locks it and the way in by password', () => {
    const text = seedFiles({ ...spec, seed: { user: 'ada', sshKeys: [] } })[1]?.text ?? '';
    const data = JSON.parse(text.slice(text.indexOf('\n')));
    expect(data.users[0].lock_passwd).toBe(true);
    expect(data).toMatchObject({ ssh_pwauth: false });
    expect(data.chpasswd).toBeUndefined();
  });

  test('is a volume named cidata, its files under their own names, for root alone', async () => {
    const file = join(dir, 'seed.iso');
    await writeSeed(file, spec);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const bytes = Buffer.from(await Bun.file(file).arrayBuffer());
    expect(readIso(bytes)).toEqual({
      label: 'cidata',
      files: Object.fromEntries(seedFiles(spec).map(({ name, text }) => [name, text])),
    });
    // busybox takes no label from a volume shorter than its longest look.
    expect(bytes.length).toBeGreaterThan(0x11000);
  });

  test.skipIf(Bun.which('blkid') === null)('blkid finds the label', async () => {
    const file = join(dir, 'seed2.iso');
    await writeSeed(file, spec);
    const { stdout } = Bun.spawnSync(['blkid', '-p', '-o', 'export', file]);
    expect(stdout.toString()).toContain('LABEL=cidata\n');
    expect(stdout.toString()).toContain('TYPE=iso9660\n');
  });

  test('files that fill sectors to the byte, and empty ones, keep their bytes', () => {
    const texts = { a: '', b: 'x'.repeat(2048), c: 'y'.repeat(2049) };
    const files = Object.entries(texts).map(([name, text]) => ({ name, bytes: Buffer.from(text) }));
    expect(readIso(Buffer.from(isoImage('l', files))).files).toEqual(texts);
    const many = Array.from({ length: 60 }, (_, i) => ({ name: `file-${i}`, bytes: new Uint8Array() }));
    expect(() => isoImage('l', many)).toThrow(RangeError);
  });
});

/** Reads the Joliet tree as ECMA-119 says, written apart from the writer. */
function readIso(bytes: Buffer): { label: string; files: Record<string, string> } {
  const sector = 2048;
  const primary = bytes.subarray(16 * sector, 17 * sector);
  const joliet = bytes.subarray(17 * sector, 18 * sector);
  expect([primary[0], primary.toString('latin1', 1, 6)]).toEqual([1, 'CD001']);
  expect([joliet[0], joliet.toString('latin1', 88, 91)]).toEqual([2, '%/E']);
  expect(primary.readUInt32LE(80) * sector).toBe(bytes.length);
  expect(primary.readUInt32BE(84)).toBe(primary.readUInt32LE(80));
  const root = joliet.readUInt32LE(156 + 2) * sector;
  const length = joliet.readUInt32LE(156 + 10);
  const files: Record<string, string> = {};
  for (let at = root; at < root + length; at += bytes[at] ?? 0) {
    if (bytes[at] === 0) break;
    const name = Buffer.from(bytes.subarray(at + 33, at + 33 + (bytes[at + 32] ?? 0)));
    if (name.length < 2) continue;
    const from = bytes.readUInt32LE(at + 2) * sector;
    files[name.swap16().toString('utf16le')] = bytes.toString(
      'utf8',
      from,
      from + bytes.readUInt32LE(at + 10),
    );
  }
  return { label: primary.toString('latin1', 40, 72).trim(), files };
}

describe('names', () => {
  test('follow from cloud and VM, and no other VM has them', () => {
    expect(domainUuid('c', 'v')).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(domainUuid('c', 'v')).toBe(domainUuid('c', 'v'));
    expect(domainUuid('c', 'w')).not.toBe(domainUuid('c', 'v'));
    expect(domainUuid('d', 'v')).not.toBe(domainUuid('c', 'v'));
    expect(macAddress('c', 'v')).toMatch(/^52:54:00(:[0-9a-f]{2}){3}$/);
    expect(macAddress('d', 'v')).not.toBe(macAddress('c', 'v'));
    expect(bridgeName('c').length).toBeLessThanOrEqual(15);
    expect(isGuestBridge(bridgeName('c'))).toBe(true);
    for (const name of ['lan0', 'lm0', 'eth0', 'lo']) expect(isGuestBridge(name)).toBe(false);
  });

  test('a domain is ours only when both name and UUID fit', () => {
    const ours = { name: domainName('v'), uuid: domainUuid('c', 'v') };
    expect(vmIdOf('c', ours)).toBe('v');
    expect(vmIdOf('d', ours)).toBeNull();
    expect(vmIdOf('c', { ...ours, name: 'v' })).toBeNull();
    expect(vmIdOf('c', { ...ours, name: domainName('w') })).toBeNull();
  });

  test('X3 ids that are a path, or too long, are refused', () => {
    for (const id of ['', '..', '../a', 'a/b', '.a', '-a', 'a b', 'a\n', 'ä', 'x'.repeat(65)])
      expect(() => checkVmId(id)).toThrow(expect.objectContaining({ code: 'hypervisor.vm_id' }));
    expect(checkVmId('x'.repeat(64))).toHaveLength(64);
  });
});

describe('folders', () => {
  const qemu = { uid: 64055, gid: 64055 };

  test('a long data folder has its sockets in the run folder, and no path is longer than Linux takes', () => {
    const id = '01HZZZZZZZZZZZZZZZZZZZZZZZ';
    const near = createLayout('/var/lib/labmesh', '/run/labmesh');
    expect(near.vncSocket(id)).toBe(`/var/lib/labmesh/vms/${id}/run/vnc.sock`);
    const long = `/srv/${'deep/'.repeat(20)}`;
    const far = createLayout(long, '/run/labmesh');
    expect(far.vncSocket(id)).toMatch(new RegExp(`^/run/labmesh/[0-9a-f]{12}/${id}/vnc.sock$`));
    expect(far.osDisk(id)).toStartWith(long);
    expect(createLayout(`${long}b`, '/run/labmesh').vncSocket(id)).not.toBe(far.vncSocket(id));
    // 107 bytes are taken, 108 are not.
    const at = (length: number) => `/${'x'.repeat(length - 1 - '/vms/v/run/vnc.sock'.length)}`;
    expect(createLayout(at(107), '/run/l').vncSocket('v')).toBe(`${at(107)}/vms/v/run/vnc.sock`);
    expect(createLayout(at(108), '/run/l').vncSocket('v')).toStartWith('/run/l/');
    expect(() => createLayout(long, long).vncSocket(id)).toThrow(
      expect.objectContaining({ code: 'hypervisor.socket_path_long' }),
    );
  });

  test.skipIf(process.getuid?.() !== 0)(
    'are passable, listable for none, and the socket folder is QEMU’s',
    async () => {
      const data = join(dir, 'data');
      mkdirSync(data, { mode: 0o700 });
      const layout = createLayout(data, join(dir, 'run'));
      await makeVmFolders(data, layout, 'v1', qemu);
      await makeVmFolders(data, layout, 'v1', qemu);
      const mode = (path: string) => (statSync(path).mode & 0o7777).toString(8);
      expect([data, join(data, 'vms'), layout.vmDir('v1'), layout.runDir('v1')].map(mode)).toEqual([
        '711',
        '711',
        '711',
        '700',
      ]);
      expect(statSync(layout.runDir('v1')).uid).toBe(qemu.uid);
    },
  );

  test('a closed folder above an image is named', () => {
    const closed = join(dir, 'closed');
    mkdirSync(join(closed, 'in'), { recursive: true });
    chmodSync(closed, 0o700);
    expect(() => checkPassable(join(closed, 'in', 'image'), qemu)).toThrow(
      expect.objectContaining({
        code: 'hypervisor.path_closed',
        data: expect.objectContaining({ at: closed, mode: '700' }),
      }),
    );
    checkPassable(join(closed, 'in', 'image'), { uid: 0, gid: 0 });
    chmodSync(closed, 0o711);
    checkPassable(join(closed, 'in', 'image'), qemu);
  });
});

describe('V1 the self-test', () => {
  const ok = (ms: number) => ({ result: 'ok', ms }) as const;
  const result = { kvm: ok(100), tcg: ok(90), kvmCpu: 'host', at: 5 } as const;
  const file = join(dir, 'accel-probe.json');
  const qemu = { uid: 64055, gid: 64055 };

  test('KVM wins unless it is more than twice as slow, or did not end', () => {
    const chosen = (kvm: Parameters<typeof chooseAccel>[0]['kvm'], tcg = result.tcg as typeof kvm) =>
      chooseAccel({ ...result, kvm, tcg }).chosen;
    expect(chosen(ok(180))).toBe('kvm');
    expect(chosen(ok(181))).toBe('tcg');
    expect(chosen({ result: 'timeout', ms: null })).toBe('tcg');
    expect(chosen({ result: 'failed', ms: null })).toBe('tcg');
    expect(chosen(ok(9_000), { result: 'failed', ms: null })).toBe('kvm');
  });

  test('is kept for its key alone, and what cannot be read is measured again', async () => {
    expect(await loadProbe(file, 'k')).toBeNull();
    await saveProbe(file, 'k', result);
    expect(await loadProbe(file, 'k')).toEqual(result);
    expect(await loadProbe(file, 'other')).toBeNull();
    for (const broken of [
      '',
      '{',
      '{"key":"k"}',
      '{"key":"k","result":{"kvm":{"result":"great","ms":1}}}',
      'null',
    ]) {
      writeFileSync(file, broken);
      expect(await loadProbe(file, 'k')).toBeNull();
    }
  });

  test('its key changes with QEMU and with the state of /dev/kvm', () => {
    const path = join(dir, 'kvm');
    const key = (qemuVersion = '7.2.22') => probeKey({ qemuVersion, kvmPath: path, qemu });
    const missing = key();
    writeFileSync(path, '');
    chmodSync(path, 0o600);
    const closed = key();
    chmodSync(path, 0o666);
    expect(new Set([missing, closed, key(), key('8.0.0')]).size).toBe(4);
    expect(key()).toBe(key());
  });

  test('a closed /dev/kvm is told with its mode, whatever was chosen', () => {
    const path = join(dir, 'kvm2');
    writeFileSync(path, '');
    chmodSync(path, 0o600);
    const problem = { code: 'hypervisor.kvm_closed', data: { path, mode: '600' } };
    const codes = (report: AccelReport, user = qemu) =>
      accelProblems(report, path, user).map((one) => one.code);
    expect(accelProblems({ chosen: 'tcg', by: 'setting', cpu: 'maximum' }, path, qemu)).toEqual([
      problem,
    ] as never);
    const probed: AccelReport = { chosen: 'tcg', by: 'probe', cpu: 'maximum', tcg: ok(90) };
    expect(codes(probed)).toEqual(['hypervisor.kvm_closed']);
    expect(kvmAccess(path, { uid: 0, gid: 0 })).toBe('open');
    chmodSync(path, 0o666);
    expect(codes({ ...probed, kvm: ok(900) })).toEqual(['hypervisor.kvm_slow']);
    expect(codes({ ...probed, kvm: { result: 'failed', ms: null, reason: 'x' } })).toEqual([
      'hypervisor.kvm_fails',
    ]);
    expect(codes({ ...probed, chosen: 'kvm', kvm: ok(90) })).toEqual([]);
    rmSync(path);
    expect(codes(probed)).toEqual(['hypervisor.kvm_missing']);
  });
});

test('a screenshot in PPM becomes a PNG with the same pixels', () => {
  const pixels = Buffer.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 1, 2, 3, 10, 32, 13, 7, 8, 9]);
  const png = ppmToPng(Buffer.concat([Buffer.from('P6\n3 2\n255\n'), pixels]));
  expect(Buffer.from(png.subarray(0, 8)).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  const view = Buffer.from(png);
  expect([view.readUInt32BE(16), view.readUInt32BE(20), view[24], view[25]]).toEqual([3, 2, 8, 2]);
  const dataLength = view.readUInt32BE(33);
  const raw = inflateSync(view.subarray(41, 41 + dataLength));
  expect(raw).toEqual(
    Buffer.concat([Buffer.from([0]), pixels.subarray(0, 9), Buffer.from([0]), pixels.subarray(9)]),
  );
  for (const broken of [
    '',
    'P6\n3 2\n255\n',
    'P5\n1 1\n255\nabc',
    'P6\n0 0\n255\n',
    'P6\n99999 99999\n255\nabc',
  ])
    expect(() => ppmToPng(Buffer.from(broken))).toThrow(
      expect.objectContaining({ code: 'hypervisor.protocol' }),
    );
});

describe('X3 a specification', () => {
  const wrong: Record<string, Partial<VmSpec>> = {
    hostname: { hostname: 'a b' },
    user: { seed: { user: 'Ada;rm', sshKeys: [] } },
    vcpus: { vcpus: 0 },
    ramMiB: { ramMiB: 1.5 },
    virtualBytes: { osDisk: { backingFile: null, virtualBytes: Number.MAX_SAFE_INTEGER } },
    dataDiskBytes: { dataDiskBytes: -1 },
    epoch: { epoch: Number.NaN },
    backingFile: { osDisk: { backingFile: 'relative.raw', virtualBytes: 1024 } },
    isoFile: { isoFile: '/a\nb' },
  };
  for (const [field, change] of Object.entries(wrong)) {
    test(`with a wrong ${field} is refused by that name`, () => {
      checkSpec(spec);
      expect(() => checkSpec({ ...spec, ...change })).toThrow(
        expect.objectContaining({ code: 'hypervisor.spec', data: expect.objectContaining({ field }) }),
      );
    });
  }
});
