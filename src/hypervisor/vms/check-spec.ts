import { isAbsolute } from 'node:path';
import { HypervisorError } from '../errors.ts';
import { checkVmId } from '../names.ts';
import type { VmSpec } from '../types.ts';

/** RFC 1123. */
const hostnamePattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;
/** useradd's rule. */
const userPattern = /^[a-z_][a-z0-9_-]{0,31}$/;
/** It becomes part of a URI in the overlay. */
const exportPattern = /^[0-9A-Za-z]{1,64}$/;
/** QEMU's `pc` machine takes 255. */
const vcpusMax = 255;
/** SeaBIOS and a small kernel need this. */
const ramMinMiB = 16;
const ramMaxMiB = 4 * 1024 * 1024;
const diskMaxBytes = 64 * 1024 ** 4;
const sectorBytes = 512;

/** Refuses what would make a broken or dangerous domain; the cloud checks the same at its door, this is the last one. */
export function checkSpec(spec: VmSpec): void {
  checkVmId(spec.vmId);
  whole('epoch', spec.epoch, 0, Number.MAX_SAFE_INTEGER);
  whole('vcpus', spec.vcpus, 1, vcpusMax);
  whole('ramMiB', spec.ramMiB, ramMinMiB, ramMaxMiB);
  whole('virtualBytes', spec.osDisk.virtualBytes, sectorBytes, diskMaxBytes);
  whole('dataDiskBytes', spec.dataDiskBytes, 0, diskMaxBytes);
  matches('hostname', spec.hostname, hostnamePattern);
  matches('user', spec.seed.user, userPattern);
  if (spec.osDisk.backingFile !== null) path('backingFile', spec.osDisk.backingFile);
  if (spec.osDisk.nbd) {
    path('nbd.socket', spec.osDisk.nbd.socket);
    matches('nbd.name', spec.osDisk.nbd.name, exportPattern);
  }
  if (spec.isoFile !== undefined) path('isoFile', spec.isoFile);
}

function whole(field: string, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most)
    refuse(field, `not a whole number from ${least} to ${most}`);
}

function matches(field: string, value: string, pattern: RegExp): void {
  if (!pattern.test(value)) refuse(field, `does not match ${pattern.source}`);
}

/** Line breaks would not survive in an XML attribute, and another file would be opened. */
function path(field: string, value: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (!isAbsolute(value) || /[\u0000-\u001f]/.test(value)) refuse(field, 'not an absolute path');
}

function refuse(field: string, reason: string): never {
  throw new HypervisorError('hypervisor.spec', { field, reason });
}
