/** A store in a folder of its own, and source files made by the real tools. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ulid } from 'ulid';
import {
  type ImageLimits,
  type ImageStore,
  ImagesError,
  type ImportRequest,
  openImageStore,
} from '../../../src/images/index.ts';
import { silentLogger } from '../../../src/state/logger.ts';

export const MiB = 1024 * 1024;

export interface Rig {
  readonly folder: string;
  readonly dataDir: string;
  readonly store: ImageStore;
  /** Path of a file in the rig's folder. */
  path(name: string): string;
  remove(): void;
}

export async function makeRig(limits: Partial<ImageLimits> = {}): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), 'labmesh-images-'));
  const dataDir = join(folder, 'data');
  // The build machine's disk may be nearly full: tests of the reserve set their own.
  const store = openImageStore({ dataDir, logger: silentLogger, limits: { reserveBytes: MiB, ...limits } });
  await store.start();
  return {
    folder,
    dataDir,
    store,
    path: (name) => join(folder, name),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What an import needs, with fresh ids. */
export function request(path: string, more: Partial<ImportRequest> = {}): ImportRequest {
  return {
    source: { path },
    versionId: ulid(),
    imageId: ulid(),
    number: 1,
    author: 'teacher',
    os: 'linux',
    createdAt: 1_800_000_000_000,
    ...more,
  };
}

/** Bytes of a small disk: a boot sector, data that does not repeat, a hole, data that can be packed, and zeros to the end. */
export function diskBytes(size = 8 * MiB): Buffer {
  const disk = Buffer.alloc(size);
  noise(disk.subarray(0, 1.5 * MiB), 1);
  const packable = noise(disk.subarray(size - 2.5 * MiB, size - MiB), 2);
  for (let i = 0; i < packable.length; i++) packable[i] = (packable[i] ?? 0) & 3;
  disk[510] = 0x55;
  disk[511] = 0xaa;
  return disk;
}

/** Bytes that look random and are the same every time (xorshift32). */
export function noise(into: Buffer, seed: number): Buffer {
  let x = seed;
  for (let at = 0; at + 4 <= into.length; at += 4) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    into.writeInt32LE(x | 0, at);
  }
  return into;
}

export function write(path: string, bytes: Uint8Array | string): string {
  writeFileSync(path, bytes);
  return path;
}

/** Runs a tool and fails the test with its complaint. */
export function tool(name: string, ...args: string[]): string {
  const result = spawnSync(name, args, { encoding: 'utf8' });
  if (result.status !== 0)
    throw new Error(`${name} ${args.join(' ')}: ${result.stderr}${result.error ?? ''}`);
  return result.stdout;
}

/** A raw disk as an image of another format. */
export function converted(rig: Rig, raw: string, format: string, ...options: string[]): string {
  const path = rig.path(`disk-${ulid()}.${format}`);
  tool('qemu-img', 'convert', '-f', 'raw', '-O', format, ...options, raw, path);
  return path;
}

/** The error that the promise ends in; fails if it is not one of ours. */
export async function refusal(promise: Promise<unknown>): Promise<ImagesError> {
  const outcome = await promise.then(
    (value) => value,
    (error: unknown) => error,
  );
  if (outcome instanceof ImagesError) return outcome;
  throw new Error(
    `expected a refusal, got ${outcome instanceof Error ? outcome.stack : JSON.stringify(outcome)}`,
  );
}

/** Names in the images folder, hidden ones too: what an import left. */
export function leftBehind(rig: Rig): string[] {
  return readdirSync(join(rig.dataDir, 'images'));
}

/** The descriptor of an OVA with one disk, as VirtualBox writes it, shortened. */
export function ovf(href: string, extra = ''): string {
  return `<?xml version="1.0"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1">
  <References><File ovf:id="file1" ovf:href="${href}"/></References>
  <DiskSection><Info>Disks</Info>
    <Disk ovf:capacity="8388608" ovf:diskId="vmdisk1" ovf:fileRef="file1" ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>${extra}
  </DiskSection>
  <VirtualSystem ovf:id="vm"><Info>A VM</Info></VirtualSystem>
</Envelope>`;
}
