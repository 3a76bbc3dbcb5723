/** Writes a VM as libvirt's domain XML. */
import type { AccelReport, VmSpec } from '../types.ts';
import { diskNodes } from './domain-disks.ts';
import { metadataNode, type VmMetadata } from './metadata.ts';
import { buildXml, type XmlNode, xmlLine } from './xml.ts';

/** libvirt shows the title in lists. */
const titleMax = 120;

export interface DomainParts {
  spec: VmSpec;
  metadata: VmMetadata;
  name: string;
  uuid: string;
  mac: string;
  network: string;
  accel: AccelReport;
  /** QEMU, as libvirt names it in its capabilities. */
  emulator: string;
  files: {
    osDisk: string;
    dataDisk: string | null;
    seed: string;
    iso: string | null;
    serialLog: string;
    vncSocket: string;
  };
  /** The image may stay in its owner's hands: QEMU's user can read it as it is. */
  imageReadable: boolean;
  /** Off where the file system cannot do O_DIRECT (tmpfs). */
  directIo: boolean;
}

export function domainXml(parts: DomainParts): string {
  const { spec, accel } = parts;
  const kvm = accel.chosen === 'kvm';
  const title = xmlLine(spec.name, titleMax);
  return buildXml({
    domain: {
      '@type': kvm ? 'kvm' : 'qemu',
      name: parts.name,
      uuid: parts.uuid,
      ...(title === '' ? {} : { title }),
      metadata: metadataNode(parts.metadata),
      memory: { '@unit': 'MiB', '#text': spec.ramMiB },
      vcpu: spec.vcpus,
      // i440fx: old guests know it. A small Linux was up as soon on q35 (no difference seen under emulation).
      os: { type: { '@arch': 'x86_64', '@machine': 'pc', '#text': 'hvm' } },
      features: { acpi: {}, apic: {}, ...(kvm && spec.os === 'windows' ? { hyperv: hypervNode } : {}) },
      cpu: cpuNode(accel),
      clock: clockNode(spec.os, kvm),
      on_poweroff: 'destroy',
      on_reboot: 'restart',
      on_crash: 'destroy',
      // A guest that puts itself to sleep could not be woken from the page.
      pm: { 'suspend-to-mem': { '@enabled': 'no' }, 'suspend-to-disk': { '@enabled': 'no' } },
      devices: devicesNode(parts),
    },
  });
}

/** What Windows needs to be quick on KVM. */
const hypervNode: XmlNode = {
  relaxed: { '@state': 'on' },
  vapic: { '@state': 'on' },
  spinlocks: { '@state': 'on', '@retries': 8191 },
};

/**
 * Under emulation all that QEMU can do, as systems of today ask for x86-64-v2. Older models (qemu64, Nehalem) brought a
 * small Linux up no sooner.
 */
function cpuNode(accel: AccelReport): XmlNode {
  if (accel.chosen === 'tcg') return { '@mode': 'maximum' };
  if (accel.cpu === 'host') return { '@mode': 'host-passthrough' };
  return { '@mode': 'host-passthrough', feature: { '@policy': 'disable', '@name': 'arch-capabilities' } };
}

/** Windows keeps its clock chip in local time (V15). */
function clockNode(os: VmSpec['os'], kvm: boolean): XmlNode {
  const timer = [
    { '@name': 'rtc', '@tickpolicy': 'catchup' },
    { '@name': 'pit', '@tickpolicy': 'delay' },
    { '@name': 'hpet', '@present': 'no' },
    ...(kvm && os === 'windows' ? [{ '@name': 'hypervclock', '@present': 'yes' }] : []),
  ];
  return { '@offset': os === 'windows' ? 'localtime' : 'utc', timer };
}

function devicesNode(parts: DomainParts): XmlNode {
  const { files, spec } = parts;
  const virtio = spec.os === 'linux';
  return {
    emulator: parts.emulator,
    disk: diskNodes(parts),
    controller: [{ '@type': 'usb', '@model': 'qemu-xhci' }, { '@type': 'virtio-serial' }],
    interface: {
      '@type': 'network',
      mac: { '@address': parts.mac },
      source: { '@network': parts.network },
      // Windows and unknown systems bring a driver for this one.
      model: { '@type': virtio ? 'virtio' : 'e1000' },
      // Guests of one PC do not see each other (X4).
      port: { '@isolated': 'yes' },
    },
    serial: {
      '@type': 'file',
      // virtlogd writes it and keeps it small.
      source: { '@path': files.serialLog, '@append': 'on' },
      target: { '@port': 0 },
    },
    channel: { '@type': 'unix', target: { '@type': 'virtio', '@name': 'org.qemu.guest_agent.0' } },
    input: { '@type': 'tablet', '@bus': 'usb' },
    graphics: { '@type': 'vnc', '@socket': files.vncSocket },
    video: { model: { '@type': 'vga' } },
    memballoon: { '@model': 'virtio', stats: { '@period': 10 } },
    rng: { '@model': 'virtio', backend: { '@model': 'random', '#text': '/dev/urandom' } },
  };
}
