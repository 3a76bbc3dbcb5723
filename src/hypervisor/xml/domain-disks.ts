/** The disks of a VM in libvirt's XML. */
import type { NbdBacking } from '../types.ts';
import type { DomainParts } from './domain-xml.ts';
import type { XmlNode } from './xml.ts';

/** Linux has virtio drivers; for the rest SATA, which every system since 2007 brings along. */
export function diskNodes(parts: DomainParts): XmlNode[] {
  const virtio = parts.spec.os === 'linux';
  const { osDisk, dataDisk, seed, iso } = parts.files;
  const target = (letter: string) =>
    virtio ? { '@dev': `vd${letter}`, '@bus': 'virtio' } : { '@dev': `sd${letter}`, '@bus': 'sata' };
  return [
    {
      ...writable(osDisk, parts.directIo),
      backingStore: backingNode(parts),
      target: target('a'),
      // An empty disk is passed over, so an ISO boots until something is installed.
      boot: { '@order': 1 },
    },
    ...(dataDisk === null ? [] : [{ ...writable(dataDisk, parts.directIo), target: target('b') }]),
    seedNode(seed, virtio),
    ...(iso === null ? [] : [cdrom(iso, 'hdb', 2, parts.imageReadable)]),
  ];
}

/** On an error the guest is paused, not told: a full disk of this PC must not damage a file system in the guest. */
function writable(file: string, directIo: boolean): XmlNode {
  return {
    '@type': 'file',
    '@device': 'disk',
    driver: {
      '@name': 'qemu',
      '@type': 'qcow2',
      '@cache': directIo ? 'none' : 'writeback',
      '@discard': 'unmap',
      '@error_policy': 'stop',
      '@rerror_policy': 'stop',
    },
    source: { '@file': file },
  };
}

function backingNode(parts: DomainParts): XmlNode {
  const { backingFile, nbd } = parts.spec.osDisk;
  if (backingFile === null) return {};
  return nbd ? nbdNode(nbd) : imageNode(backingFile, parts.imageReadable);
}

/** libvirt 9 drops a `reconnect` here without a word: a server that was away pauses the VM, and the node goes on with it. */
function nbdNode({ socket, name }: NbdBacking): XmlNode {
  return {
    '@type': 'network',
    format: { '@type': 'raw' },
    source: { '@protocol': 'nbd', '@name': name, host: { '@transport': 'unix', '@socket': socket } },
    backingStore: {},
  };
}

/** An overlay over a file, as the destination of a block copy. */
export function copyNode(overlay: string, image: string, imageReadable: boolean): XmlNode {
  return {
    '@type': 'file',
    '@device': 'disk',
    driver: { '@name': 'qemu', '@type': 'qcow2' },
    source: { '@file': overlay },
    backingStore: imageNode(image, imageReadable),
  };
}

/** The image is named here with its format, so QEMU never asks a file's header what lies beneath (X3). */
function imageNode(file: string, readable: boolean): XmlNode {
  return {
    '@type': 'file',
    format: { '@type': 'raw' },
    source: {
      '@file': file,
      ...unowned(readable),
    },
    backingStore: {},
  };
}

/** libvirt would make the shared image QEMU's property and leave it so. */
function unowned(readable: boolean): XmlNode {
  return readable ? { seclabel: { '@model': 'dac', '@relabel': 'no' } } : {};
}

/** As a disk for Linux: kernels for clouds often lack drivers for CD-ROM drives. cloud-init looks at the label only. */
function seedNode(file: string, virtio: boolean): XmlNode {
  if (!virtio) return cdrom(file, 'hda', null);
  return {
    '@type': 'file',
    '@device': 'disk',
    driver: { '@name': 'qemu', '@type': 'raw' },
    source: { '@file': file },
    target: { '@dev': 'vdc', '@bus': 'virtio' },
    readonly: {},
  };
}

function cdrom(file: string, dev: string, bootOrder: number | null, readable = false): XmlNode {
  return {
    '@type': 'file',
    '@device': 'cdrom',
    driver: { '@name': 'qemu', '@type': 'raw' },
    source: { '@file': file, ...unowned(readable) },
    target: { '@dev': dev, '@bus': 'ide' },
    readonly: {},
    ...(bootOrder === null ? {} : { boot: { '@order': bootOrder } }),
  };
}
