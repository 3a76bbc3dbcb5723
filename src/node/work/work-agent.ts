/**
 * The agent for saved work (V7, V9): saves the disks of persistent VMs here, makes disks of saved work for VMs that start here, and puts aside
 * what a PC that had been lost still has. Like the agent of VMs it looks, takes a step, and looks again; what it remembers may be lost.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isUlid, type Vm } from '../../state/index.ts';
import { problemOf } from '../agent/problem.ts';
import { SingleFlight } from '../single-flight.ts';
import { decideDisk } from './decide.ts';
import { DiskReader } from './disk-reader.ts';
import { LeftBehind } from './left-behind.ts';
import type { WorkAgentParts } from './parts.ts';
import { PendingVersions } from './pending.ts';
import { type Prepared, Restorer } from './restorer.ts';
import { Saver } from './saver.ts';
import { Saves } from './saves.ts';

const TICK_MS = 5000;

export class WorkAgent {
  readonly #parts: WorkAgentParts;
  readonly #saver: Saver;
  readonly #reader: DiskReader;
  readonly #saves: Saves;
  readonly #restorer: Restorer;
  readonly #leftBehind: LeftBehind;
  readonly #flight: SingleFlight;
  readonly #cleanups: (() => void)[] = [];

  constructor(parts: WorkAgentParts) {
    this.#parts = parts;
    this.#saver = new Saver({ ...parts, pending: new PendingVersions(parts.dataDir) });
    this.#reader = new DiskReader(parts, this.#saver);
    this.#saves = new Saves(parts, this.#reader, this.#saver, (vmId) => this.#flight.poke(vmId));
    this.#restorer = new Restorer(parts);
    this.#leftBehind = new LeftBehind(parts, this.#reader, this.#saver);
    this.#flight = new SingleFlight(
      (vmId) => this.#look(vmId),
      (vmId, error) => parts.logger.warn('a step about saved work failed', { vm: vmId, ...problemOf(error) }),
    );
  }

  start(): void {
    const { machine } = this.#parts;
    this.#cleanups.push(
      machine.onApplied(({ changes }) => {
        for (const change of changes) {
          if (change.kind === 'vm') this.#flight.poke(change.id);
          if (change.kind === 'operation' && change.after?.kind === 'vm.save')
            this.#flight.poke(change.after.target.id);
        }
      }),
    );
    const timer = setInterval(() => void this.#lookAtAll(), TICK_MS);
    this.#cleanups.push(() => clearInterval(timer));
    void this.#lookAtAll();
  }

  /** Ends what is under way; a disk that is frozen is brought together by the next start. */
  async stop(): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
    this.#restorer.stop();
    this.#saver.stop();
    await this.#saves.stop();
    await this.#flight.stop();
  }

  /** Before the VM is stopped, suspended, started or removed: a save under way ends, and its disk is one file again. */
  letGo(vmId: string): Promise<void> {
    return this.#saves.letGo(vmId);
  }

  /** Makes the VM's newest disk be here, before its start; null: it is. See `Restorer`. */
  prepare(vm: Vm, imageFile: string | null): Promise<Prepared | null> {
    return this.#restorer.prepare(vm, imageFile);
  }

  async #lookAtAll(): Promise<void> {
    const { machine, nodeId, dataDir } = this.#parts;
    const here = await readdir(join(dataDir, 'vms')).catch(() => []);
    const strays = machine.state.tables.vm
      .all()
      .filter(({ strays }) => strays.some((one) => one.nodeId === nodeId));
    const ids = [
      ...here.filter(isUlid),
      ...strays.map(({ id }) => id),
      ...machine.state.tables.vm.idsBy('node', nodeId),
    ];
    for (const id of new Set(ids)) this.#flight.poke(id);
    if (!this.#saves.isUnderWay()) await this.#saver.sweep();
  }

  async #look(vmId: string): Promise<void> {
    const { machine, hypervisor, nodeId } = this.#parts;
    const vm = machine.state.tables.vm.get(vmId);
    if (!vm || hypervisor.status().state !== 'ready' || this.#saves.isUnderWay(vmId)) return;
    const disk = await hypervisor.localDisk(vmId);
    const domain = (await hypervisor.domains()).find((one) => one.vmId === vmId && one.owner === 'ours');
    if (!vm.persistent) return this.#leftBehind.dropClean(vm, disk, domain);
    switch (decideDisk(vm, nodeId, disk)) {
      case 'use':
        // Left over from a node that fell while it read the disk.
        if (disk?.layered && domain?.state === 'running') await this.#reader.thaw(vmId);
        if (disk) await this.#saves.consider(vm, disk, domain);
        return;
      case 'keep':
        if (disk) await this.#leftBehind.keep(vm, disk, domain);
        return;
      case 'gone':
        await this.#saver.strayGone(vmId);
        return;
      case 'remove':
        await hypervisor.removeVm(vmId);
        return;
      default:
    }
  }
}
