/** PCs on one switch, each with a line of its own: flows share the lines fairly, as TCP does in the long run. */
import type { VirtualTime } from './virtual-time.ts';

interface Flow {
  readonly from: number;
  readonly to: number;
  left: number;
  /** Bytes per ms. */
  rate: number;
  readonly done: () => void;
}

interface Line {
  room: number;
  flows: Set<Flow>;
}

export class SimulatedLan {
  /** Bytes that went out of each PC. */
  readonly sent: number[];
  readonly #time: VirtualTime;
  readonly #rate: number;
  readonly #flows = new Set<Flow>();
  #at = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param rate of each line and direction, bytes per ms */
  constructor(time: VirtualTime, pcs: number, rate: number) {
    this.#time = time;
    this.#rate = rate;
    this.sent = Array.from({ length: pcs }, () => 0);
  }

  /** Resolves when the last byte is there. */
  async send(from: number, to: number, bytes: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#pass();
    this.#flows.add({ from, to, left: bytes, rate: 0, done: resolve });
    this.#share();
    await promise;
    this.sent[from] = (this.sent[from] ?? 0) + bytes;
  }

  /** What went over the lines since they were last shared out. */
  #pass(): void {
    const ms = this.#time.now - this.#at;
    this.#at = this.#time.now;
    for (const flow of this.#flows) flow.left -= flow.rate * ms;
    for (const flow of this.#flows) {
      if (flow.left > 1e-6) continue;
      this.#flows.delete(flow);
      flow.done();
    }
  }

  /** Max-min fair: the tightest line is shared first, then the next with what is left. */
  #share(): void {
    const lines = new Map<string, Line>();
    const open = new Set(this.#flows);
    const lineOf = (name: string): Line => {
      const line = lines.get(name) ?? { room: this.#rate, flows: new Set<Flow>() };
      lines.set(name, line);
      return line;
    };
    for (const flow of open) {
      lineOf(`up ${flow.from}`).flows.add(flow);
      lineOf(`down ${flow.to}`).flows.add(flow);
    }
    while (open.size > 0) {
      let [tightest, least]: [Line | null, number] = [null, Number.POSITIVE_INFINITY];
      for (const line of lines.values()) {
        if (line.flows.size > 0 && line.room / line.flows.size < least)
          [tightest, least] = [line, line.room / line.flows.size];
      }
      for (const flow of [...(tightest?.flows ?? [])]) {
        flow.rate = least;
        open.delete(flow);
        for (const name of [`up ${flow.from}`, `down ${flow.to}`]) {
          lineOf(name).flows.delete(flow);
          lineOf(name).room -= least;
        }
      }
    }
    this.#wake();
  }

  #wake(): void {
    clearTimeout(this.#timer);
    const next = Math.min(...[...this.#flows].map(({ left, rate }) => left / rate));
    if (next === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => {
      this.#pass();
      this.#share();
    }, next);
  }
}
