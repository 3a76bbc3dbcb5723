const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;
const HOUR_MS = 3_600_000;

/** Every bound of the image store. Handed to `openImageStore`; what is left out takes the default. */
export interface ImageLimits {
  /** Largest virtual disk that an import accepts, bytes. */
  readonly maxVirtualBytes: number;
  /** Bytes of the file system that imports and uploads leave free for VMs' overlays and the log. */
  readonly reserveBytes: number;
  /** Address space of one `qemu-img`, bytes. */
  readonly toolMemoryBytes: number;
  /** Wall and CPU time to look at a file (info, check, map), ms. */
  readonly inspectMs: number;
  /** Slowest conversion that is still waited for, bytes of data per second. */
  readonly slowestBytesPerSecond: number;
  /** Largest piece of an upload in one request, bytes. */
  readonly maxPieceBytes: number;
  /** Uploads that may be open at once on this node. */
  readonly maxUploads: number;
  /** An upload that got no byte for so long is given up, ms. */
  readonly uploadIdleMs: number;
  /** Tells progress at most this often, ms. */
  readonly progressEveryMs: number;
}

export const defaultLimits: ImageLimits = {
  // A lab PC's whole disk is 256 GB to 1 TB: an image beyond 1 TiB could never be stored, and its header lies or is a mistake.
  maxVirtualBytes: 1024 * GiB,
  // The log writes a few MiB an hour and a VM's overlay grows by gigabytes: 1 GiB keeps both going while an admin reacts.
  reserveBytes: GiB,
  // qemu-img uses about 100 MiB for a 1 TiB image; its thread stacks and arenas reserve several times that.
  toolMemoryBytes: GiB,
  // The check of a fragmented 1 TiB qcow2 reads some 130 MiB of tables scattered over a slow disk.
  inspectMs: 300_000,
  // A laptop disk that other work shares still writes 4 MiB/s; slower means that something hangs.
  slowestBytesPerSecond: 4 * MiB,
  // Small enough to be repeated over a bad Wi-Fi, large enough that the durable write after each one does not count.
  maxPieceBytes: 16 * MiB,
  // A class of teachers at once; more is a mistake or an attack, since each may reserve gigabytes.
  maxUploads: 16,
  // Somebody who started in the evening can go on next morning.
  uploadIdleMs: 24 * HOUR_MS,
  // Four times a second looks continuous to a person.
  progressEveryMs: 250,
};

/** Base of the deadline of a conversion, ms: start of the tools and the first slow reads. */
export const CONVERT_BASE_MS = 60_000;
