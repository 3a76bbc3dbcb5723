/** Feeds the usage history: this PC's own figures and those of its VMs, at a steady pace. */
import type { Hypervisor, VmStats } from '../hypervisor/index.ts';
import type { CloudMachine, Logger } from '../state/index.ts';
import type { Load, UsagePoint, UsageSpan } from './interface.ts';
import type { SoftChanges } from './soft-changes.ts';
import { UsageHistory } from './usage/index.ts';

/** The finest step of the history's hour is 10 s; sampling as often shows every step. */
const SAMPLE_EVERY_MS = 10_000;
/** A crash costs at most this much of a chart. */
const FLUSH_EVERY_MS = 60_000;

export interface UsageRecorderParts {
  /** Folder of the history's files. */
  readonly dir: string;
  readonly nodeId: string;
  readonly cores: number;
  readonly machine: CloudMachine;
  readonly hypervisor: Hypervisor;
  readonly load: () => Load | null;
  readonly soft: SoftChanges;
  /** Hears what was measured of the guests. */
  readonly onGuests: (guests: ReadonlyMap<string, VmStats>) => void;
  readonly logger: Logger;
}

export class UsageRecorder {
  readonly #parts: UsageRecorderParts;
  readonly #history: UsageHistory;
  readonly #cleanups: (() => void)[] = [];
  /** This PC's CPU time in ns since the node started, summed from its load: the history takes counters. */
  #cpuNs = 0;
  #lastAt: number | null = null;

  constructor(parts: UsageRecorderParts) {
    this.#parts = parts;
    this.#history = new UsageHistory({ dir: parts.dir, logger: parts.logger });
  }

  start(): void {
    const every = (ms: number, work: () => Promise<void>) => {
      const timer = setInterval(() => void work(), ms);
      this.#cleanups.push(() => clearInterval(timer));
    };
    every(SAMPLE_EVERY_MS, () => this.#sample());
    every(FLUSH_EVERY_MS, () => this.#history.flush());
    this.#cleanups.push(
      this.#parts.machine.onApplied(({ changes }) => {
        for (const change of changes)
          if (change.kind === 'vm' && !change.after) void this.#history.forget(change.id);
      }),
    );
  }

  /** Writes what was measured. */
  async stop(): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
    await this.#history.flush();
  }

  async series(subjectId: string, span: UsageSpan): Promise<readonly UsagePoint[]> {
    return await this.#history.series(subjectId, span);
  }

  async #sample(): Promise<void> {
    this.#sampleNode();
    const { hypervisor, soft, logger, machine } = this.#parts;
    if (hypervisor.status().state !== 'ready') return;
    try {
      const guests = await hypervisor.statsAll();
      this.#parts.onGuests(guests);
      for (const [vmId, stats] of guests) {
        if (!machine.state.tables.vm.get(vmId)) continue;
        this.#history.record(vmId, {
          cpuNs: stats.cpuNs,
          ramMiB: (stats.guestRamKiB ?? stats.ramKiB) / 1024,
          diskReadBytes: stats.diskReadBytes,
          diskWriteBytes: stats.diskWriteBytes,
          netRxBytes: stats.netReceivedBytes,
          netTxBytes: stats.netSentBytes,
        });
        soft.tell('vm', vmId);
      }
    } catch (error) {
      logger.warn('the use of VMs could not be measured', { error: String(error) });
    }
  }

  #sampleNode(): void {
    const load = this.#parts.load();
    if (!load) return;
    const now = performance.now();
    if (this.#lastAt !== null) this.#cpuNs += load.cpu * this.#parts.cores * (now - this.#lastAt) * 1e6;
    this.#lastAt = now;
    const none = { diskReadBytes: null, diskWriteBytes: null, netRxBytes: null, netTxBytes: null };
    this.#history.record(this.#parts.nodeId, { cpuNs: this.#cpuNs, ramMiB: load.ramUsedMiB, ...none });
  }
}
