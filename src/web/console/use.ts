/** Tells the cloud that somebody is there (S5): once the screen is open, then at most every two minutes while they type or point. */
import type { NodeServices } from '../../node/interface.ts';

/** Idle VMs are taken back by the minute: more often would only fill the log. */
const TELL_MS = 120_000;
/** RFC 6143, section 7.5: KeyEvent, PointerEvent; QEMU's own key event is 255 with 0. */
const KEY = 4;
const POINTER = 5;
const QEMU = 255;

export class ConsoleUse {
  readonly #node: Pick<NodeServices, 'me' | 'now' | 'submit'>;
  readonly #vmId: string;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(node: Pick<NodeServices, 'me' | 'now' | 'submit'>, vmId: string) {
    this.#node = node;
    this.#vmId = vmId;
  }

  opened(): void {
    this.#tell();
  }

  /** A message of the browser. noVNC sends each event by itself, so that the first byte says what it is. */
  message(bytes: Uint8Array): void {
    const isInput = bytes[0] === KEY || bytes[0] === POINTER || (bytes[0] === QEMU && bytes[1] === 0);
    if (isInput && this.#node.now() - this.#toldAt >= TELL_MS) this.#tell();
  }

  #tell(): void {
    const node = this.#node;
    this.#toldAt = node.now();
    node
      .submit('vm.touch', { id: this.#vmId, connected: true }, { kind: 'node', nodeId: node.me.nodeId })
      .catch(() => {}); // it has just stopped, or nobody agrees now: the next sign of use tells it
  }
}
