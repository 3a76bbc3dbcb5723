/** OVA: a tar of an OVF descriptor (DMTF DSP0243) and the disks that it names. The one disk is read where it lies in the tar. */
import { XMLParser } from 'fast-xml-parser';
import { ImagesError } from '../errors.ts';
import { isTar, listTar, type TarEntry } from './tar.ts';
import type { ByteWindow } from './window.ts';

export { isTar };

// A descriptor of a VM with every optional section has about 30 kB.
const MAX_OVF_BYTES = 1024 * 1024;
const MAX_MANIFEST_BYTES = 64 * 1024;
const HASH_PIECE = 1024 * 1024;
// tar pads entries to whole blocks, so a disk may be read up to the end of its last block.
const BLOCK = 512;

/** Finds the disk of a single-disk OVA and checks it against the OVA's own manifest, if it has one. */
export async function findOvaDisk(file: ByteWindow, name: string): Promise<ByteWindow> {
  const entries = await listTar(file);
  const descriptors = entries.filter((entry) => entry.name.toLowerCase().endsWith('.ovf'));
  const [descriptor] = descriptors;
  if (descriptor === undefined) throw new ImagesError('images.ova_no_descriptor', { name });
  if (descriptors.length > 1) throw badDescriptor('more than one');
  if (descriptor.size > MAX_OVF_BYTES) throw badDescriptor('too long');
  const xml = (await file.read(descriptor.offset, descriptor.size)).toString('utf8');
  const href = diskFile(xml);
  const disk = entries.find((entry) => entry.name === href);
  if (disk === undefined) throw new ImagesError('images.ova_missing_disk', { entry: href.slice(0, 255) });
  await checkManifest(file, entries, [descriptor, disk]);
  return file.part(disk.offset, Math.ceil(disk.size / BLOCK) * BLOCK);
}

/** The name of the file that holds the one disk of the descriptor. */
function diskFile(xml: string): string {
  const envelope = child(parseXml(xml), 'Envelope');
  const disks = list(child(child(envelope, 'DiskSection'), 'Disk')).filter(
    (disk) => attribute(disk, 'fileRef') !== '',
  );
  const [disk] = disks;
  if (disk === undefined || disks.length > 1)
    throw new ImagesError('images.ova_disks', { count: disks.length });
  if (attribute(disk, 'parentRef') !== '') {
    throw new ImagesError('images.backing_file', { format: 'ova', reference: attribute(disk, 'parentRef') });
  }
  const files = list(child(child(envelope, 'References'), 'File'));
  const file = files.find((one) => attribute(one, 'id') === attribute(disk, 'fileRef'));
  if (file === undefined)
    throw new ImagesError('images.ova_missing_disk', { entry: attribute(disk, 'fileRef').slice(0, 255) });
  if (attribute(file, 'compression') !== '' || attribute(file, 'chunkSize') !== '') {
    throw new ImagesError('images.format_unsupported', { format: 'OVA with packed or split disks' });
  }
  return attribute(file, 'href');
}

function parseXml(xml: string): unknown {
  // No entities: a descriptor needs none, and they are a way to blow up a parser.
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    removeNSPrefix: true,
    processEntities: false,
    parseAttributeValue: false,
  });
  try {
    return parser.parse(xml, true);
  } catch {
    throw badDescriptor('not XML');
  }
}

function child(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([name]) => name === key)?.[1];
}

function list(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function attribute(value: unknown, name: string): string {
  const found = child(value, `@${name}`);
  return typeof found === 'string' ? found : '';
}

/** Lines of the .mf file: `SHA256(disk.vmdk)= 0123…` */
async function checkManifest(
  file: ByteWindow,
  all: readonly TarEntry[],
  used: readonly TarEntry[],
): Promise<void> {
  const manifest = all.find((entry) => entry.name.toLowerCase().endsWith('.mf'));
  if (manifest === undefined) return;
  const text = (await file.read(manifest.offset, Math.min(manifest.size, MAX_MANIFEST_BYTES))).toString(
    'utf8',
  );
  for (const line of text.split('\n')) {
    const match = /^\s*(SHA1|SHA256|SHA512)\s*\((.+)\)\s*=\s*([0-9a-f]+)\s*$/i.exec(line);
    const entry = used.find((one) => one.name === match?.[2]);
    if (match === null || entry === undefined) continue;
    const actual = await digest(file, entry, match[1] ?? '');
    if (actual !== match[3]?.toLowerCase())
      throw new ImagesError('images.ova_checksum', { entry: entry.name });
  }
}

async function digest(file: ByteWindow, entry: TarEntry, algorithm: string): Promise<string> {
  const name = algorithm.toUpperCase();
  const hasher = new Bun.CryptoHasher(name === 'SHA1' ? 'sha1' : name === 'SHA512' ? 'sha512' : 'sha256');
  for (let at = 0; at < entry.size; at += HASH_PIECE) {
    hasher.update(await file.read(entry.offset + at, Math.min(HASH_PIECE, entry.size - at)));
  }
  return hasher.digest('hex');
}

function badDescriptor(reason: string): ImagesError {
  return new ImagesError('images.ova_bad_descriptor', { reason });
}
