/** One client: the handshake, then requests, each answered when its bytes are here. Out of order where one has to wait. */
import type { NbdExport } from './export.ts';
import { type Agreed, ALLOCATION_ID, type Exports, Handshake, MAX_READ_BYTES } from './handshake.ts';
import { Outbox, type Pipe } from './outbox.ts';
import {
  blockStatusReply,
  COMMAND,
  COMMAND_FLAG,
  doneReply,
  ERRNO,
  errorReply,
  greeting,
  holeReply,
  parseRequest,
  REQUEST_BYTES,
  type Request,
  readHead,
} from './wire.ts';

/** QEMU has 16 under way; one that has more waits. */
const MAX_UNDER_WAY = 64;
/** What a client may leave unread before its further requests wait. */
const MAX_UNREAD_BYTES = 8 * 1_048_576;
/** Runs of one block status answer: 1 KiB of them. */
const MAX_EXTENTS = 128;
const HEAD_BYTES = 28;
/** Reads up to this size use one buffer again and again. */
const SCRATCH_BYTES = 1_048_576;
const scratch = Buffer.allocUnsafeSlow(HEAD_BYTES + SCRATCH_BYTES);

export interface Client extends Pipe {
  /** Stops and goes on telling of what arrives. */
  pause(): void;
  resume(): void;
  end(): void;
}

export class Connection {
  readonly #client: Client;
  readonly #outbox: Outbox;
  readonly #handshake: Handshake<NbdExport>;
  readonly #exports: Exports<NbdExport>;
  #agreed: Agreed<NbdExport> | null = null;
  #arrived: Buffer = Buffer.alloc(0);
  #underWay = 0;
  #paused = false;
  #loading = false;
  #over = false;

  constructor(client: Client, exports: Exports<NbdExport>) {
    this.#client = client;
    this.#outbox = new Outbox(client);
    this.#exports = exports;
    this.#handshake = new Handshake(exports);
    this.#outbox.send(greeting());
  }

  /** What this client reads from, once that is agreed. */
  get export(): NbdExport | null {
    return this.#agreed?.export ?? null;
  }

  take(bytes: Buffer): void {
    if (this.#over) return;
    this.#arrived = this.#arrived.length === 0 ? bytes : Buffer.concat([this.#arrived, bytes]);
    this.#work();
    // What is kept must not be the socket's own memory, which is filled again.
    if (this.#arrived.length > 0) this.#arrived = Buffer.from(this.#arrived);
  }

  drain(): void {
    this.#outbox.drain();
    this.#goOn();
  }

  /** Ends the connection from this side. */
  hangUp(): void {
    this.#end();
  }

  /** It is gone. */
  close(): void {
    this.#over = true;
    this.#outbox.clear();
  }

  #work(): void {
    while (!this.#over && !this.#loading && this.#agreed === null && this.#negotiate());
    if (this.#agreed === null) return;
    while (!this.#over && this.#arrived.length >= REQUEST_BYTES) {
      if (this.#isBusy()) {
        this.#pause();
        return;
      }
      const request = parseRequest(this.#arrived, 0);
      if (request === null) {
        this.#end();
        return;
      }
      this.#arrived = this.#arrived.subarray(REQUEST_BYTES);
      const reply = this.#answer(request, this.#agreed);
      if (reply !== null) this.#outbox.send(reply);
    }
  }

  /** One step of the handshake; false when it needs more bytes. */
  #negotiate(): boolean {
    const turn = this.#handshake.take(this.#arrived);
    if (turn.next === 'more') return false;
    if (turn.next === 'load') {
      void this.#load(turn.name);
      return false;
    }
    this.#outbox.send(turn.bytes);
    if (turn.next === 'end') {
      this.#end();
      return false;
    }
    this.#arrived = this.#arrived.subarray(turn.used);
    if (turn.next === 'agreed') this.#agreed = turn.agreed;
    return true;
  }

  async #load(name: string): Promise<void> {
    this.#loading = true;
    await this.#exports.load(name);
    this.#loading = false;
    this.#work();
  }

  /** Null when the answer follows later, or none does. */
  #answer(request: Request, agreed: Agreed<NbdExport>): Uint8Array | null {
    const { type, cookie, offset, length } = request;
    const fail = (errno: number) => errorReply(agreed.structured, cookie, errno);
    if (type === COMMAND.disconnect) {
      this.#end();
      return null;
    }
    if (type === COMMAND.flush) return doneReply(agreed.structured, cookie);
    const known = type === COMMAND.read || type === COMMAND.blockStatus || type === COMMAND.cache;
    if (!known) {
      // Data of a write would follow its request; as nothing is agreed that writes, what comes next cannot be told apart.
      this.#outbox.send(fail(ERRNO.EPERM));
      this.#end();
      return null;
    }
    if (length === 0 || offset + length > agreed.export.sizeBytes) return fail(ERRNO.EINVAL);
    if (type === COMMAND.blockStatus)
      return agreed.allocation ? status(request, agreed.export) : fail(ERRNO.EINVAL);
    if (length > MAX_READ_BYTES) return fail(ERRNO.EOVERFLOW);
    return type === COMMAND.cache ? cache(request, agreed) : this.#read(request, agreed);
  }

  #read(request: Request, agreed: Agreed<NbdExport>): Uint8Array | null {
    const { cookie, offset, length } = request;
    if (agreed.structured && agreed.export.isZero(offset, length)) return holeReply(cookie, offset, length);
    if (!agreed.export.isHere(offset, length)) {
      void this.#later(request, agreed, agreed.export.bring(offset, length));
      return null;
    }
    const reply = length <= SCRATCH_BYTES ? scratch : Buffer.allocUnsafe(HEAD_BYTES + length);
    const head = readHead(agreed.structured, cookie, offset, length);
    reply.set(head, 0);
    try {
      if (agreed.export.readNow(reply, head.length, offset, length))
        return reply.subarray(0, head.length + length);
    } catch {
      return errorReply(agreed.structured, cookie, ERRNO.EIO);
    }
    void this.#later(request, agreed, Promise.resolve());
    return null;
  }

  /** Answers a read when what it waits for has come, from a buffer of its own. */
  async #later({ cookie, offset, length }: Request, agreed: Agreed<NbdExport>, ready: Promise<void>) {
    this.#underWay++;
    try {
      await ready;
      const head = readHead(agreed.structured, cookie, offset, length);
      const reply = Buffer.allocUnsafe(head.length + length);
      reply.set(head, 0);
      await agreed.export.readLater(reply, head.length, offset, length);
      if (!this.#over) this.#outbox.send(reply);
    } catch {
      if (!this.#over) this.#outbox.send(errorReply(agreed.structured, cookie, ERRNO.EIO));
    } finally {
      this.#underWay--;
      this.#goOn();
    }
  }

  #isBusy(): boolean {
    return this.#underWay >= MAX_UNDER_WAY || this.#outbox.waiting >= MAX_UNREAD_BYTES;
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#client.pause();
  }

  #goOn(): void {
    if (this.#over || this.#isBusy()) return;
    if (this.#paused) {
      this.#paused = false;
      this.#client.resume();
    }
    this.#work();
  }

  #end(): void {
    this.#over = true;
    this.#client.end();
  }
}

function status({ flags, cookie, offset, length }: Request, served: NbdExport): Uint8Array {
  const limit = flags & COMMAND_FLAG.one ? 1 : MAX_EXTENTS;
  return blockStatusReply(cookie, ALLOCATION_ID, served.extents(offset, length, limit));
}

/** The client will read this soon: the answer does not wait for it. */
function cache({ cookie, offset, length }: Request, agreed: Agreed<NbdExport>): Uint8Array {
  const served = agreed.export;
  // A failure is told to the read that follows.
  if (!served.isHere(offset, length)) served.bring(offset, length).catch(() => {});
  return doneReply(agreed.structured, cookie);
}
