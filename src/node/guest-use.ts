/** Tells the cloud which guests work (S5): a VM may be used by SSH or compute for hours without anybody at its screen. */
import type { VmStats } from '../hypervisor/index.ts';
import type { CloudMachine } from '../state/index.ts';
import type { Submit } from './door.ts';

/** As often as an open console tells it: idle VMs are taken back by the minute. */
const TELL_MS = 120_000;
/** Cores. An idle Linux guest takes 0.015 even where it is emulated; one that writes to its disk five times a second takes 0.2 there. */
const BUSY_CORES = 0.1;
/** Bytes a second that the guest sends: somebody who types over SSH makes it send more, an idle guest sends less than 2. */
const BUSY_SENT = 100;
const NS_PER_MS = 1e6;

export interface GuestUseParts {
  readonly nodeId: string;
  readonly machine: CloudMachine;
  readonly submit: Submit;
  /** ms that never go back. */
  readonly elapsed: () => number;
}

type Counters = Pick<VmStats, 'cpuNs' | 'netSentBytes'>;

interface Seen extends Counters {
  readonly at: number;
  readonly toldAt: number;
}

export class GuestUse {
  readonly #parts: GuestUseParts;
  #seen: ReadonlyMap<string, Seen> = new Map();

  constructor(parts: GuestUseParts) {
    this.#parts = parts;
  }

  /** Compares the counters of this PC's guests with those of the look before. */
  look(guests: ReadonlyMap<string, Counters>): void {
    const at = this.#parts.elapsed();
    const next = new Map<string, Seen>();
    for (const [vmId, { cpuNs, netSentBytes }] of guests) {
      const before = this.#seen.get(vmId);
      const toldAt = before?.toldAt ?? Number.NEGATIVE_INFINITY;
      const isDue = at - toldAt >= TELL_MS && this.#runs(vmId);
      const tells = isDue && before !== undefined && isBusy(before, { cpuNs, netSentBytes }, at - before.at);
      if (tells) this.#tell(vmId);
      next.set(vmId, { at, cpuNs, netSentBytes, toldAt: tells ? at : toldAt });
    }
    this.#seen = next;
  }

  #runs(vmId: string): boolean {
    return this.#parts.machine.state.tables.vm.get(vmId)?.observed.state === 'running';
  }

  #tell(vmId: string): void {
    const { nodeId, submit } = this.#parts;
    const author = { kind: 'node', nodeId } as const;
    submit('vm.touch', { id: vmId, connected: false }, author).catch(() => {}); // it has just stopped, or nobody agrees now
  }
}

/** Counters begin at 0 when a guest is started: what went back says nothing. */
function isBusy(before: Counters, now: Counters, ms: number): boolean {
  if (ms <= 0) return false;
  const cores = (now.cpuNs - before.cpuNs) / (ms * NS_PER_MS);
  const sent = (now.netSentBytes - before.netSentBytes) / (ms / 1000);
  return cores >= BUSY_CORES || sent >= BUSY_SENT;
}
