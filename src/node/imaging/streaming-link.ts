/** The node's end of the line to the serving process: orders out, notices in. */
import type { Socket } from 'bun';
import { CONTROL_PROTOCOL, Lines, line, type Notice, noticeSchema, type Order } from '../../images/index.ts';
import type { Logger } from '../../state/index.ts';

/** The process says hello at once; one that does not is none, or stopped. */
const HELLO_MS = 5000;

export interface LinkParts {
  readonly control: string;
  readonly onNotice: (notice: Notice) => void;
  /** The line is gone, and with it the process most likely. Called once, and only after `open` resolved. */
  readonly onEnd: () => void;
  readonly logger: Logger;
}

export type Hello = Extract<Notice, { tell: 'hello' }>;

export class ServingLink {
  readonly hello: Hello;
  readonly #socket: Socket<undefined>;
  /** What the socket did not take at once. */
  #kept: Uint8Array[] = [];

  private constructor(socket: Socket<undefined>, hello: Hello) {
    this.#socket = socket;
    this.hello = hello;
  }

  /** Null when nobody listens there, or nobody who speaks our way. */
  static async open({ control, onNotice, onEnd, logger }: LinkParts): Promise<ServingLink | null> {
    const greeted = Promise.withResolvers<Hello | null>();
    const lines = new Lines(noticeSchema);
    let link: ServingLink | null = null;
    const early: Notice[] = [];
    const timer = setTimeout(() => greeted.resolve(null), HELLO_MS);
    const socket = await Bun.connect<undefined>({
      unix: control,
      socket: {
        data: (socket, bytes) => {
          try {
            for (const notice of lines.take(bytes)) {
              if (notice.tell === 'hello') greeted.resolve(notice);
              else if (link) onNotice(notice);
              else early.push(notice);
            }
          } catch (error) {
            logger.warn('the serving process said what is no notice', { error: String(error) });
            greeted.resolve(null);
            socket.terminate();
          }
        },
        drain: () => link?.drain(),
        close: () => {
          greeted.resolve(null);
          if (link) onEnd();
        },
        error: () => greeted.resolve(null),
      },
    }).catch(() => null);
    const hello = socket === null ? null : await greeted.promise;
    clearTimeout(timer);
    if (socket === null || hello === null) {
      socket?.terminate();
      return null;
    }
    link = new ServingLink(socket, hello);
    for (const notice of early.splice(0)) onNotice(notice);
    return link;
  }

  /** Whether both sides mean the same by what they say. */
  get isUnderstood(): boolean {
    return this.hello.protocol === CONTROL_PROTOCOL;
  }

  tell(order: Order): void {
    this.#kept.push(Buffer.from(line(order)));
    if (this.#kept.length === 1) this.drain();
  }

  drain(): void {
    for (let first = this.#kept[0]; first !== undefined; first = this.#kept[0]) {
      const taken = this.#socket.write(first);
      if (taken < 0) return;
      if (taken < first.length) {
        this.#kept[0] = first.subarray(taken);
        return;
      }
      this.#kept.shift();
    }
  }

  close(): void {
    this.#socket.terminate();
  }
}
