/** Makes a VM: folders, disks, seed, definition. Each step looks first, so a repeat after a crash finishes the rest. */
import { createHash } from 'node:crypto';
import { access, constants, stat } from 'node:fs/promises';
import { ensureDataDisk, supportsDirectIo } from '../disks/disks.ts';
import { ensureOsDisk } from '../disks/os-disk.ts';
import { writeSeed } from '../disks/seed.ts';
import { HypervisorError } from '../errors.ts';
import { checkPassable, makeVmFolders, type Owner } from '../layout.ts';
import { domainName, domainUuid, macAddress, networkName } from '../names.ts';
import type { VmSpec } from '../types.ts';
import { defineXml, getXml, hasManagedSave } from '../wire/procedures.ts';
import { type DomainParts, domainXml } from '../xml/domain-xml.ts';
import { readMetadata, type VmMetadata } from '../xml/metadata.ts';
import { type OsDiskSource, readOsDisk } from '../xml/os-disk.ts';
import { parseXml } from '../xml/xml.ts';
import { disksOf } from './block-jobs.ts';
import { checkSpec } from './check-spec.ts';
import { findDomain, type VmContext } from './context.ts';
import { thawDisk } from './freeze.ts';

/**
 * Ensures that the VM is defined as `spec` says, with its disks. Idempotent; a running VM takes changes at its next
 * start. Existing disks are kept. Throws `epoch_stale` when this PC knows a later placement.
 */
export async function ensureCreated(context: VmContext, asked: VmSpec): Promise<void> {
  checkSpec(asked);
  const { rpc, qemu } = context.host();
  const before = await knownDomain(context, asked.vmId);
  const known = before?.metadata ?? null;
  // Saved memory holds on to the disk as it was.
  const kept = before?.hasSave === true ? before.disk : null;
  const spec = kept === null ? asked : { ...asked, osDisk: { ...asked.osDisk, nbd: kept.nbd } };
  if (known !== null && known.epoch > spec.epoch) {
    throw new HypervisorError('hypervisor.epoch_stale', {
      vmId: spec.vmId,
      known: known.epoch,
      asked: spec.epoch,
    });
  }
  await makeVmFolders(context.dataDir, context.layout, spec.vmId, qemu);
  // A disk whose guest went off while it was read is brought together before anybody writes to it.
  await thawDisk(context, spec.vmId);
  const parts = await describe(context, spec, qemu);
  const unchanged = known?.fingerprint === parts.metadata.fingerprint && (await isOnDisk(context, parts));
  await Promise.all([
    kept === null ? ensureOsDisk(osDiskOf(context, parts, before?.disk ?? null)) : null,
    parts.files.dataDisk === null ? null : ensureDataDisk(parts.files.dataDisk, spec.dataDiskBytes),
    unchanged && (await isThere(parts.files.seed)) ? null : writeSeed(parts.files.seed, spec),
    context.network(),
  ]);
  checkPassable(parts.files.osDisk, qemu);
  // What is served is read by the server; its socket is there once it runs.
  const read = spec.osDisk.nbd ? [] : [spec.osDisk.backingFile, spec.isoFile ?? null];
  for (const file of read) if (file !== null) checkPassable(file, qemu);
  if (unchanged && known.epoch === spec.epoch) return;
  await defineXml(rpc, domainXml(parts));
}

interface KnownDomain {
  metadata: VmMetadata | null;
  disk: OsDiskSource | null;
  hasSave: boolean;
}

async function knownDomain(context: VmContext, vmId: string): Promise<KnownDomain | null> {
  const domain = await findDomain(context, vmId);
  if (domain === null) return null;
  const { rpc } = context.host();
  const [xml, hasSave] = await Promise.all([getXml(rpc, domain), hasManagedSave(rpc, domain)]);
  const described = parseXml(xml).child('domain');
  return { metadata: readMetadata(described), disk: readOsDisk(described), hasSave };
}

function osDiskOf({ layout }: VmContext, { spec, files }: DomainParts, before: OsDiskSource | null) {
  const { backingFile: image, virtualBytes, nbd = null } = spec.osDisk;
  const [local, stream] = [layout.osDisk(spec.vmId), layout.streamDisk(spec.vmId)];
  const other = files.osDisk === local ? stream : local;
  return { file: files.osDisk, other, defined: before?.file ?? null, image, nbd, virtualBytes };
}

/** The definition names the disk itself, and not a layer that was over it for a while. */
async function isOnDisk(context: VmContext, { spec, files }: DomainParts): Promise<boolean> {
  const disks = await disksOf(context, spec.vmId, 'next');
  return disks.some(({ source }) => source === files.osDisk);
}

async function describe(context: VmContext, spec: VmSpec, qemu: Owner): Promise<DomainParts> {
  const { layout, cloudId } = context;
  const { accel, emulator } = context.host();
  const { vmId } = spec;
  const imageFile = spec.osDisk.backingFile ?? spec.isoFile ?? null;
  const parts: DomainParts = {
    spec,
    metadata: { cloudId, vmId, epoch: spec.epoch, fingerprint: '' },
    name: domainName(vmId),
    uuid: domainUuid(cloudId, vmId),
    mac: macAddress(cloudId, vmId),
    network: networkName(cloudId),
    accel,
    emulator,
    files: {
      osDisk: spec.osDisk.nbd ? layout.streamDisk(vmId) : layout.osDisk(vmId),
      dataDisk: spec.dataDiskBytes > 0 ? layout.dataDisk(vmId) : null,
      seed: layout.seed(vmId),
      iso: spec.isoFile ?? null,
      serialLog: layout.serialLog(vmId),
      vncSocket: layout.vncSocket(vmId),
    },
    imageReadable: imageFile === null || (await isReadable(imageFile, qemu)),
    directIo: await supportsDirectIo(layout.vmDir(vmId)),
  };
  return { ...parts, metadata: { ...parts.metadata, fingerprint: fingerprintOf(parts) } };
}

/** Of everything but the epoch and the self-test's timings. */
function fingerprintOf(parts: DomainParts): string {
  const { spec, accel } = parts;
  const text = JSON.stringify({
    ...parts,
    metadata: null,
    spec: { ...spec, epoch: 0 },
    accel: [accel.chosen, accel.cpu],
  });
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** Whether QEMU's user can read the image as it is. @throws HypervisorError `hypervisor.image_missing` */
export async function isReadable(path: string, qemu: Owner): Promise<boolean> {
  const found = await stat(path).catch((cause) => {
    throw new HypervisorError('hypervisor.image_missing', { path }, { cause });
  });
  return (found.mode & 0o004) !== 0 || qemu.uid === 0;
}

async function isThere(file: string): Promise<boolean> {
  return await access(file, constants.F_OK).then(
    () => true,
    () => false,
  );
}
