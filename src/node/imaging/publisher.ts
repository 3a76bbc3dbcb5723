/**
 * Makes versions of VMs' disks on this PC (I8): compares what the log wants published with what is on the disk, and closes the difference. A
 * crash at any point is healed by the next look: half a version is gone at the store's start, a whole one is only told.
 */
import type { DomainInfo, Hypervisor } from '../../hypervisor/index.ts';
import { type ImageStore, newBytesOf } from '../../images/index.ts';
import {
  type Author,
  type CloudMachine,
  type CloudState,
  type ImageVersion,
  LabmeshError,
  type Logger,
  type NodeProblem,
  type Vm,
} from '../../state/index.ts';
import { problemOf } from '../agent/problem.ts';
import { osDiskBytes } from '../agent/spec.ts';
import type { Submit } from '../door.ts';
import type { ProgressBoard } from '../progress-board.ts';
import { SingleFlight } from '../single-flight.ts';
import type { PendingVersions } from '../work/pending.ts';
import {
  isBeingPublished,
  isSameDisk,
  isWanted,
  nextNumber,
  type Publication,
  publicationOf,
} from './publication.ts';

/** The log wakes it; this heals what was missed, and tells a log again that did not listen. */
const TICK_MS = 5000;
/** What the disk was made from is fetched anew for so long before that counts as a failure (GF9): its holders may be restarting. */
const PATIENCE_MS = 5 * 60_000;

export interface PublisherParts {
  readonly nodeId: string;
  readonly machine: CloudMachine;
  readonly submit: Submit;
  readonly store: Pick<ImageStore, 'capture' | 'has' | 'isWhole' | 'manifest' | 'versions' | 'remove'>;
  readonly hypervisor: Pick<Hypervisor, 'status' | 'domains' | 'localDisk' | 'thawDisk'>;
  /** Brings a version here; null when there is nothing to bring: it is here, or nobody else has it. */
  readonly fetchImage: (versionId: string) => Promise<void> | null;
  /** Which versions this agent makes: after a crash nobody else would ask for one that the log gave up meanwhile. */
  readonly pending: PendingVersions;
  readonly board: ProgressBoard;
  readonly now: () => number;
  readonly logger: Logger;
}

export class Publisher {
  readonly #parts: PublisherParts;
  readonly #author: Author;
  readonly #flight: SingleFlight;
  readonly #sweeps: SingleFlight;
  /** What is being read, and how to stop it. */
  readonly #running = new Map<string, { versionId: string; abort: AbortController }>();
  /** Versions that are whole here and of which the log has not been told, by VM. */
  readonly #untold = new Map<string, string>();
  /** Since when a version waits for somebody who has its base. */
  readonly #waiting = new Map<string, number>();
  readonly #cleanups: (() => void)[] = [];
  #stopping = false;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
    this.#author = { kind: 'node', nodeId: parts.nodeId };
    this.#flight = new SingleFlight(
      (vmId) => this.#publish(vmId),
      (vmId, error) =>
        parts.logger.warn('a disk could not be published yet', { vm: vmId, ...problemOf(error) }),
    );
    this.#sweeps = new SingleFlight(
      () => this.#sweep(),
      (_key, error) => parts.logger.info('versions could not be swept yet', { ...problemOf(error) }),
    );
  }

  get #state(): CloudState {
    return this.#parts.machine.state;
  }

  start(): void {
    this.#cleanups.push(
      this.#parts.machine.onApplied(({ changes }) => {
        for (const change of changes) if (change.kind === 'vm') this.#look(change.id, change.after ?? null);
      }),
    );
    const timer = setInterval(() => this.#lookAtAll(), TICK_MS);
    this.#cleanups.push(() => clearInterval(timer));
    this.#lookAtAll();
  }

  /** Ends what is under way; the next start begins it anew. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
    for (const { abort } of this.#running.values()) abort.abort();
    await this.#flight.stop();
    await this.#sweeps.stop();
  }

  #lookAtAll(): void {
    const { machine, nodeId } = this.#parts;
    for (const vm of machine.state.tables.vm.by('disk', nodeId)) this.#look(vm.id, vm);
    this.#sweeps.poke('sweep');
  }

  #look(vmId: string, vm: Vm | null): void {
    const running = this.#running.get(vmId);
    if (running && vm?.publishing?.versionId !== running.versionId) running.abort.abort();
    const isHere = vm?.publishing && vm.homeNodeId === this.#parts.nodeId;
    if (isHere || this.#untold.has(vmId)) this.#flight.poke(vmId);
  }

  async #publish(vmId: string): Promise<void> {
    await this.#forgetUnwanted(vmId);
    const job = publicationOf(this.#state, this.#parts.nodeId, vmId);
    if (!job || !(await this.#isOff(job.vm))) return;
    const { versionId } = job.publishing;
    try {
      if (!this.#parts.store.isWhole(versionId)) await this.#capture(job);
      this.#untold.set(vmId, versionId);
    } catch (error) {
      // Whoever changed their mind knows; a node that stops goes on at its next start.
      if (this.#stopping || !isWanted(this.#state, vmId, versionId)) return;
      const cause = problemOf(error);
      if (!this.#isPatient(versionId, cause)) await this.#fail(job, cause);
      return;
    }
    this.#waiting.delete(versionId);
    await this.#tell(job);
    await this.#forgetUnwanted(vmId);
  }

  /** Whether the next look may find what this one did not. */
  #isPatient(versionId: string, { code }: NodeProblem): boolean {
    if (code !== 'images.no_source') return false;
    const since = this.#waiting.get(versionId) ?? this.#parts.now();
    this.#waiting.set(versionId, since);
    return this.#parts.now() - since < PATIENCE_MS;
  }

  /** What an earlier run of this node made, and nobody wants: the log is asked, for this copy of it may be old. */
  async #sweep(): Promise<void> {
    const { pending, store, submit, nodeId } = this.#parts;
    const isWantedHere = (versionId: string) => isBeingPublished(this.#state, nodeId, versionId);
    for (const versionId of await pending.list()) {
      if (isWantedHere(versionId) || [...this.#untold.values()].includes(versionId)) continue;
      const refused = store.isWhole(versionId)
        ? await submit('image.version_held', { versionId, held: true }, this.#author).then(
            () => null,
            problemOf,
          )
        : null;
      if (refused !== null && refused.code !== 'not_found') return; // asked again by the next look
      if (refused !== null && isWantedHere(versionId)) continue;
      if (refused !== null) await store.remove(versionId);
      await pending.end(versionId);
    }
  }

  /** Somebody changed their mind between the last byte and the word to the log. */
  async #forgetUnwanted(vmId: string): Promise<void> {
    const versionId = this.#untold.get(vmId);
    if (versionId === undefined || isWanted(this.#state, vmId, versionId)) return;
    const { store } = this.#parts;
    if (!this.#state.tables.version.get(versionId) && store.has(versionId)) await store.remove(versionId);
    this.#untold.delete(vmId);
  }

  /** The log says so, and so does libvirt: nobody writes to the disk. The agent of the VMs sees to that. */
  async #isOff(vm: Vm): Promise<boolean> {
    const { hypervisor } = this.#parts;
    if (vm.desired !== 'stopped' || !['stopped', 'failed'].includes(vm.observed.state)) return false;
    if (hypervisor.status().state !== 'ready') return false;
    const domain = (await hypervisor.domains()).find((one) => one.vmId === vm.id && one.owner === 'ours');
    return domain === undefined || isOff(domain);
  }

  async #capture({ vm, publishing, image, under, base }: Publication): Promise<void> {
    const { store, board, pending, now } = this.#parts;
    const { versionId, operationId } = publishing;
    const abort = new AbortController();
    this.#running.set(vm.id, { versionId, abort });
    try {
      if (base && !store.isWhole(base.id)) await this.#bringBase(base);
      await pending.begin(versionId);
      await store.capture({
        versionId,
        imageId: image.id,
        number: nextNumber(this.#state, image.id),
        author: image.edit?.userId ?? image.ownerId,
        os: image.os,
        createdAt: now(),
        overlay: await this.#diskOf(vm),
        baseVersionId: base?.id ?? null,
        form: 'image',
        virtualBytes: osDiskBytes(vm, under),
        signal: abort.signal,
        onProgress: (progress) => board.set(operationId, progress),
      });
    } finally {
      this.#running.delete(vm.id);
      board.clear(operationId);
    }
  }

  /** The newest disk of the VM, in one layer over its version. */
  async #diskOf(vm: Vm): Promise<string> {
    const { hypervisor } = this.#parts;
    await hypervisor.thawDisk(vm.id);
    const disk = await hypervisor.localDisk(vm.id);
    // One of another time was left behind when the VM went on elsewhere.
    const isNewest = disk !== null && (disk.since === 0 || disk.since === vm.homeSince);
    if (!isNewest) throw new LabmeshError('vm.no_disk', { name: vm.name });
    return disk.file;
  }

  /** A VM may run on a version that is still on its way; what it is changed from has to be here whole. */
  async #bringBase(base: ImageVersion): Promise<void> {
    await this.#parts.fetchImage(base.id);
    if (!this.#parts.store.isWhole(base.id))
      throw new LabmeshError('images.no_source', { versionId: base.id, asked: 0, code: null });
  }

  /** The version is whole here: says so, or that it is none (GF15). What the log has refused it does not want any more. */
  async #tell(job: Publication): Promise<void> {
    const { vm, publishing, image, base } = job;
    const { store, submit } = this.#parts;
    const { versionId } = publishing;
    const manifest = await store.manifest(versionId);
    const parent = base ? await store.manifest(base.id).catch(() => null) : null;
    if (image.state === 'ready' && parent !== null && isSameDisk(manifest, parent)) {
      return await this.#fail(job, { code: 'image.unchanged', data: { name: image.name } });
    }
    const info = store.versions().find((one) => one.versionId === versionId);
    if (!info) return;
    const { manifestHash, virtualBytes, storedBytes, chunks } = info;
    const facts = { manifestHash, virtualBytes, storedBytes, chunks, newBytes: newBytesOf(manifest, parent) };
    try {
      await submit('image.finish_publish', { vmId: vm.id, versionId, ...facts }, this.#author);
    } catch (error) {
      const { code } = problemOf(error);
      if (code.startsWith('log.')) throw error; // told again by the next look
      this.#parts.logger.info('the log did not take a version', { versionId, code });
    }
  }

  async #fail({ vm, publishing }: Publication, cause: NodeProblem): Promise<void> {
    this.#waiting.delete(publishing.versionId);
    this.#parts.logger.warn('a disk was not published', { vm: vm.id, ...cause });
    const { versionId } = publishing;
    await this.#parts.submit('image.fail_publish', { vmId: vm.id, versionId, cause }, this.#author);
  }
}

function isOff({ state, hasSave }: DomainInfo): boolean {
  return (state === 'off' || state === 'crashed') && !hasSave;
}
