/**
 * One connection to libvirtd: calls are pipelined by serial number, each with its own deadline; events and keepalive
 * packets arrive in between. When anything is wrong with the stream the connection ends and every call fails: after a
 * broken packet nothing that follows can be trusted.
 */
import type { Socket } from 'bun';
import { HypervisorError } from '../errors.ts';
import { keepaliveProgram, type ProcedureName, procedure, remoteProgram } from './constants.ts';
import { encodeFrame, type Frame, FrameSplitter, messageStatus, messageType } from './frame.ts';
import { decodeWireError } from './wire-error.ts';
import { XdrReader, type XdrWriter } from './xdr.ts';

/** Far above what a node needs at once (three per VM), far below what would hurt. */
const callsMax = 4_096;
/** A screen of 3840x2160 in three bytes per pixel is 25 MB. */
const streamMax = 64 * 1024 * 1024;
/** As libvirt's own clients: a ping every 5 s, silence believed after 5 of them. */
const pingEveryMs = 5_000;
const silentAfterMs = 25_000;

interface Call {
  name: ProcedureName;
  resolve: (payload: Uint8Array) => void;
  reject: (error: Error) => void;
  timer: Timer;
  /** Set for calls whose answer is followed by a stream. */
  stream?: { parts: Uint8Array[]; length: number; answer: Uint8Array | null; ended: boolean };
}

export interface RpcHandlers {
  /** An event packet of the remote program. */
  onEvent(procedureNumber: number, payload: Uint8Array): void;
  /** Called once, when the connection has ended for whatever reason. */
  onEnd(error: HypervisorError): void;
}

export class Rpc {
  readonly #handlers: RpcHandlers;
  readonly #calls = new Map<number, Call>();
  readonly #splitter = new FrameSplitter();
  #socket: Socket<undefined> | null = null;
  #unsent: Uint8Array[] = [];
  #serial = 0;
  #ended: HypervisorError | null = null;
  #heardAt = Date.now();
  #pinger: Timer | null = null;

  private constructor(handlers: RpcHandlers) {
    this.#handlers = handlers;
  }

  /** Connects within `timeoutMs`; throws `libvirt_missing` or `libvirt_denied`. */
  static async connect(path: string, handlers: RpcHandlers, timeoutMs: number): Promise<Rpc> {
    const rpc = new Rpc(handlers);
    const attempt = Bun.connect({
      unix: path,
      socket: {
        data: (_, bytes) => rpc.#receive(bytes),
        drain: () => rpc.#flush(),
        close: () => rpc.#end(new HypervisorError('hypervisor.libvirt_gone', {})),
        error: (_, cause) => rpc.#end(new HypervisorError('hypervisor.libvirt_gone', {}, { cause })),
      },
    });
    let timer: Timer | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new HypervisorError('hypervisor.libvirt_silent', { afterMs: timeoutMs })),
        timeoutMs,
      );
    });
    try {
      rpc.#socket = await Promise.race([attempt, late]);
    } catch (cause) {
      // A connection that is made after all is not left open.
      attempt.then((socket) => socket.end()).catch(() => {});
      throw connectError(path, cause);
    } finally {
      clearTimeout(timer);
    }
    if (rpc.#ended !== null) throw rpc.#ended;
    return rpc;
  }

  /** Calls a procedure. Rejects with libvirt's error, `deadline`, or why the connection ended. */
  call(name: ProcedureName, args: XdrWriter, deadlineMs: number): Promise<XdrReader> {
    return this.#send(name, args, deadlineMs).then((payload) => new XdrReader(payload));
  }

  /** Calls a procedure that answers with a stream from libvirtd (a screenshot): its answer and all its bytes. */
  async callWithStream(name: ProcedureName, args: XdrWriter, deadlineMs: number) {
    const stream = { parts: [], length: 0, answer: null, ended: false };
    const bytes = await this.#send(name, args, deadlineMs, stream);
    return { answer: new XdrReader(stream.answer ?? new Uint8Array()), bytes };
  }

  /** Watches the peer from now on. libvirtd answers pings only after the keepalive feature was asked for. */
  keepAlive(): void {
    this.#heardAt = Date.now();
    this.#pinger ??= setInterval(() => {
      const silentMs = Date.now() - this.#heardAt;
      if (silentMs > silentAfterMs) {
        this.#end(new HypervisorError('hypervisor.libvirt_silent', { afterMs: silentMs }));
        return;
      }
      this.#sendKeepalive(keepaliveProgram.ping);
    }, pingEveryMs);
    this.#pinger.unref();
  }

  /** Ends the connection; calls under way reject with `error`. */
  close(error: HypervisorError = new HypervisorError('hypervisor.stopped', {})): void {
    this.#end(error);
  }

  #send(
    name: ProcedureName,
    args: XdrWriter,
    deadlineMs: number,
    stream?: Call['stream'],
  ): Promise<Uint8Array> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    if (this.#calls.size >= callsMax) {
      return Promise.reject(new HypervisorError('hypervisor.busy', { calls: this.#calls.size }));
    }
    const serial = this.#nextSerial();
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const timer = setTimeout(() => {
      // An answer that comes later finds no call and is dropped.
      this.#calls.delete(serial);
      reject(new HypervisorError('hypervisor.deadline', { procedure: name, afterMs: deadlineMs }));
    }, deadlineMs);
    this.#calls.set(serial, { name, resolve, reject, timer, ...(stream === undefined ? {} : { stream }) });
    this.#write(remoteFrame(procedure[name], messageType.call, serial, args.bytes()));
    return promise;
  }

  #nextSerial(): number {
    do this.#serial = (this.#serial + 1) >>> 0;
    while (this.#serial === 0 || this.#calls.has(this.#serial));
    return this.#serial;
  }

  #receive(bytes: Uint8Array): void {
    if (this.#ended !== null) return;
    this.#heardAt = Date.now();
    try {
      // The socket reuses its buffer after this call; packets may be kept for longer.
      for (const frame of this.#splitter.push(bytes.slice())) this.#dispatch(frame);
    } catch (cause) {
      this.#end(cause instanceof HypervisorError ? cause : protocolError(String(cause), cause));
    }
  }

  #dispatch(frame: Frame): void {
    if (frame.program === keepaliveProgram.id) {
      if (frame.procedure === keepaliveProgram.ping) this.#sendKeepalive(keepaliveProgram.pong);
      return;
    }
    if (frame.program !== remoteProgram.id || frame.version !== remoteProgram.version) {
      throw protocolError(`packet of program ${frame.program} version ${frame.version}`);
    }
    if (frame.type === messageType.message) {
      this.#handlers.onEvent(frame.procedure, frame.payload);
      return;
    }
    if (frame.type !== messageType.reply && frame.type !== messageType.stream) {
      throw protocolError(`packet of type ${frame.type}`);
    }
    // The answer to a call whose deadline has passed.
    const call = this.#calls.get(frame.serial);
    if (call === undefined) return;
    this.#answer(frame, call);
  }

  #answer(frame: Frame, call: Call): void {
    if (frame.procedure !== procedure[call.name]) {
      throw protocolError(`answer of procedure ${frame.procedure} to ${call.name}`);
    }
    if (frame.status === messageStatus.error) {
      const error = decodeWireError(frame.payload, call.name);
      this.#settle(frame.serial, call).reject(error);
      return;
    }
    if (call.stream !== undefined) {
      this.#answerStream(frame, call, call.stream);
      return;
    }
    if (frame.type === messageType.stream) throw protocolError(`stream after ${call.name}`);
    this.#settle(frame.serial, call).resolve(frame.payload);
  }

  /**
   * Data packets, then an empty one for the end of data; we say that we are done, libvirtd agrees. Its answer to the call comes
   * from another thread of it: before the data, among them or after their end.
   */
  #answerStream(frame: Frame, call: Call, stream: NonNullable<Call['stream']>): void {
    if (frame.type === messageType.reply) {
      stream.answer = frame.payload;
    } else if (frame.status === messageStatus.ok) {
      stream.ended = true;
    } else {
      this.#takeStream(frame, stream);
      return;
    }
    if (stream.answer === null || !stream.ended) return;
    this.#settle(frame.serial, call).resolve(Buffer.concat(stream.parts));
  }

  #takeStream(frame: Frame, stream: NonNullable<Call['stream']>): void {
    if (frame.payload.length === 0) {
      this.#write(remoteFrame(frame.procedure, messageType.stream, frame.serial, new Uint8Array()));
      return;
    }
    stream.length += frame.payload.length;
    if (stream.length > streamMax) throw protocolError(`stream of more than ${streamMax} bytes`);
    stream.parts.push(frame.payload);
  }

  #settle(serial: number, call: Call): Call {
    this.#calls.delete(serial);
    clearTimeout(call.timer);
    return call;
  }

  #sendKeepalive(kind: number): void {
    const { id, version } = keepaliveProgram;
    const { message: type } = messageType;
    this.#write({
      program: id,
      version,
      procedure: kind,
      type,
      serial: 0,
      status: messageStatus.ok,
      payload: new Uint8Array(),
    });
  }

  #write(frame: Frame): void {
    this.#unsent.push(encodeFrame(frame));
    this.#flush();
  }

  #flush(): void {
    while (this.#socket !== null && this.#ended === null) {
      const next = this.#unsent[0];
      if (next === undefined) return;
      const written = this.#socket.write(next);
      if (written < next.length) {
        // The kernel's buffer is full (or the socket is closing): `drain` goes on from here.
        this.#unsent[0] = next.subarray(Math.max(0, written));
        return;
      }
      this.#unsent.shift();
    }
  }

  #end(error: HypervisorError): void {
    if (this.#ended !== null) return;
    this.#ended = error;
    if (this.#pinger !== null) clearInterval(this.#pinger);
    this.#socket?.end();
    this.#unsent = [];
    for (const [serial, call] of [...this.#calls]) this.#settle(serial, call).reject(error);
    // During `connect` there is nobody to tell yet: `connect` itself throws.
    if (this.#socket !== null) this.#handlers.onEnd(error);
  }
}

function remoteFrame(number: number, type: number, serial: number, payload: Uint8Array): Frame {
  return {
    program: remoteProgram.id,
    version: remoteProgram.version,
    procedure: number,
    type,
    serial,
    status: messageStatus.ok,
    payload,
  };
}

function protocolError(reason: string, cause?: unknown): HypervisorError {
  return new HypervisorError('hypervisor.protocol', { reason }, { cause });
}

function connectError(socket: string, cause: unknown): HypervisorError {
  if (cause instanceof HypervisorError) return cause;
  const denied = cause instanceof Error && 'code' in cause && cause.code === 'EACCES';
  return new HypervisorError(
    denied ? 'hypervisor.libvirt_denied' : 'hypervisor.libvirt_missing',
    { socket },
    { cause },
  );
}
