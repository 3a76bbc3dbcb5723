// Writes an initramfs: the "newc" cpio format of the kernel (Documentation/driver-api/early-userspace/buffer-format.rst).

const MODE = { folder: 0o040000, file: 0o100000, link: 0o120000 };

/**
 * @typedef {{ path: string, kind: 'folder' | 'file' | 'link', mode?: number, content?: Uint8Array }} Entry
 * @param {Entry[]} entries folders before what they hold; paths without a leading slash
 * @returns {Buffer} the archive; the same entries give the same bytes (times and owners are zero)
 */
export function cpio(entries) {
  const parts = entries.map((entry, at) => member(entry, at + 1));
  return Buffer.concat([...parts, member({ path: 'TRAILER!!!', kind: 'file', mode: 0 }, 0)]);
}

function member({ path, kind, mode, content = Buffer.alloc(0) }, inode) {
  const name = Buffer.from(`${path}\0`);
  const isTrailer = inode === 0;
  const permissions = mode ?? (kind === 'folder' ? 0o755 : 0o644);
  const fields = [
    inode,
    isTrailer ? 0 : MODE[kind] | permissions,
    0, // owner
    0, // group
    1, // links
    0, // time of change
    content.length,
    0, // device, major
    0, // device, minor
    0, // special file, major
    0, // special file, minor
    name.length,
    0, // checksum: not used by this format
  ];
  const header = `070701${fields.map((value) => value.toString(16).padStart(8, '0')).join('')}`;
  return Buffer.concat([padded(Buffer.concat([Buffer.from(header), name])), padded(content)]);
}

// Headers with their names, and contents, each start at a multiple of four.
function padded(bytes) {
  const rest = bytes.length % 4;
  return rest === 0 ? Buffer.from(bytes) : Buffer.concat([bytes, Buffer.alloc(4 - rest)]);
}
