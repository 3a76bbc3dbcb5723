/**
 * A node for tests and previews of the web: the real CloudMachine in memory (no log, no libvirt, no disk) behind the real
 * `NodeServices`, with an agent that follows a script: what is wanted of a VM it "sees" a step later.
 */
import { monotonicFactory } from 'ulid';
import { openUnixStream } from '../../src/node/across/index.ts';
import type {
  Accepted,
  Check,
  ConsoleStream,
  CreatedToken,
  HostState,
  ImportRequest,
  Load,
  NodeIdentity,
  NodeServices,
  NodeTransfer,
  Orphan,
  Peer,
  Progress,
  Quorum,
  Retirement,
  SubmitOptions,
  TokenRequest,
  UsagePoint,
  UsageSpan,
} from '../../src/node/interface.ts';
import { loadsOf, openScheduling } from '../../src/node/scheduling.ts';
import { type Draft, plan, type SettingValues } from '../../src/scheduler/index.ts';
import {
  type Applied,
  type Author,
  authorId,
  CloudMachine,
  type CommandType,
  checkPayload,
  type Image,
  LabmeshError,
  type Payload,
  type Vm,
  type VmActual,
  wishFor,
} from '../../src/state/index.ts';
import { FakeConsole } from './fake-console.ts';
import { fakeScreen } from './fake-screen.ts';
import { FakeUploads } from './fake-uploads.ts';

export interface FakeNodeOptions {
  /** Ms between two steps of the agent; 0 (default): the agent only moves when `settle` or `step` is called. */
  readonly stepMs?: number;
  /** The clock at the start. Default: the real one. */
  readonly now?: number;
}

/** What a VM passes through on its way to what is wanted. */
const WAYS: Readonly<Record<Vm['desired'], Partial<Record<VmActual, VmActual>>>> = {
  running: {
    absent: 'fetching',
    stopped: 'fetching',
    failed: 'fetching',
    fetching: 'starting',
    starting: 'running',
    suspended: 'resuming',
    resuming: 'running',
  },
  suspended: {
    running: 'suspending',
    starting: 'suspending',
    resuming: 'suspending',
    suspending: 'suspended',
  },
  stopped: {
    running: 'stopping',
    starting: 'stopping',
    suspended: 'stopped',
    stopping: 'stopped',
    absent: 'stopped',
  },
  deleted: {
    running: 'stopping',
    stopping: 'deleted',
    stopped: 'deleted',
    suspended: 'deleted',
    failed: 'deleted',
  },
};

/** Steps of the real scheduler that the fake takes; leases and places it has its own way with. */
const EMPTYING: ReadonlySet<string> = new Set(['vm.hold', 'vm.release', 'node.drained', 'cloud.powered_off']);

const SPAN_MS: Readonly<Record<UsageSpan, number>> = {
  hour: 3_600_000,
  day: 86_400_000,
  week: 7 * 86_400_000,
  month: 30 * 86_400_000,
  year: 365 * 86_400_000,
};

type SoftChange = { kind: 'operation' | 'vm' | 'node' | 'image'; id: string };

export class FakeNode implements NodeServices {
  readonly machine = new CloudMachine();
  readonly me: NodeIdentity;
  readonly uploads = new FakeUploads(() => this.newId());
  /** What `verifyImage`, `exportImage` and `backup` were called with. */
  readonly calls: string[] = [];
  /** What the fake says where the real node would look. Tests may change these. */
  problem: HostState | null = null;
  orphanList: Orphan[] = [];
  /** What is known of other PCs, where a test wants it otherwise. */
  readonly peers = new Map<string, Partial<Peer>>();
  /** Set: it has learnt that it was retired. */
  retired: Retirement | null = null;
  /** Null: this node. */
  masterId: string | null = null;
  /** When set, the next submit fails with it, as a full disk would make it. */
  failNext: LabmeshError | null = null;
  readonly #newId = monotonicFactory();
  readonly #known = {
    machine: this.machine,
    peer: (id: string) => this.peer(id),
    now: () => this.now(),
  };
  readonly #scheduling = openScheduling(this.#known);
  readonly #soft = new Set<(what: SoftChange) => void>();
  readonly #progress = new Map<string, Progress>();
  readonly #consoles = new Map<string, FakeConsole>();
  readonly #timer: ReturnType<typeof setInterval> | null;
  readonly #offset: number;
  #index = 0;

  constructor(options: FakeNodeOptions = {}) {
    this.#offset = options.now === undefined ? 0 : options.now - Date.now();
    this.me = { nodeId: this.newId(), name: 'PC-1', version: '0.1.0', startedAt: this.now() };
    const stepMs = options.stepMs ?? 0;
    this.#timer = stepMs > 0 ? setInterval(() => this.step(), stepMs) : null;
  }

  get state() {
    return this.machine.state;
  }

  now(): number {
    return Date.now() + this.#offset;
  }

  newId(): string {
    return this.#newId();
  }

  async submit<T extends CommandType>(
    type: T,
    payload: Payload<T>,
    author: Author,
    options: SubmitOptions = {},
  ): Promise<Accepted> {
    const checked = checkPayload(type, payload);
    await Promise.resolve(); // as the log would: never in the same turn
    const failure = this.failNext;
    this.failNext = null;
    if (failure) throw failure;
    return this.apply(type, checked, author, options.key);
  }

  /** Carries a command out at once. @throws LabmeshError with the refusal */
  apply(type: CommandType, payload: unknown, author: Author, key?: string): Accepted {
    const id = this.newId();
    const command = { id, type, author, key: key ?? id, at: this.now(), payload };
    this.#index += 1;
    // Through JSON, as through the log: what does not survive that must not seem to work here.
    const outcome = this.machine.apply({
      index: this.#index,
      term: 1,
      command: JSON.parse(JSON.stringify(command)),
    });
    if (!outcome.ok) throw new LabmeshError(outcome.code, outcome.data);
    return { index: this.#index, targetId: outcome.targetId, operationId: outcome.operationId };
  }

  /** As the agent of a node (default: this one). */
  applyAsNode(type: CommandType, payload: unknown, nodeId = this.me.nodeId): Accepted {
    return this.apply(type, payload, { kind: 'node', nodeId });
  }

  async waitForApplied(): Promise<void> {}

  onApplied(listener: (applied: Applied) => void): () => void {
    return this.machine.onApplied(listener);
  }

  onReplaced(listener: () => void): () => void {
    return this.machine.onRestored(listener);
  }

  /** One step of scheduler and agent. True when something moved. */
  step(): boolean {
    let moved = this.#empty();
    for (const vm of this.state.tables.vm.all())
      moved = this.#stepPublication(vm) || this.#stepVm(vm) || moved;
    for (const operation of this.state.tables.operation.by('state', 'running')) {
      if (operation.kind === 'image.import')
        moved = this.#stepImport(operation.id, operation.target.id) || moved;
      if (operation.kind === 'image.remove') moved = this.#stepRemoval(operation.target.id) || moved;
      if (operation.kind === 'image.deploy') moved = this.#stepDeployment(operation.target.id) || moved;
    }
    if (this.#timer)
      for (const id of this.state.tables.vm.idsBy('state', 'running').slice(0, 50)) this.tellSoft('vm', id);
    if (this.#timer) this.tellSoft('node', this.me.nodeId);
    return moved;
  }

  #stepPublication(vm: Vm): boolean {
    if (!vm.publishing || vm.observed.state !== 'stopped') return false;
    const { versionId } = vm.publishing;
    const facts = { manifestHash: '6'.repeat(64), virtualBytes: 2 * 2 ** 30, storedBytes: 800_000_000 };
    const publication = { vmId: vm.id, versionId, ...facts, newBytes: 120_000_000, chunks: 512 };
    this.applyAsNode('image.finish_publish', publication, vm.homeNodeId ?? '');
    return true;
  }

  /** What the scheduler does to PCs and a cloud that are being emptied, and afterwards. */
  #empty(): boolean {
    const scheduler: Author = { kind: 'scheduler', nodeId: this.me.nodeId };
    const steps = plan(this.state, loadsOf(this.#known), this.now()).filter(({ type }) => EMPTYING.has(type));
    for (const { type, payload } of steps) this.apply(type, payload, scheduler);
    return steps.length > 0;
  }

  /** Steps until nothing moves. */
  settle(): void {
    for (let n = 0; n < 100 && this.step(); n++);
  }

  tellSoft(kind: SoftChange['kind'], id: string): void {
    for (const listener of this.#soft) listener({ kind, id });
  }

  onSoftChange(listener: (what: SoftChange) => void): () => void {
    this.#soft.add(listener);
    return () => this.#soft.delete(listener);
  }

  /** What a check of an image finds. */
  verified: { checked: number; damaged: readonly number[]; repaired: readonly number[] } = {
    checked: 512,
    damaged: [],
    repaired: [],
  };
  /** What the PCs are fetching. */
  readonly fetching: NodeTransfer[] = [];

  transfers(): readonly NodeTransfer[] {
    return this.fetching;
  }

  peer(nodeId: string): Peer | null {
    if (!this.state.tables.node.get(nodeId)) return null;
    const { version } = this.me;
    const known = this.peers.get(nodeId);
    return {
      seenMs: 0,
      health: 'alive',
      load: null,
      userPresent: false,
      versionIds: [],
      links: [],
      version,
      ...known,
    };
  }

  queue() {
    return this.#scheduling.queue();
  }

  explain(vmId: string) {
    return this.#scheduling.explain(vmId);
  }

  forecast(draft: Draft) {
    return this.#scheduling.forecast(draft);
  }

  dryRun(values: SettingValues) {
    return this.#scheduling.dryRun(values);
  }

  async createToken(request: TokenRequest, author: Author): Promise<CreatedToken> {
    const id = this.newId();
    await this.submit('token.create', { ...request, id, verifier: 'a'.repeat(64) }, author);
    const made = this.state.tables.token.get(id);
    return { id, token: 'LM1-FAKE', expiresAt: made?.expiresAt ?? 0, uses: made?.maxUses ?? 0 };
  }

  async makeMaster(nodeId: string): Promise<void> {
    if (!this.quorum().voters.includes(nodeId)) throw new LabmeshError('log.change_refused', {});
    this.calls.push(`master ${nodeId}`);
    this.masterId = nodeId;
  }

  async recover(): Promise<void> {
    this.calls.push('recover');
  }

  retirement(): Retirement | null {
    return this.retired;
  }

  quorum(): Quorum {
    const { nodeId, startedAt } = this.me;
    const others = this.state.tables.node
      .all()
      .filter(({ id, state }) => id !== nodeId && state !== 'retired');
    // As the real one does in the end: who is promoted votes, the first of the rest stands by.
    const promoted = others.filter(({ vote }) => vote === 'always').map(({ id }) => id);
    const learners = others.map(({ id }) => id).filter((id) => !promoted.includes(id));
    const voters = [nodeId, ...promoted];
    const standbys = others.filter(({ id, vote }) => learners.includes(id) && vote === 'auto').slice(0, 1);
    return {
      term: 3,
      masterId: this.masterId ?? nodeId,
      masterSince: startedAt,
      learners,
      standbys: standbys.map(({ id }) => id),
      voters,
      alive: voters,
      mayFail: Math.floor((voters.length - 1) / 2),
      warnings: [],
    };
  }

  host(): HostState {
    return (
      this.problem ?? {
        state: 'ready',
        libvirtVersion: '9.0.0',
        qemuVersion: '7.2.22',
        accel: { chosen: 'tcg', forced: false, kvmMs: 3800, tcgMs: 170 },
        problems: [],
      }
    );
  }

  load(): Load {
    const at = this.now();
    const wave = (Math.sin(at / 20_000) + 1) / 2;
    return {
      at,
      cpu: 0.2 + wave * 0.5,
      ramUsedMiB: 5200 + wave * 2000,
      ramTotalMiB: 16_384,
      diskFreeGiB: 180,
      diskTotalGiB: 256,
    };
  }

  async doctor(): Promise<readonly Check[]> {
    return [
      {
        id: 'libvirt',
        status: 'ok',
        code: 'doctor.libvirt',
        data: { libvirtVersion: '9.0.0', qemuVersion: '7.2.22' },
      },
      {
        id: 'accel',
        status: 'warning',
        code: 'doctor.accel_tcg',
        data: { forced: false, kvmMs: 3800, tcgMs: 170 },
      },
      { id: 'disk', status: 'ok', code: 'doctor.disk', data: { freeGiB: 180, totalGiB: 256 } },
    ];
  }

  async orphans(): Promise<readonly Orphan[]> {
    return this.orphanList;
  }

  async removeOrphan(uuid: string): Promise<void> {
    const found = this.orphanList.find((one) => one.uuid === uuid);
    if (!found) throw new LabmeshError('not_found', { kind: 'orphan', id: uuid });
    if (found.owner !== 'ours') throw new LabmeshError('node.orphan_foreign', { name: found.name });
    this.orphanList = this.orphanList.filter((one) => one !== found);
  }

  progress(operationId: string): Progress | null {
    return this.#progress.get(operationId) ?? null;
  }

  async openConsole(vmId: string): Promise<ConsoleStream> {
    const vm = this.state.tables.vm.get(vmId);
    if (vm?.observed.state !== 'running') throw new LabmeshError('vm.no_console', { name: vm?.name ?? vmId });
    return openUnixStream((await this.console(vmId)).path);
  }

  /** The fake VNC server of a VM, started at its first use. */
  async console(vmId: string): Promise<FakeConsole> {
    const known = this.#consoles.get(vmId) ?? FakeConsole.listen(vmId);
    this.#consoles.set(vmId, known);
    return known;
  }

  async serialLog(vmId: string, maxBytes: number): Promise<{ text: string; totalBytes: number }> {
    const name = this.state.tables.vm.get(vmId)?.name ?? vmId;
    const lines = Array.from(
      { length: 60 },
      (_, n) => `[${(n * 0.043).toFixed(6).padStart(12)}] ${name}: boot step ${n}`,
    );
    const text = `${lines.join('\n')}\n${name} login: `;
    return { text: text.slice(-maxBytes), totalBytes: text.length };
  }

  async screenshot(vmId: string): Promise<Uint8Array | null> {
    return this.state.tables.vm.get(vmId)?.observed.state === 'running' ? fakeScreen(vmId) : null;
  }

  async usage(subjectId: string, span: UsageSpan): Promise<readonly UsagePoint[]> {
    const phase = subjectId.charCodeAt(subjectId.length - 1);
    const end = this.now();
    return Array.from({ length: 120 }, (_, n) => {
      const t = Math.round(end - SPAN_MS[span] * (1 - n / 119));
      const wave = (Math.sin(n / 9 + phase) + 1) / 2;
      if (n > 20 && n < 26) {
        const nothing = { cpu: null, ramMiB: null, diskReadBytes: null, diskWriteBytes: null };
        return { t, ...nothing, netRxBytes: null, netTxBytes: null };
      }
      return {
        t,
        cpu: wave * 0.9,
        ramMiB: 300 + wave * 200,
        diskReadBytes: wave * 2e6,
        diskWriteBytes: (1 - wave) * 1e6,
        netRxBytes: wave * 3e5,
        netTxBytes: wave * 1e5,
      };
    });
  }

  async importImage(request: ImportRequest, author: Author): Promise<Accepted> {
    const { name, os, shared, source } = request;
    const owner = author.kind === 'user' ? authorId(author) : null;
    const uploadId = 'uploadId' in source ? source.uploadId : null;
    if (uploadId !== null) this.uploads.needFinished(uploadId, owner);
    this.calls.push(`import ${name}`);
    const accepted = await this.submit(
      'image.begin_import',
      { id: this.newId(), name, os, shared, nodeId: this.me.nodeId },
      author,
    );
    // As in the real node: a refused name leaves the upload for another try.
    if (uploadId !== null) this.uploads.take(uploadId, owner);
    return accepted;
  }

  async verifyImage(imageId: string) {
    this.calls.push(`verify ${imageId}`);
    return this.verified;
  }

  async exportImage(imageId: string, path: string): Promise<void> {
    this.calls.push(`export ${imageId} ${path}`);
  }

  async backup(path: string): Promise<void> {
    this.calls.push(`backup ${path}`);
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    for (const one of this.#consoles.values()) one.stop();
  }

  #stepVm(vm: Vm): boolean {
    if (vm.desired === 'running' && vm.placement === null) return this.#place(vm);
    if (vm.placement === null) return false;
    const { epoch, nodeId } = vm.placement;
    const { observed } = vm;
    const restarted = vm.desired === 'running' && observed.restartSeq < vm.restart.seq;
    const state = restarted && observed.state === 'running' ? 'running' : WAYS[wishFor(vm)][observed.state];
    if (!state) return false;
    const ip = state === 'running' ? '10.77.1.23' : null;
    const restartSeq = state === 'running' ? vm.restart.seq : observed.restartSeq;
    this.applyAsNode('vm.observe', { id: vm.id, epoch, state, cause: null, ip, restartSeq }, nodeId);
    return true;
  }

  #place(vm: Vm): boolean {
    for (const node of this.state.tables.node.all()) {
      if (vm.homeNodeId !== null && vm.homeNodeId !== node.id) continue;
      const scheduler: Author = { kind: 'scheduler', nodeId: this.me.nodeId };
      try {
        this.apply('vm.place', { id: vm.id, nodeId: node.id, epoch: vm.epoch + 1 }, scheduler);
        return true;
      } catch {
        // no room on this one: it waits
      }
    }
    return false;
  }

  #stepImport(operationId: string, imageId: string): boolean {
    const image = this.state.tables.image.get(imageId);
    if (image?.importNodeId !== this.me.nodeId) return false;
    const total = 2 * 2 ** 30;
    const done = Math.min(total, (this.#progress.get(operationId)?.done ?? 0) + total / 4);
    const etaMs = (total - done) / 200e3;
    this.#progress.set(operationId, { phase: 'converting', done, total, unit: 'bytes', rate: 200e6, etaMs });
    this.tellSoft('operation', operationId);
    if (done === total) this.finishImport(image);
    return true;
  }

  /** Ends an import well. */
  finishImport(image: Pick<Image, 'id'>): void {
    this.applyAsNode('image.finish_import', {
      id: image.id,
      versionId: this.newId(),
      manifestHash: 'a'.repeat(64),
      kind: 'disk',
      virtualBytes: 2 * 2 ** 30,
      storedBytes: 734_003_200,
      chunks: 512,
    });
  }

  /** The plan's orders for images, and PCs that obey them. */
  #stepDeployment(imageId: string): boolean {
    const orders = plan(this.state, new Map(), this.now()).filter(({ type }) => type.startsWith('image.'));
    for (const { type, payload } of orders)
      this.apply(type, payload, { kind: 'scheduler', nodeId: this.me.nodeId });
    let moved = orders.length > 0;
    for (const { id, wantedOn, nodeIds, leavingOn } of this.state.tables.version.by('image', imageId)) {
      for (const nodeId of wantedOn.filter((one) => !nodeIds.includes(one))) {
        this.applyAsNode('image.version_held', { versionId: id, held: true }, nodeId);
        moved = true;
      }
      for (const nodeId of leavingOn) {
        this.applyAsNode('image.release', { versionId: id }, nodeId);
        this.applyAsNode('image.dropped', { id: imageId, versionId: id }, nodeId);
        moved = true;
      }
    }
    return moved;
  }

  #stepRemoval(imageId: string): boolean {
    const version = this.state.tables.version.by('image', imageId)[0];
    if (!version) return false;
    for (const nodeId of version.nodeIds) {
      this.applyAsNode('image.dropped', { id: imageId, versionId: version.id }, nodeId);
    }
    return true;
  }
}
