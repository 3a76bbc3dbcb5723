/**
 * Reads what a VNC client says (RFC 6143, sections 7.3 and 7.5). Every client shares the screen: QEMU shuts everybody else out while one
 * has asked for it alone. Of one with a view-only ticket only what looks and does not touch goes through, whatever the page claims.
 */

/** Client messages that are kept: SetPixelFormat, FramebufferUpdateRequest, EnableContinuousUpdates; fixed lengths. */
const KEPT: ReadonlyMap<number, number> = new Map([
  [0, 20],
  [3, 10],
  [150, 10],
]);
/** Dropped ones of fixed length: KeyEvent, PointerEvent, xvp (reboot and power off by VNC!). */
const DROPPED: ReadonlyMap<number, number> = new Map([
  [4, 8],
  [5, 6],
  [250, 4],
]);
const SET_ENCODINGS = 2;
const CUT_TEXT = 6;
const FENCE = 248;
const SET_DESKTOP_SIZE = 251;
const QEMU = 255;
/** ProtocolVersion of the client: `RFB 003.008\n`; 3.7 and 3.8 agree in what follows. */
const VERSION = /^RFB 003\.00[78]\n$/;
const SECURITY_NONE = 1;
/** Encodings in one SetEncodings: all that exist are fewer than a hundred. */
const MAX_ENCODINGS = 1024;

const NOTHING = Buffer.alloc(0);

/** One message at the beginning of the buffer: how long, and whether it goes through; null: not whole yet. */
interface Piece {
  readonly length: number;
  readonly keep: boolean;
}

/** The client speaks something that cannot be filtered. */
export class ProtocolError extends Error {}

export class ClientFilter {
  readonly #viewOnly: boolean;
  #stage: 'version' | 'security' | 'init' | 'open' = 'version';
  #rest: Buffer = NOTHING;
  #skip = 0;

  constructor(viewOnly: boolean) {
    this.#viewOnly = viewOnly;
  }

  /** What of the bytes may go on to the VM. @throws ProtocolError */
  take(bytes: Uint8Array): Uint8Array {
    let buffer = Buffer.concat([this.#rest, bytes]);
    const kept: Buffer[] = [];
    for (;;) {
      const skipped = Math.min(this.#skip, buffer.length);
      this.#skip -= skipped;
      buffer = buffer.subarray(skipped);
      if (this.#skip > 0) break;
      const piece = this.#next(buffer);
      if (piece === null) break;
      if (piece.keep) kept.push(buffer.subarray(0, piece.length));
      // A dropped message may be longer than what has come: the rest of it is dropped as it comes.
      this.#skip = Math.max(0, piece.length - buffer.length);
      buffer = buffer.subarray(piece.length);
    }
    this.#rest = Buffer.from(buffer);
    return Buffer.concat(kept);
  }

  #next(buffer: Buffer): Piece | null {
    switch (this.#stage) {
      case 'version':
        if (buffer.length < 12) return null;
        if (!VERSION.test(buffer.toString('latin1', 0, 12))) throw new ProtocolError('version');
        this.#stage = 'security';
        return { length: 12, keep: true };
      case 'security':
        if (buffer.length < 1) return null;
        if (buffer[0] !== SECURITY_NONE) throw new ProtocolError('security');
        this.#stage = 'init';
        return { length: 1, keep: true };
      case 'init':
        if (buffer.length < 1) return null;
        buffer[0] = 1; // shared
        this.#stage = 'open';
        return { length: 1, keep: true };
      case 'open':
        if (this.#viewOnly) return nextMessage(buffer);
        return buffer.length === 0 ? null : { length: buffer.length, keep: true };
    }
  }
}

function nextMessage(buffer: Buffer): Piece | null {
  const type = buffer[0];
  if (type === undefined) return null;
  const kept = KEPT.get(type);
  if (kept !== undefined) return buffer.length < kept ? null : { length: kept, keep: true };
  const dropped = DROPPED.get(type);
  if (dropped !== undefined) return { length: dropped, keep: false };
  switch (type) {
    case SET_ENCODINGS: {
      if (buffer.length < 4) return null;
      const count = buffer.readUInt16BE(2);
      if (count > MAX_ENCODINGS) throw new ProtocolError('encodings');
      const length = 4 + count * 4;
      return buffer.length < length ? null : { length, keep: true };
    }
    case CUT_TEXT:
      // A negative length is the extended clipboard's.
      return buffer.length < 8 ? null : { length: 8 + Math.abs(buffer.readInt32BE(4)), keep: false };
    case FENCE: {
      if (buffer.length < 9) return null;
      const length = 9 + (buffer[8] ?? 0);
      return buffer.length < length ? null : { length, keep: true };
    }
    case SET_DESKTOP_SIZE:
      return buffer.length < 8 ? null : { length: 8 + 16 * (buffer[6] ?? 0), keep: false };
    case QEMU:
      return qemuMessage(buffer);
    default:
      throw new ProtocolError(`message ${type}`);
  }
}

/** QEMU's own: 0 is a key (12 bytes), 1 is sound: enable and disable (4 bytes), its format (10). */
function qemuMessage(buffer: Buffer): Piece | null {
  const [, kind] = buffer;
  if (kind === undefined) return null;
  if (kind === 0) return { length: 12, keep: false };
  if (kind !== 1) throw new ProtocolError(`qemu message ${kind}`);
  if (buffer.length < 4) return null;
  return { length: buffer.readUInt16BE(2) === 2 ? 10 : 4, keep: false };
}
