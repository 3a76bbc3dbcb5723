/**
 * R2, V7, V9: random interleavings of work, stops, saves, starts elsewhere, losses and returns of PCs, held against a model of the disks.
 * Each write gives a disk a number that no disk had before, so that what is read tells exactly what was lost.
 */
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { decideDisk } from '../../../src/node/work/decide.ts';
import { roams, type Vm, vmState } from '../../../src/state/index.ts';
import { facts, newcomer, nodeAgent, SECOND, THIRD, token } from '../state/mesh.ts';
import {
  as,
  checkInvariants,
  lab,
  NODE,
  STUDENT,
  scheduler,
  start,
  VERSION,
  type World,
} from '../state/world.ts';

const NODES = [NODE, SECOND, THIRD];

interface Disk {
  content: number;
  since: number;
  /** A guest writes to it. */
  runs: boolean;
}

class Model {
  readonly world: World;
  readonly vmId: string;
  readonly disks = new Map<string, Disk>();
  /** What each saved version holds. */
  readonly versions = new Map<string, number>();
  /** PCs that hear and say nothing. */
  readonly cut = new Set<string>();
  writes = 0;
  /** The newest state of the one disk that counts. */
  current = 0;
  /** The newest that was confirmed as saved. */
  saved: number | null = null;
  /** What a recovery gave up: it must turn up as a copy, or be in what was saved. */
  readonly leftBehind = new Map<string, number>();

  constructor() {
    this.world = lab();
    token(this.world);
    for (const [nodeId, name] of [
      [SECOND, 'pc-2'],
      [THIRD, 'pc-3'],
    ] as const) {
      const peerId = `Peer${name.replace('-', '')}`;
      this.world.ok('node.admit', newcomer({ nodeId, name, peerId }), scheduler);
      this.world.ok('node.register', facts(name), nodeAgent(nodeId));
      this.world.ok('image.version_held', { versionId: VERSION, held: true }, nodeAgent(nodeId));
    }
    const payload = start(this.world);
    this.vmId = payload.id;
    this.world.ok('vm.create', payload, as(STUDENT));
  }

  get vm(): Vm {
    const vm = this.world.state.tables.vm.get(this.vmId);
    if (!vm) throw new Error('the VM is gone');
    return vm;
  }

  do(type: Parameters<World['do']>[0], payload: unknown, author: Parameters<World['do']>[2]): boolean {
    this.world.now += 1000;
    return this.world.do(type, payload, author).ok;
  }

  person(what: 'start' | 'stop' | 'recover'): void {
    const { vm } = this;
    const lostOn = vm.placement?.nodeId ?? vm.homeNodeId ?? '';
    const wasCurrent = roams(this.world.state, vm);
    const id = this.vmId;
    if (what === 'stop') this.do('vm.stop', { id, force: true }, as(STUDENT));
    if (what === 'start') this.do('vm.start', { id }, as(STUDENT));
    if (what !== 'recover' || !this.do('vm.recover', { id }, as(STUDENT))) return;
    expect(this.saved).not.toBeNull();
    if (!wasCurrent) this.leftBehind.set(lostOn, this.disks.get(lostOn)?.content ?? -1);
    this.current = this.saved ?? 0;
  }

  place(nodeId: string): void {
    this.do('vm.place', { id: this.vmId, nodeId, epoch: this.vm.epoch + 1 }, scheduler);
  }

  observe(nodeId: string, state: string): boolean {
    const { epoch } = this.vm;
    const seen = { id: this.vmId, epoch, state, cause: null, ip: null, restartSeq: 0 };
    return this.do('vm.observe', seen, nodeAgent(nodeId));
  }

  /** One look of a PC's agent; a cut one goes on with what it was told last, which is to let the guest run. */
  look(nodeId: string): void {
    if (this.cut.has(nodeId)) return;
    const { vm } = this;
    const disk = this.disks.get(nodeId) ?? null;
    const step = decideDisk(vm, nodeId, disk);
    if (disk?.runs && step !== 'use') {
      disk.runs = false;
      return;
    }
    if (step === 'keep' && disk) this.keep(nodeId, disk);
    if (step === 'gone' && this.do('vm.stray_gone', { id: this.vmId }, nodeAgent(nodeId))) {
      expect(this.leftBehind.get(nodeId) ?? -1).toBe(-1);
      this.leftBehind.delete(nodeId);
    }
    if (step === 'remove' && disk) this.remove(nodeId);
    if (vm.placement?.nodeId !== nodeId) return;
    if (vm.desired === 'running' && !disk?.runs) this.bringUp(nodeId);
    if (vm.desired === 'stopped' && vmState(vm) !== 'stopped') {
      if (disk) disk.runs = false;
      this.observe(nodeId, 'stopped');
    }
  }

  bringUp(nodeId: string): void {
    const { vm } = this;
    const step = decideDisk(vm, nodeId, this.disks.get(nodeId) ?? null);
    if (step === 'restore') {
      const content = this.versions.get(vm.work?.versionId ?? '');
      expect(content).toBeDefined();
      this.disks.set(nodeId, { content: content ?? -1, since: vm.homeSince, runs: false });
    } else if (step === 'fresh') {
      this.disks.set(nodeId, { content: 0, since: vm.homeSince, runs: false });
    } else if (step !== 'use') return;
    if (!this.observe(nodeId, 'starting')) return;
    const disk = this.disks.get(nodeId);
    if (!disk) throw new Error('no disk');
    disk.runs = true;
    this.observe(nodeId, 'running');
    // Nothing that counts may be lost or come back by a start, here or elsewhere.
    expect(disk.content).toBe(this.current);
  }

  write(nodeId: string): void {
    const disk = this.disks.get(nodeId);
    if (!disk?.runs) return;
    disk.content = ++this.writes;
    if (this.isCurrent(nodeId)) this.current = disk.content;
  }

  /** A save that began earlier is told now: `late` ones are of the disk as it was. */
  save(nodeId: string, epoch: number, content: number, clean: boolean): void {
    if (this.cut.has(nodeId)) return;
    const versionId = this.world.newId();
    const before = this.vm.work?.epoch ?? 0;
    const at = this.world.now;
    const payload = { id: this.vmId, epoch, at, clean, ...this.version(versionId) };
    if (!this.do('vm.saved', payload, nodeAgent(nodeId))) return;
    this.versions.set(versionId, content);
    this.saved = content;
    expect(this.vm.work?.epoch).toBeGreaterThanOrEqual(before);
    if (clean) expect(content).toBe(this.current);
  }

  version(versionId: string) {
    return { versionId, manifestHash: 'b'.repeat(64), virtualBytes: 2 ** 31, storedBytes: 9, chunks: 1 };
  }

  keep(nodeId: string, disk: Disk): void {
    const versionId = this.world.newId();
    if (!this.do('vm.recovered', { id: this.vmId, ...this.version(versionId) }, nodeAgent(nodeId))) return;
    this.versions.set(versionId, disk.content);
    expect(this.leftBehind.has(nodeId)).toBe(true);
    this.leftBehind.delete(nodeId);
    this.disks.delete(nodeId);
  }

  /** Only what is saved may be removed without a copy. */
  remove(nodeId: string): void {
    const content = this.disks.get(nodeId)?.content ?? -1;
    expect(this.leftBehind.has(nodeId)).toBe(false);
    expect([...this.versions.values()]).toContain(content);
    this.disks.delete(nodeId);
  }

  lose(nodeId: string, dies: boolean): void {
    if (this.cut.has(nodeId) || this.cut.size === NODES.length - 1) return;
    this.cut.add(nodeId);
    const disk = this.disks.get(nodeId);
    if (dies && disk) disk.runs = false;
    this.do('node.reach', { id: nodeId, state: 'unreachable' }, scheduler);
    this.do('node.reach', { id: nodeId, state: 'lost' }, scheduler);
  }

  comeBack(nodeId: string): void {
    if (!this.cut.delete(nodeId)) return;
    this.do('node.reach', { id: nodeId, state: 'up' }, scheduler);
  }

  isCurrent(nodeId: string): boolean {
    const { vm } = this;
    return vm.homeNodeId === nodeId && this.disks.get(nodeId)?.since === vm.homeSince;
  }

  check(): void {
    expect(NODES.filter((nodeId) => this.isCurrent(nodeId)).length).toBeLessThanOrEqual(1);
    // Two that run at once: only one of them may be of the newest place, and only that one is heard.
    const heard = NODES.filter((one) => this.disks.get(one)?.runs && this.isCurrent(one));
    expect(heard.length).toBeLessThanOrEqual(1);
    const { work } = this.vm;
    if (work) expect(this.versions.get(work.versionId)).toBe(this.saved ?? -1);
    // What was given up at a recovery is somewhere until its owner deletes it.
    for (const [nodeId, content] of this.leftBehind) {
      if (content >= 0) expect(this.disks.get(nodeId)).toBeDefined();
    }
    checkInvariants(this.world);
  }
}

const node = fc.constantFrom(...NODES);
/** Acts that a life is made of, each several steps in a row: without them most random walks stay in front of a closed door. */
const SCENES: readonly (readonly string[])[] = [
  ['start', 'place', 'look', 'write'],
  ['start', 'place', 'look', 'write', 'save', 'stop', 'look', 'save'],
  ['stop', 'look', 'save'],
  ['write', 'save', 'held'],
  ['lose', 'recover', 'place'],
  ['cut', 'write', 'recover'],
  ['back', 'look', 'look', 'look'],
  ['start', 'place', 'look', 'write', 'save', 'write', 'cut', 'write', 'recover'],
  ...['start', 'stop', 'recover', 'place', 'look', 'write', 'save', 'note', 'tell', 'held', 'back'].map(
    (one) => [one],
  ),
];
const scene = fc.tuple(fc.constantFrom(...SCENES), node);
/** What happens, and on which PC. */
const life = fc
  .array(scene, { minLength: 10, maxLength: 80, size: 'max' })
  .map((scenes) => scenes.flatMap(([steps, nodeId]) => steps.map((one) => [one, nodeId] as const)));

function run(steps: readonly (readonly [string, string])[]): Model {
  const model = new Model();
  /** A save whose telling is delayed. */
  let noted: { nodeId: string; epoch: number; content: number; clean: boolean } | null = null;
  for (const [what, nodeId] of steps) {
    const disk = model.disks.get(nodeId);
    const clean = disk?.runs === false;
    if (what === 'start' || what === 'stop' || what === 'recover') model.person(what);
    else if (what === 'place') model.place(nodeId);
    else if (what === 'look') model.look(nodeId);
    else if (what === 'write') model.write(nodeId);
    else if (what === 'save' && disk && model.isCurrent(nodeId))
      model.save(nodeId, model.vm.observed.epoch, disk.content, clean);
    else if (what === 'note' && disk && model.isCurrent(nodeId))
      noted = { nodeId, epoch: model.vm.observed.epoch, content: disk.content, clean };
    else if (what === 'tell' && noted) {
      // A save that is under way ends before the VM starts here: that is the agent's part.
      const late = noted;
      noted = null;
      const isSame = model.disks.get(late.nodeId)?.content === late.content || !late.clean;
      if (isSame)
        model.save(late.nodeId, late.epoch, late.content, late.clean && !model.disks.get(late.nodeId)?.runs);
    } else if (what === 'held') {
      const versionId = model.vm.work?.versionId;
      if (versionId && !model.cut.has(nodeId))
        model.do('image.version_held', { versionId, held: true }, nodeAgent(nodeId));
    } else if (what === 'lose' || what === 'cut') model.lose(nodeId, what === 'lose');
    else if (what === 'back') model.comeBack(nodeId);
    model.check();
  }
  for (const nodeId of NODES) model.comeBack(nodeId);
  for (let look = 0; look < 3; look++) for (const nodeId of NODES) model.look(nodeId);
  model.check();
  // Everybody is back: nothing that was given up is anywhere but among the copies.
  if (model.vm.recovered.length < 8) expect([...model.leftBehind.keys()]).toEqual([]);
  return model;
}

describe('saved work', () => {
  test('R2 V7 V9 one disk counts, no confirmed save is lost, nothing goes back, whatever happens in whatever order', () => {
    const seen = { moves: 0, recoveries: 0, copies: 0, saves: 0 };
    fc.assert(
      fc.property(life, (steps) => {
        const model = run(steps);
        const { vm } = model;
        if (vm.homeSince > 1) seen.moves++;
        if (vm.strays.length > 0 || vm.recovered.length > 0) seen.recoveries++;
        if (vm.recovered.length > 0) seen.copies++;
        if (vm.work) seen.saves++;
      }),
      { numRuns: 400, includeErrorInReport: true },
    );
    // A model in which nothing happens proves nothing.
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(20);
  }, 120_000);
});
