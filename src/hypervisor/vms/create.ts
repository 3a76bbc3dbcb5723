/** Makes a VM: folders, disks, seed, definition. Each step looks first, so a repeat after a crash finishes the rest. */
import { createHash } from 'node:crypto';
import { access, constants, stat } from 'node:fs/promises';
import { ensureDataDisk, ensureOverlay, supportsDirectIo } from '../disks/disks.ts';
import { writeSeed } from '../disks/seed.ts';
import { HypervisorError } from '../errors.ts';
import { checkPassable, makeVmFolders, type Owner } from '../layout.ts';
import { domainName, domainUuid, macAddress, networkName } from '../names.ts';
import type { VmSpec } from '../types.ts';
import { defineXml, getXml } from '../wire/procedures.ts';
import { type DomainParts, domainXml } from '../xml/domain-xml.ts';
import { readMetadata, type VmMetadata } from '../xml/metadata.ts';
import { parseXml } from '../xml/xml.ts';
import { checkSpec } from './check-spec.ts';
import { findDomain, type VmContext } from './context.ts';

/**
 * Ensures that the VM is defined as `spec` says, with its disks. Idempotent; a running VM takes changes at its next
 * start. Existing disks are kept. Throws `epoch_stale` when this PC knows a later placement.
 */
export async function ensureCreated(context: VmContext, spec: VmSpec): Promise<void> {
  checkSpec(spec);
  const { rpc, qemu } = context.host();
  const known = await knownMetadata(context, spec.vmId);
  if (known !== null && known.epoch > spec.epoch) {
    throw new HypervisorError('hypervisor.epoch_stale', {
      vmId: spec.vmId,
      known: known.epoch,
      asked: spec.epoch,
    });
  }
  await makeVmFolders(context.dataDir, context.layout, spec.vmId, qemu);
  const parts = await describe(context, spec, qemu);
  const unchanged = known?.fingerprint === parts.metadata.fingerprint;
  await Promise.all([
    ensureOverlay(parts.files.osDisk, spec.osDisk.backingFile, spec.osDisk.virtualBytes),
    parts.files.dataDisk === null ? null : ensureDataDisk(parts.files.dataDisk, spec.dataDiskBytes),
    unchanged && (await isThere(parts.files.seed)) ? null : writeSeed(parts.files.seed, spec),
    context.network(),
  ]);
  checkPassable(parts.files.osDisk, qemu);
  for (const file of [spec.osDisk.backingFile, spec.isoFile ?? null])
    if (file !== null) checkPassable(file, qemu);
  if (unchanged && known.epoch === spec.epoch) return;
  await defineXml(rpc, domainXml(parts));
}

async function knownMetadata(context: VmContext, vmId: string): Promise<VmMetadata | null> {
  const domain = await findDomain(context, vmId);
  if (domain === null) return null;
  return readMetadata(parseXml(await getXml(context.host().rpc, domain)).child('domain'));
}

async function describe(context: VmContext, spec: VmSpec, qemu: Owner): Promise<DomainParts> {
  const { layout, cloudId } = context;
  const { accel, emulator } = context.host();
  const { vmId } = spec;
  const imageFile = spec.osDisk.backingFile ?? spec.isoFile ?? null;
  const mode = imageFile === null ? null : await modeOf(imageFile);
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
      osDisk: layout.osDisk(vmId),
      dataDisk: spec.dataDiskBytes > 0 ? layout.dataDisk(vmId) : null,
      seed: layout.seed(vmId),
      iso: spec.isoFile ?? null,
      serialLog: layout.serialLog(vmId),
      vncSocket: layout.vncSocket(vmId),
    },
    imageReadable: mode === null || (mode & 0o004) !== 0 || qemu.uid === 0,
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

async function modeOf(path: string): Promise<number> {
  const found = await stat(path).catch((cause) => {
    throw new HypervisorError('hypervisor.image_missing', { path }, { cause });
  });
  return found.mode;
}

async function isThere(file: string): Promise<boolean> {
  return await access(file, constants.F_OK).then(
    () => true,
    () => false,
  );
}
