/** What the agent remembers of each VM between looks: from libvirt's events and from what it did itself. */
import type { DomainEvent } from '../../hypervisor/index.ts';
import type { NodeProblem, Vm } from '../../state/index.ts';
import type { Memory } from './decide.ts';

const BLANK: Omit<Memory, 'pcRestarted'> = {
  stopAsked: null,
  rebootAsked: null,
  rebootSeen: 0,
  lastEnd: null,
};

export class Memories {
  readonly #memories = new Map<string, Omit<Memory, 'pcRestarted'>>();
  readonly #pcRestartedAt: number | null;
  /** Why VMs were paused last, in libvirt's word. */
  readonly #ioErrors = new Map<string, string>();

  /** @param pcRestartedAt when this PC came up, if that was after the node last ran; null otherwise */
  constructor(pcRestartedAt: number | null) {
    this.#pcRestartedAt = pcRestartedAt;
  }

  of(vm: Vm): Memory {
    const pcRestarted = this.#pcRestartedAt !== null && vm.observed.since < this.#pcRestartedAt;
    return { ...(this.#memories.get(vm.id) ?? BLANK), pcRestarted };
  }

  noteStopAsked(vmId: string, at: number): void {
    const first = this.#memories.get(vmId)?.stopAsked?.first ?? at;
    this.#change(vmId, { stopAsked: { first, last: at } });
  }

  noteRebootAsked(vmId: string, seq: number, at: number): void {
    this.#change(vmId, { rebootAsked: { seq, at } });
  }

  noteRebootDone(vmId: string, seq: number): void {
    this.#change(vmId, { rebootSeen: seq });
  }

  /** The VM comes up anew: what was asked of its former run is void. */
  noteStarting(vmId: string): void {
    this.#change(vmId, { stopAsked: null, rebootAsked: null, lastEnd: null });
  }

  /** Whether the VM was paused because this PC's disk is full; null: nobody saw why. */
  isDiskFull(vmId: string): boolean | null {
    const reason = this.#ioErrors.get(vmId);
    return reason === undefined ? null : reason === 'enospc';
  }

  forget(vmId: string): void {
    this.#ioErrors.delete(vmId);
    this.#memories.delete(vmId);
  }

  /** Takes in what libvirt tells. */
  noteEvent({ vmId, event, detail }: DomainEvent): void {
    if (event === 'started') this.noteStarting(vmId);
    else if (event === 'io-error') this.#ioErrors.set(vmId, detail);
    else if (event === 'crashed') this.#change(vmId, { lastEnd: { code: 'vm.crashed', data: { detail } } });
    else if (event === 'stopped' && detail !== 'saved' && detail !== 'migrated') {
      this.#change(vmId, { lastEnd: this.#memories.get(vmId)?.lastEnd ?? endOf(detail) });
    } else if (event === 'rebooted') {
      const asked = this.#memories.get(vmId)?.rebootAsked;
      if (asked) this.#change(vmId, { rebootSeen: asked.seq });
    }
  }

  #change(vmId: string, change: Partial<Omit<Memory, 'pcRestarted'>>): void {
    this.#memories.set(vmId, { ...(this.#memories.get(vmId) ?? BLANK), ...change });
  }
}

function endOf(detail: string): NodeProblem {
  if (detail === 'shutdown') return { code: 'vm.guest_off', data: {} };
  if (detail === 'crashed' || detail === 'failed') return { code: 'vm.crashed', data: { detail } };
  return { code: 'vm.host_stopped', data: { detail } };
}
