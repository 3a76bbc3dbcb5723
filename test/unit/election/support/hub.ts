import {
  type Message,
  readMessage,
  type SnapshotPiece,
  type Transport,
} from '../../../../src/election/index.ts';

type Listener = (from: string, message: Message) => void;
type Serve = (index: number, piece: number) => Promise<SnapshotPiece | null>;

/** A network within the process: in order, without loss, until a node is cut off. Messages go through JSON, as on a wire. */
export class Hub {
  readonly cut = new Set<string>();
  readonly #listeners = new Map<string, Listener>();
  readonly #serving = new Map<string, Serve>();
  pieces = 0;

  /** Hands a message over at once, unread, as a defect would. */
  deliver(from: string, to: string, message: Message): void {
    this.#listeners.get(to)?.(from, message);
  }

  transport(nodeId: string): Transport {
    return {
      send: (to, message) => {
        if (this.cut.has(nodeId) || this.cut.has(to)) return;
        const wire = JSON.stringify(message);
        setImmediate(() => {
          const read = readMessage(JSON.parse(wire));
          if (read === null) throw new Error(`no node would send ${wire}`);
          if (!this.cut.has(nodeId)) this.#listeners.get(to)?.(nodeId, read);
        });
      },
      onMessage: (listener) => {
        this.#listeners.set(nodeId, listener);
        return () => this.#listeners.delete(nodeId);
      },
      fetchPiece: async (from, index, piece) => {
        const found = this.cut.has(from) ? null : await this.#serving.get(from)?.(index, piece);
        if (found === null || found === undefined) throw new Error('not there');
        this.pieces += 1;
        return found;
      },
      onFetchPiece: (serve) => {
        this.#serving.set(nodeId, serve);
        return () => this.#serving.delete(nodeId);
      },
    };
  }
}

/** For a node that is and stays alone. */
export function nobody(): Transport {
  return new Hub().transport('nobody');
}
