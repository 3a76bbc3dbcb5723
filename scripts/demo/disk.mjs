// Lays out the demo guest's disk: a boot sector, a FAT partition with the kernel, an ext4 partition for /home.
import { execFile } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const DEADLINE = 60_000; // ms; each tool below ends within a second
const MIB = 1024 * 1024;
const SECTOR = 512;

// The kernel and its initramfs take 16 MiB; the rest leaves room for a newer kernel and for files of a person's own.
const BOOT = { start: 1 * MIB, size: 39 * MIB, type: 0x06 };
const HOME = { start: 40 * MIB, size: 87 * MIB, type: 0x83 };
const TOTAL = 128 * MIB;

const LOADER = `DEFAULT demo
PROMPT 0
TIMEOUT 0
LABEL demo
  LINUX /vmlinuz
  INITRD /initrd.gz
  APPEND console=ttyS0,115200 console=tty1 quiet loglevel=2 panic=5 nomodeset mitigations=off
`;

/**
 * @param {{ folder: string, packages: string, kernel: string, initrd: Buffer, mke2fs: string, output: string }} parts
 *   folder: an empty work folder; packages: the unpacked syslinux and mtools; output: the qcow2 to write
 */
export async function makeDisk({ folder, packages, kernel, initrd, mke2fs, output }) {
  const raw = join(folder, 'disk.raw');
  writeRaw(raw, packages);
  await makeBoot(raw, { folder, packages, kernel, initrd });
  await makeHome(raw, mke2fs);
  await run('qemu-img', ['convert', '-q', '-f', 'raw', '-O', 'qcow2', '-c', raw, output], {
    timeout: DEADLINE,
  });
}

function writeRaw(path, packages) {
  const file = openSync(path, 'w');
  ftruncateSync(file, TOTAL);
  const sector = Buffer.alloc(SECTOR);
  readFileSync(join(packages, 'usr/lib/syslinux/mbr/mbr.bin')).copy(sector, 0, 0, 440);
  sector.writeUInt32LE(0x1abe5401, 440); // disk signature: any fixed number
  entry(BOOT, 0x80).copy(sector, 446);
  entry(HOME, 0x00).copy(sector, 462);
  sector.writeUInt16LE(0xaa55, 510);
  writeSync(file, sector, 0, SECTOR, 0);
  closeSync(file);
}

// One line of the boot sector's partition table; the cylinder fields say "use the sector numbers".
function entry({ start, size, type }, active) {
  const line = Buffer.from([active, 0xfe, 0xff, 0xff, type, 0xfe, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
  line.writeUInt32LE(start / SECTOR, 8);
  line.writeUInt32LE(size / SECTOR, 12);
  return line;
}

async function makeBoot(raw, { folder, packages, kernel, initrd }) {
  const tools = join(packages, 'usr/bin');
  const env = {
    ...process.env,
    // syslinux calls mtools by name; both come from the unpacked packages.
    PATH: `${tools}:${process.env.PATH}`,
    MTOOLS_SKIP_CHECK: '1',
    SOURCE_DATE_EPOCH: '1700000000', // a fixed date, so that the same parts give the same disk
  };
  const options = { env, timeout: DEADLINE };
  const drive = `${raw}@@${BOOT.start}`;
  const [sectors, hidden] = [BOOT.size / SECTOR, BOOT.start / SECTOR];
  const shape = [
    '-T',
    `${sectors}`,
    '-h',
    '64',
    '-s',
    '32',
    '-H',
    `${hidden}`,
    '-N',
    '1abe5402',
    '-v',
    'DEMOBOOT',
  ];
  await run(join(tools, 'mformat'), ['-i', drive, ...shape, '::'], options);
  const files = { vmlinuz: readFileSync(kernel), 'initrd.gz': initrd, 'syslinux.cfg': LOADER };
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    writeFileSync(path, content);
    await run(join(tools, 'mcopy'), ['-i', drive, path, `::/${name}`], options);
  }
  await run(join(tools, 'syslinux'), ['--offset', `${BOOT.start}`, '--install', raw], options);
}

async function makeHome(raw, mke2fs) {
  const id = '1abe5400-0000-4000-8000-000000000001';
  const env = { ...process.env, E2FSPROGS_FAKE_TIME: '1700000000', MKE2FS_DETERMINISTIC: '1' };
  const extended = `offset=${HOME.start},hash_seed=${id},lazy_itable_init=1`;
  const blocks = `${HOME.size / 1024}k`;
  const args = [
    '-q',
    '-F',
    '-t',
    'ext4',
    '-L',
    'DEMO-HOME',
    '-U',
    id,
    '-m',
    '0',
    '-E',
    extended,
    raw,
    blocks,
  ];
  await run(mke2fs, args, { env, timeout: DEADLINE });
}
