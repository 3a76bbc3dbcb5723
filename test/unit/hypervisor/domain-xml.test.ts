/** Descriptions for libvirt, read back with libvirt's eyes: structure, not text. */
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { VmSpec } from '../../../src/hypervisor/index.ts';
import { type DomainParts, domainXml } from '../../../src/hypervisor/xml/domain-xml.ts';
import { readMetadata } from '../../../src/hypervisor/xml/metadata.ts';
import { networkXml, subnetOf } from '../../../src/hypervisor/xml/network-xml.ts';
import { readOsDisk } from '../../../src/hypervisor/xml/os-disk.ts';
import { parseXml } from '../../../src/hypervisor/xml/xml.ts';

const MiB = 1024 * 1024;
const spec: VmSpec = {
  vmId: 'v1',
  epoch: 3,
  name: 'web',
  hostname: 'web',
  vcpus: 2,
  ramMiB: 512,
  osDisk: { backingFile: '/images/a.raw', virtualBytes: 64 * MiB },
  dataDiskBytes: 0,
  os: 'linux',
  seed: { user: 'ada', sshKeys: [] },
};
const parts: DomainParts = {
  spec,
  metadata: { cloudId: 'c1', vmId: 'v1', epoch: 3, fingerprint: 'ff' },
  name: 'labmesh-v1',
  uuid: '00000000-0000-8000-8000-000000000000',
  mac: '52:54:00:00:00:01',
  network: 'labmesh-net',
  accel: { chosen: 'tcg', by: 'probe', cpu: 'maximum' },
  emulator: '/usr/bin/qemu-system-x86_64',
  files: {
    osDisk: '/d/os.qcow2',
    dataDisk: null,
    seed: '/d/seed.iso',
    iso: null,
    serialLog: '/d/serial.log',
    vncSocket: '/d/run/vnc.sock',
  },
  imageReadable: true,
  directIo: true,
};

const domain = (change: Partial<DomainParts> = {}) =>
  parseXml(domainXml({ ...parts, ...change })).child('domain');
const disks = (change: Partial<DomainParts> = {}) => domain(change).child('devices').children('disk');
const buses = (change: Partial<DomainParts>) =>
  disks(change).map((disk) => disk.child('target').attribute('bus'));

describe('a domain', () => {
  test('X4 has its console on a Unix socket, no port, and an isolated network port', () => {
    const devices = domain().child('devices');
    expect(devices.children('graphics').map((one) => one.attribute('socket'))).toEqual(['/d/run/vnc.sock']);
    expect(devices.child('graphics').attribute('port')).toBeNull();
    expect(devices.child('interface').child('port').attribute('isolated')).toBe('yes');
  });

  test('X3 names image and format in the description, and nothing beneath the image', () => {
    const [os] = disks();
    const backing = os?.child('backingStore');
    expect(backing?.child('format').attribute('type')).toBe('raw');
    expect(backing?.child('source').attribute('file')).toBe('/images/a.raw');
    expect(backing?.children('backingStore')).toHaveLength(1);
    expect(backing?.child('backingStore').child('source').attribute('file')).toBeNull();
    expect(backing?.child('source').child('seclabel').attribute('relabel')).toBe('no');
  });

  test('X3 names server and format while the image is read through one, and nothing beneath', () => {
    const nbd = { socket: '/d/serve/nbd.sock', name: '01ARZ3NDEKTSV4RRFFQ69G5FAV' };
    const streamed = { ...parts, spec: { ...spec, osDisk: { ...spec.osDisk, nbd } } };
    const [os] = disks(streamed);
    const backing = os?.child('backingStore');
    expect(backing?.attribute('type')).toBe('network');
    expect(backing?.child('format').attribute('type')).toBe('raw');
    expect(backing?.child('source').child('host').attribute('transport')).toBe('unix');
    expect(backing?.children('backingStore')).toHaveLength(1);
    expect(readOsDisk(domain(streamed))).toEqual({ device: 'vda', file: '/d/os.qcow2', nbd });
    expect(readOsDisk(domain())).toEqual({ device: 'vda', file: '/d/os.qcow2', nbd: null });
  });

  test('GF12 pauses on every disk error instead of telling the guest', () => {
    const withData = { ...parts, files: { ...parts.files, dataDisk: '/d/data.qcow2' } };
    const writable = disks(withData).filter((disk) => disk.children('readonly').length === 0);
    expect(writable).toHaveLength(2);
    for (const disk of writable) {
      expect(disk.child('driver').attribute('error_policy')).toBe('stop');
      expect(disk.child('driver').attribute('rerror_policy')).toBe('stop');
    }
  });

  test('an installation: the empty disk has nothing beneath it, boots first, then the ISO', () => {
    const [os, , iso] = disks({
      spec: { ...spec, osDisk: { ...spec.osDisk, backingFile: null }, isoFile: '/images/i.iso' },
      files: { ...parts.files, iso: '/images/i.iso' },
    });
    expect(os?.children('backingStore')).toHaveLength(1);
    expect(os?.child('backingStore').child('source').attribute('file')).toBeNull();
    expect(os?.child('boot').attribute('order')).toBe('1');
    expect(iso?.attribute('device')).toBe('cdrom');
    expect(iso?.child('source').attribute('file')).toBe('/images/i.iso');
    expect(iso?.child('boot').attribute('order')).toBe('2');
    expect(iso?.children('readonly')).toHaveLength(1);
  });

  test('V15 Windows gets devices it has drivers for, its clock in local time, and Hyper-V only on KVM', () => {
    const windows = { ...spec, os: 'windows' as const };
    expect(buses({ spec: windows })).toEqual(['sata', 'ide']);
    expect(
      domain({ spec: windows }).child('devices').child('interface').child('model').attribute('type'),
    ).toBe('e1000');
    expect(domain({ spec: windows }).child('clock').attribute('offset')).toBe('localtime');
    expect(domain({ spec: windows }).child('features').children('hyperv')).toHaveLength(0);
    const onKvm = domain({ spec: windows, accel: { chosen: 'kvm', by: 'probe', cpu: 'host' } });
    expect(onKvm.child('features').children('hyperv')).toHaveLength(1);
    expect(buses({})).toEqual(['virtio', 'virtio']);
    expect(domain().child('clock').attribute('offset')).toBe('utc');
  });

  test('V1 follows the self-test in type and processor', () => {
    const kinds = (accel: DomainParts['accel']) => {
      const root = domain({ accel });
      const disabled = root.child('cpu').children('feature');
      return [
        root.attribute('type'),
        root.child('cpu').attribute('mode'),
        ...disabled.map((f) => f.attribute('name')),
      ];
    };
    expect(kinds({ chosen: 'kvm', by: 'probe', cpu: 'host' })).toEqual(['kvm', 'host-passthrough']);
    expect(kinds({ chosen: 'kvm', by: 'probe', cpu: 'host-no-arch-capabilities' })).toEqual([
      'kvm',
      'host-passthrough',
      'arch-capabilities',
    ]);
    expect(kinds(parts.accel).slice(0, 2)).toEqual(['qemu', 'maximum']);
  });

  test('X2 any name stays text: it adds no element, and is what XML can hold on one line', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.constantFrom(
        '</title><devices/>',
        ']]>',
        '<!DOCTYPE a>',
        '&lt;',
        '&#0;',
        '\ud800',
        ' \n ',
        '__proto__',
      ),
    );
    fc.assert(
      fc.property(text, (name) => {
        const xml = domainXml({ ...parts, spec: { ...spec, name } });
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
        expect(/[\u0000-\u001f\u007f\ufffe\uffff]/.test(xml)).toBe(false);
        expect(xml.isWellFormed()).toBe(true);
        const root = parseXml(xml).child('domain');
        expect(root.child('name').text()).toBe('labmesh-v1');
        expect(root.children('devices')).toHaveLength(1);
        expect(root.children('title').length).toBeLessThanOrEqual(1);
        expect(readMetadata(root)).toEqual(parts.metadata);
      }),
    );
  });

  test('a title is the name, shortened by letters and not in the middle of one', () => {
    const title = (name: string) =>
      domain({ spec: { ...spec, name } })
        .child('title')
        .text();
    expect(title('Ana & <Bob> "C"')).toBe('Ana & <Bob> "C"');
    expect(title('😀'.repeat(500))).toBe('😀'.repeat(120));
    expect(domain({ spec: { ...spec, name: '\u0000\n' } }).children('title')).toHaveLength(0);
  });
});

describe('metadata', () => {
  const of = (attributes: string, namespace = 'urn:labmesh:vm:1') =>
    readMetadata(
      parseXml(
        `<domain><metadata><labmesh:vm xmlns:labmesh="${namespace}" ${attributes}/></metadata></domain>`,
      ).child('domain'),
    );

  test('is taken only when whole and of our namespace', () => {
    expect(of('cloud="c" id="v" epoch="2"')).toEqual({ cloudId: 'c', vmId: 'v', epoch: 2, fingerprint: '' });
    expect(of('cloud="c" id="v" epoch="2"', 'urn:else')).toBeNull();
    for (const broken of ['id="v" epoch="2"', 'cloud="c" epoch="2"', 'cloud="c" id="v" epoch="-1"'])
      expect(of(broken)).toBeNull();
    for (const epoch of ['1.5', 'x', '9007199254740993'])
      expect(of(`cloud="c" id="v" epoch="${epoch}"`)).toBeNull();
    expect(readMetadata(parseXml('<domain/>').child('domain'))).toBeNull();
  });
});

describe('a network', () => {
  test('has its own addresses per number, with room below for fixed ones', () => {
    expect(subnetOf(0)).toEqual({
      gateway: '100.64.0.1',
      netmask: '255.255.255.0',
      first: '100.64.0.10',
      last: '100.64.0.250',
    });
    expect(subnetOf(16_383).gateway).toBe('100.127.255.1');
    expect(new Set(Array.from({ length: 16_384 }, (_, n) => subnetOf(n).gateway)).size).toBe(16_384);
    for (const wrong of [-1, 16_384, 1.5, Number.NaN])
      expect(() => subnetOf(wrong)).toThrow(expect.objectContaining({ code: 'hypervisor.spec' }));
  });

  test('is NAT with DHCP on its bridge', () => {
    const network = parseXml(networkXml('n', 'lmx', subnetOf(7))).child('network');
    expect(network.child('forward').attribute('mode')).toBe('nat');
    expect(network.child('bridge').attribute('name')).toBe('lmx');
    expect(network.child('ip').attribute('address')).toBe('100.64.7.1');
    expect(network.child('ip').child('dhcp').child('range').attribute('start')).toBe('100.64.7.10');
  });
});
