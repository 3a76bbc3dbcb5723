import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import {
  converted,
  diskBytes,
  leftBehind,
  MiB,
  makeRig,
  ovf,
  type Rig,
  refusal,
  request,
  tool,
  write,
} from './rig.ts';

let rig: Rig;
let raw: string;
/** What an image must never get at. */
let secret: string;

beforeAll(async () => {
  rig = await makeRig();
  raw = write(rig.path('disk.raw'), diskBytes());
  secret = write(rig.path('secret'), diskBytes(MiB * 4));
});
afterAll(() => rig.remove());
// Whatever was refused: nothing may stay.
afterEach(() => expect(leftBehind(rig)).toEqual([]));

async function refused(path: string): Promise<{ code: string; data: Readonly<Record<string, unknown>> }> {
  return await refusal(rig.store.import(request(path)));
}

/** Overwrites bytes of a copy. */
function patched(path: string, at: number, bytes: Uint8Array): string {
  const copy = `${path}.patched`;
  tool('cp', path, copy);
  const file = openSync(copy, 'r+');
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
  return copy;
}

function be64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

describe('X3 an image cannot name a host file', () => {
  test('qcow2 with a backing file', async () => {
    const file = rig.path('layer.qcow2');
    tool('qemu-img', 'create', '-q', '-f', 'qcow2', '-b', secret, '-F', 'raw', file);
    expect(await refused(file)).toMatchObject({
      code: 'images.backing_file',
      data: { format: 'qcow2', reference: secret },
    });
  });

  test('qcow2 with a backing file given as json or as nbd', async () => {
    for (const reference of [
      'json:{"driver":"file","filename":"/etc/shadow"}',
      'nbd+unix:///?socket=/run/x',
    ]) {
      const file = rig.path('json.qcow2');
      tool('qemu-img', 'create', '-q', '-f', 'qcow2', '-u', '-b', reference, '-F', 'raw', file, '8M');
      expect(await refused(file)).toMatchObject({ code: 'images.backing_file', data: { reference } });
    }
  });

  test('qcow2 with an external data file', async () => {
    const file = rig.path('data.qcow2');
    tool(
      'qemu-img',
      'create',
      '-q',
      '-f',
      'qcow2',
      '-o',
      `data_file=${rig.path('outside.raw')},data_file_raw=on`,
      file,
      '8M',
    );
    expect(await refused(file)).toMatchObject({ code: 'images.external_data', data: { format: 'qcow2' } });
  });

  test('qcow2 whose external data file is only named in an extension', async () => {
    const name = Buffer.from(secret);
    const extension = Buffer.alloc(8 + Math.ceil(name.length / 8) * 8 + 8);
    extension.writeUInt32BE(0x44415441, 0);
    extension.writeUInt32BE(name.length, 4);
    name.copy(extension, 8);
    const file = patched(converted(rig, raw, 'qcow2'), 112, extension);
    expect(await refused(file)).toMatchObject({ code: 'images.external_data', data: { reference: secret } });
  });

  test('VMDK that is a description of other files', async () => {
    const text = `# Disk DescriptorFile\nversion=1\nCID=123a\nparentCID=ffffffff\ncreateType="monolithicFlat"\nRW 8192 FLAT "${secret}" 0\n`;
    expect(await refused(write(rig.path('flat.vmdk'), text))).toMatchObject({
      code: 'images.external_data',
      data: { reference: secret },
    });
  });

  test('VMDK split into parts', async () => {
    tool(
      'qemu-img',
      'convert',
      '-f',
      'raw',
      '-O',
      'vmdk',
      '-o',
      'subformat=twoGbMaxExtentSparse',
      raw,
      rig.path('split.vmdk'),
    );
    expect(await refused(rig.path('split.vmdk'))).toMatchObject({
      code: 'images.external_data',
      data: { format: 'vmdk' },
    });
  });

  test('VMDK whose header says capacity 0, so that QEMU would follow its inner description', async () => {
    const text = `# Disk DescriptorFile\nversion=1\nCID=123a\nparentCID=ffffffff\ncreateType="monolithicFlat"\nRW 8192 FLAT "${secret}" 0\n\0`;
    const hollow = patched(converted(rig, raw, 'vmdk'), 12, Buffer.alloc(8));
    const file = patched(hollow, 512, Buffer.from(text));
    expect(await refused(file)).toMatchObject({ code: 'images.external_data', data: { reference: secret } });
  });

  test('VMDK with a parent', async () => {
    const parent = converted(rig, raw, 'vmdk');
    const file = rig.path('child.vmdk');
    tool('qemu-img', 'create', '-q', '-f', 'vmdk', '-b', parent, '-F', 'vmdk', file);
    expect(await refused(file)).toMatchObject({
      code: 'images.backing_file',
      data: { format: 'vmdk', reference: parent },
    });
  });

  test('VMDK that hides its parent at byte 512 and puts its description elsewhere', async () => {
    const image = converted(rig, raw, 'vmdk');
    const description = readFileSync(image).subarray(512, 512 + 20 * 512);
    const moved = `${image}.moved`;
    const size = readFileSync(image).length;
    writeFileSync(moved, Buffer.concat([readFileSync(image), description]));
    const at = Buffer.alloc(8);
    at.writeBigUInt64LE(BigInt(size / 512));
    const hidden = patched(patched(moved, 28, at), 512, Buffer.from(`parentFileNameHint="${secret}"\n`));
    expect(await refused(hidden)).toMatchObject({ code: 'images.backing_file', data: { reference: secret } });
  });

  test('VDI that is the difference to a parent', async () => {
    const file = patched(converted(rig, raw, 'vdi'), 0x1b8, Buffer.alloc(16, 0xab));
    expect(await refused(file)).toMatchObject({
      code: 'images.backing_file',
      data: { format: 'vdi', reference: 'ab'.repeat(16) },
    });
    const undo = patched(converted(rig, raw, 'vdi'), 0x4c, Buffer.from([4, 0, 0, 0]));
    expect(await refused(undo)).toMatchObject({ code: 'images.backing_file', data: { format: 'vdi' } });
  });

  describe('OVA', () => {
    let count = 0;
    function ova(name: string, fill: (folder: string) => void, ...flags: string[]): string {
      const folder = rig.path(`ova-${count++}`);
      mkdirSync(folder);
      tool('cp', converted(rig, raw, 'vmdk', '-o', 'subformat=streamOptimized'), `${folder}/d.vmdk`);
      write(`${folder}/vm.ovf`, ovf('d.vmdk'));
      fill(folder);
      tool('tar', '-C', folder, ...flags, '-cf', rig.path(name), '.');
      return rig.path(name);
    }

    test('whose disk is a link to a host file', async () => {
      const file = ova('link.ova', (folder) => {
        tool('rm', `${folder}/d.vmdk`);
        symlinkSync('/etc/shadow', `${folder}/d.vmdk`);
      });
      tool('tar', '-C', `${rig.path(`ova-${count - 1}`)}`, '-cf', file, 'vm.ovf', 'd.vmdk');
      expect(await refused(file)).toMatchObject({
        code: 'images.ova_unsafe_entry',
        data: { entry: 'd.vmdk', reason: 'link' },
      });
    });

    test('with paths in it', async () => {
      const file = ova('path.ova', () => {});
      tool(
        'tar',
        '-C',
        rig.path(`ova-${count - 1}`),
        '-P',
        '--transform=s,^d,../../d,',
        '-cf',
        file,
        'vm.ovf',
        'd.vmdk',
      );
      expect(await refused(file)).toMatchObject({
        code: 'images.ova_unsafe_entry',
        data: { entry: '../../d.vmdk', reason: 'path' },
      });
    });

    test('with two files of one name', async () => {
      const file = ova('twice.ova', () => {});
      tool(
        'tar',
        '-C',
        rig.path(`ova-${count - 1}`),
        '-cf',
        file,
        'vm.ovf',
        'd.vmdk',
        'd.vmdk',
        '--hard-dereference',
      );
      expect(await refused(file)).toMatchObject({
        code: 'images.ova_unsafe_entry',
        data: { reason: 'doubled' },
      });
    });

    test('whose extended header renames the next entry', async () => {
      const long = `${'d'.repeat(120)}.vmdk`;
      const file = ova('pax.ova', (folder) => tool('mv', `${folder}/d.vmdk`, `${folder}/${long}`));
      tool('tar', '-C', rig.path(`ova-${count - 1}`), '--format=posix', '-cf', file, 'vm.ovf', long);
      expect(await refused(file)).toMatchObject({
        code: 'images.ova_unsafe_entry',
        data: { reason: 'override' },
      });
    });

    test('that points outside of itself', async () => {
      const file = ova('outside.ova', (folder) => write(`${folder}/vm.ovf`, ovf('file:///etc/shadow')));
      tool('tar', '-C', rig.path(`ova-${count - 1}`), '-cf', file, 'vm.ovf', 'd.vmdk');
      expect(await refused(file)).toMatchObject({
        code: 'images.ova_missing_disk',
        data: { entry: 'file:///etc/shadow' },
      });
    });

    test('whose VMDK describes other files', async () => {
      const text = `# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType="monolithicFlat"\nRW 8192 FLAT "${secret}" 0\n`;
      const file = ova('inner.ova', (folder) => write(`${folder}/d.vmdk`, text));
      tool('tar', '-C', rig.path(`ova-${count - 1}`), '-cf', file, 'vm.ovf', 'd.vmdk');
      expect(await refused(file)).toMatchObject({
        code: 'images.external_data',
        data: { reference: secret },
      });
    });

    test('with two disks, or none', async () => {
      const second = '<Disk ovf:capacity="1" ovf:diskId="b" ovf:fileRef="file1"/>';
      const file = ova('two.ova', (folder) => write(`${folder}/vm.ovf`, ovf('d.vmdk', second)));
      tool('tar', '-C', rig.path(`ova-${count - 1}`), '-cf', file, 'vm.ovf', 'd.vmdk');
      expect(await refused(file)).toMatchObject({ code: 'images.ova_disks', data: { count: 2 } });
      write(rig.path(`ova-${count - 1}/vm.ovf`), '<Envelope/>');
      tool('tar', '-C', rig.path(`ova-${count - 1}`), '-cf', file, 'vm.ovf', 'd.vmdk');
      expect(await refused(file)).toMatchObject({ code: 'images.ova_disks', data: { count: 0 } });
    });

    test('without a description, or with one that is not XML', async () => {
      const file = ova('none.ova', (folder) => write(`${folder}/vm.ovf`, '<Envelope'));
      tool('tar', '-C', rig.path(`ova-${count - 1}`), '-cf', file, 'd.vmdk');
      expect((await refused(file)).code).toBe('images.ova_no_descriptor');
      tool('tar', '-C', rig.path(`ova-${count - 1}`), '-cf', file, 'vm.ovf', 'd.vmdk');
      expect((await refused(file)).code).toBe('images.ova_bad_descriptor');
    });

    test('GF8 cut off, or not fitting its own checksum', async () => {
      const file = ova('cut.ova', (folder) =>
        write(`${folder}/vm.mf`, `SHA256(d.vmdk)= ${'0'.repeat(64)}\n`),
      );
      tool('tar', '-C', rig.path(`ova-${count - 1}`), '-cf', file, 'vm.ovf', 'vm.mf', 'd.vmdk');
      expect(await refused(file)).toMatchObject({ code: 'images.ova_checksum', data: { entry: 'd.vmdk' } });
      truncateSync(file, 2 * MiB);
      expect(await refused(file)).toMatchObject({ code: 'images.truncated', data: { format: 'ova' } });
    });
  });
});

describe('GF8 what cannot be unpacked is refused by name', () => {
  test('not an image', async () => {
    const file = write(rig.path('letter.qcow2'), 'Dear teacher, this is not a disk.\n'.repeat(100));
    expect(await refused(file)).toMatchObject({
      code: 'images.not_an_image',
      data: { name: 'letter.qcow2' },
    });
  });

  test('empty', async () => {
    expect((await refused(write(rig.path('empty'), ''))).code).toBe('images.source_empty');
  });

  test('missing, a folder, a pipe', async () => {
    expect((await refused(rig.path('nowhere'))).code).toBe('images.source_missing');
    expect((await refused(rig.folder)).code).toBe('images.source_not_file');
    tool('mkfifo', rig.path('pipe'));
    expect((await refused(rig.path('pipe'))).code).toBe('images.source_not_file');
  });

  test('formats that are known and not taken', async () => {
    for (const [format, name] of [
      ['vhdx', 'VHDX'],
      ['vpc', 'VHD'],
      ['qed', 'QED'],
      ['parallels', 'Parallels'],
    ] as const) {
      expect(await refused(converted(rig, raw, format))).toMatchObject({
        code: 'images.format_unsupported',
        data: { format: name },
      });
    }
    tool('gzip', '-kf', raw);
    expect(await refused(`${raw}.gz`)).toMatchObject({
      code: 'images.format_unsupported',
      data: { format: 'gzip' },
    });
    expect(await refused(converted(rig, raw, 'qcow'))).toMatchObject({ data: { format: 'qcow version 1' } });
  });

  test('encrypted', async () => {
    // Headers only: qemu-img cannot make LUKS keys where the CPU clock is coarse ("Unable to get accurate CPU usage").
    const luks = write(
      rig.path('luks.img'),
      Buffer.concat([Buffer.from('LUKS\xba\xbe\0\x01', 'latin1'), diskBytes(MiB * 4)]),
    );
    expect(await refused(luks)).toMatchObject({ code: 'images.encrypted', data: { format: 'LUKS' } });
    const qcow2 = patched(converted(rig, raw, 'qcow2'), 32, Buffer.from([0, 0, 0, 2]));
    expect(await refused(qcow2)).toMatchObject({ code: 'images.encrypted', data: { format: 'qcow2' } });
  });

  for (const [format, options] of [
    ['qcow2', []],
    ['qcow2', ['-c']],
    ['vmdk', []],
    ['vmdk', ['-o', 'subformat=streamOptimized']],
    ['vdi', []],
  ] as const) {
    test(`${format} ${options.join(' ')} cut off at any length`, async () => {
      const whole = converted(rig, raw, format, ...options);
      const size = readFileSync(whole).length;
      for (const share of [0.001, 0.05, 0.3, 0.7, 0.97]) {
        tool('cp', whole, rig.path('cut'));
        truncateSync(rig.path('cut'), Math.floor((size * share) / 512) * 512 || 100);
        const { code } = await refused(rig.path('cut'));
        expect(['images.truncated', 'images.damaged']).toContain(code);
        // Where data itself is missing and lies in the file as it is, the sentence says "cut off" and by how much.
        const packed = options.length > 0;
        if (!packed && share === 0.7) expect(code).toBe('images.truncated');
      }
    });
  }

  test('ISO cut off', async () => {
    mkdirSync(rig.path('cd'));
    write(rig.path('cd/file'), diskBytes());
    tool('genisoimage', '-quiet', '-o', rig.path('cut.iso'), rig.path('cd'));
    truncateSync(rig.path('cut.iso'), 4 * MiB);
    expect(await refused(rig.path('cut.iso'))).toMatchObject({
      code: 'images.truncated',
      data: { format: 'iso', haveBytes: 4 * MiB },
    });
  });

  test('qcow2 with contradicting tables, unknown features, or marked as corrupt', async () => {
    const image = converted(rig, raw, 'qcow2');
    const l1 = Number(readFileSync(image).readBigUInt64BE(40));
    expect((await refused(patched(image, l1, be64(0x8000000000000000n | 0x10000n)))).code).toBe(
      'images.damaged',
    );
    expect(await refused(patched(image, 72, be64(1n << 40n)))).toMatchObject({
      code: 'images.format_unsupported',
    });
    expect(await refused(patched(image, 72, be64(2n)))).toMatchObject({ code: 'images.damaged' });
  });

  test('packed data that does not unpack', async () => {
    const image = converted(rig, raw, 'qcow2', '-c');
    const size = readFileSync(image).length;
    expect(await refused(patched(image, size - 200 * 1024, Buffer.alloc(64 * 1024, 0xff)))).toMatchObject({
      code: 'images.damaged',
    });
  });
});

describe('absurd sizes', () => {
  test('a header that claims 8 EiB, or a little more than the limit', async () => {
    const huge = rig.path('huge.qcow2');
    tool('qemu-img', 'create', '-q', '-f', 'qcow2', huge, '2T');
    expect(await refused(huge)).toMatchObject({
      code: 'images.too_large',
      data: { virtualBytes: 2 * 1024 ** 4, limitBytes: 1024 ** 4 },
    });
    const { code } = await refused(patched(huge, 24, be64(2n ** 63n - 512n)));
    expect(['images.too_large', 'images.damaged', 'images.truncated']).toContain(code);
  });

  test("the asker's own limit counts, where it is lower than the store's", async () => {
    const file = rig.path('large.qcow2');
    tool('qemu-img', 'create', '-q', '-f', 'qcow2', file, '3G');
    const asked = { ...request(file), maxVirtualBytes: 2 * 1024 ** 3 };
    expect(await refusal(rig.store.import(asked))).toMatchObject({
      code: 'images.too_large',
      data: { virtualBytes: 3 * 1024 ** 3, limitBytes: 2 * 1024 ** 3 },
    });
  });

  test('a disk without any size', async () => {
    const none = rig.path('none.qcow2');
    tool('qemu-img', 'create', '-q', '-f', 'qcow2', none, '0');
    expect(await refused(none)).toMatchObject({ code: 'images.damaged' });
  });

  test('GF39 a small packed file that would unpack to more than there is room for: refused before anything is written', async () => {
    const own = await makeRig({ reserveBytes: Number.MAX_SAFE_INTEGER / 2 });
    try {
      const file = converted(own, raw, 'qcow2', '-c');
      const error = await refusal(own.store.import(request(file)));
      expect(error).toMatchObject({ code: 'images.no_space', data: { needBytes: 3 * MiB } });
      expect(leftBehind(own)).toEqual([]);
    } finally {
      own.remove();
    }
  });

  test('an import that does not come to an end is stopped', async () => {
    const own = await makeRig({ inspectMs: 1 });
    try {
      expect((await refusal(own.store.import(request(raw)))).code).toBe('images.timed_out');
    } finally {
      own.remove();
    }
  });

  test('a tool that is given too little memory is an error with a name', async () => {
    const own = await makeRig({ toolMemoryBytes: 16 * MiB });
    try {
      const { code } = await refusal(own.store.import(request(raw)));
      expect(['images.damaged', 'images.tool_failed', 'images.over_limit']).toContain(code);
      expect(leftBehind(own)).toEqual([]);
    } finally {
      own.remove();
    }
  });
});

test('a file that somebody writes to during the import is refused', async () => {
  const file = converted(rig, raw, 'qcow2');
  const error = await refusal(
    rig.store.import(
      request(file, {
        onProgress: (progress) => {
          if (progress.phase === 'copy') utimesSync(file, 1, 1); // moves mtime and ctime, as any write does
        },
      }),
    ),
  );
  expect(error.code).toBe('images.source_changed');
});

test('cancelled when all is written and only its name is missing: nothing is left', async () => {
  const before = leftBehind(rig);
  const stop = new AbortController();
  const onProgress = ({ phase }: { phase: string }) => {
    if (phase === 'flush') stop.abort();
  };
  const wanted = request(raw, { signal: stop.signal, onProgress });
  expect((await refusal(rig.store.import(wanted))).code).toBe('images.cancelled');
  expect(leftBehind(rig)).toEqual(before);
  expect(rig.store.has(wanted.versionId)).toBe(false);
});

test('ids that would lead out of the folder', async () => {
  for (const versionId of [
    '../../etc',
    '',
    'x'.repeat(100_000),
    '01ARZ3NDEKTSV4RRFFQ69G5FA/',
    '01arz3ndektsv4rrffq69g5fav',
  ]) {
    expect((await refusal(rig.store.import(request(raw, { versionId })))).code).toBe('images.bad_id');
  }
  for (const more of [
    { imageId: '../x' },
    { parent: '../x' },
    { number: 0 },
    { number: 1.5 },
    { author: '' },
    { author: 'a\nb' },
    { createdAt: -1 },
  ]) {
    expect((await refusal(rig.store.import(request(raw, more)))).code).toBe('images.manifest_invalid');
  }
});
