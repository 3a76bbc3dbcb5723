/**
 * XDR (RFC 4506) as far as libvirt uses it: big-endian, everything padded to four bytes.
 * The reader trusts nothing: every length is checked against its own bound and against what is left.
 */
import { HypervisorError } from '../errors.ts';

/** VIR_NET_MESSAGE_STRING_MAX of virnetprotocol.x. */
const stringMax = 4_194_304;
/** VIR_UUID_BUFLEN. */
const uuidBytes = 16;

export class XdrWriter {
  #buffer = new Uint8Array(256);
  #view = new DataView(this.#buffer.buffer);
  #length = 0;

  /** What was written so far; a view that the next write may replace. */
  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  int(value: number): this {
    const at = this.#reserve(4); // first: it may replace the view
    this.#view.setInt32(at, value);
    return this;
  }

  uint(value: number): this {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value);
    return this;
  }

  /** `unsigned hyper`. */
  uhyper(value: bigint): this {
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, value);
    return this;
  }

  /** Bytes of a length both sides know, e.g. a UUID. */
  fixed(bytes: Uint8Array): this {
    // Padding stays zero: a buffer starts zeroed and is only ever appended to.
    const at = this.#reserve(padded(bytes.length));
    this.#buffer.set(bytes, at);
    return this;
  }

  string(value: string): this {
    const bytes = new TextEncoder().encode(value);
    if (bytes.length > stringMax) throw malformed(`string of ${bytes.length} bytes to send`);
    // A zero byte would end the string in libvirt and hide what follows.
    if (bytes.includes(0)) throw malformed('zero byte in a string to send');
    return this.uint(bytes.length).fixed(bytes);
  }

  /** A string that may be absent (`remote_string`). */
  optionalString(value: string | null): this {
    return value === null ? this.uint(0) : this.uint(1).string(value);
  }

  #reserve(size: number): number {
    const at = this.#length;
    const needed = at + size;
    if (needed > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
      larger.set(this.#buffer);
      this.#buffer = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#length = needed;
    return at;
  }
}

export class XdrReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  int(): number {
    return this.#view.getInt32(this.#take(4));
  }

  uint(): number {
    return this.#view.getUint32(this.#take(4));
  }

  hyper(): bigint {
    return this.#view.getBigInt64(this.#take(8));
  }

  uhyper(): bigint {
    return this.#view.getBigUint64(this.#take(8));
  }

  double(): number {
    return this.#view.getFloat64(this.#take(8));
  }

  fixed(length: number): Uint8Array {
    const at = this.#take(padded(length));
    return this.#bytes.slice(at, at + length);
  }

  uuid(): Uint8Array {
    return this.fixed(uuidBytes);
  }

  string(max = stringMax): string {
    const length = this.uint();
    if (length > max) throw malformed(`string of ${length} bytes, at most ${max} may come`);
    return new TextDecoder().decode(this.fixed(length));
  }

  optional<T>(read: () => T): T | null {
    const present = this.uint();
    if (present > 1) throw malformed(`${present} where 0 or 1 belongs`);
    return present === 1 ? read() : null;
  }

  optionalString(): string | null {
    return this.optional(() => this.string());
  }

  /** A counted list; `max` is the list's limit in libvirt's protocol file. */
  array<T>(max: number, read: () => T): T[] {
    const count = this.uint();
    if (count > max) throw malformed(`list of ${count}, at most ${max} may come`);
    // No element takes less than four bytes: a lying count ends here instead of in a huge allocation.
    if (count * 4 > this.left) throw malformed(`list of ${count} in ${this.left} bytes`);
    const items: T[] = [];
    for (let index = 0; index < count; index++) items.push(read());
    return items;
  }

  /** To call when all was read: left-over bytes mean that both sides speak of different things. */
  end(): void {
    if (this.left !== 0) throw malformed(`${this.left} bytes too many`);
  }

  #take(length: number): number {
    if (length > this.left) throw malformed(`${length} bytes wanted, ${this.left} left`);
    const at = this.#at;
    this.#at += length;
    return at;
  }
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

function malformed(reason: string): HypervisorError {
  return new HypervisorError('hypervisor.protocol', { reason });
}
