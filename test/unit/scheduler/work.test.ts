/** V7: where a VM starts whose work is saved. At home when it fits there, else anywhere; nothing is promised twice. */
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { explain } from '../../../src/scheduler/index.ts';
import { VERSION } from '../state/world.ts';
import { BIG, nodeAt, TestCloud } from './cloud.ts';

/** PCs that all hold the image, so that a start anywhere is possible. */
function cloudOf(pcs: number): TestCloud {
  const cloud = new TestCloud(pcs);
  for (let n = 0; n < pcs; n++)
    cloud.world.ok(
      'image.version_held',
      { versionId: VERSION, held: true },
      { kind: 'node', nodeId: nodeAt(n) },
    );
  return cloud;
}

/** Stops the VM and saves its work, which every PC then holds. */
function stopAndSave(cloud: TestCloud, vmId: string, pcs: number): void {
  if (!cloud.world.do('vm.stop', { id: vmId, force: true }).ok) return;
  cloud.agents(({ id }) => id === vmId);
  const { epoch, homeNodeId } = cloud.vm(vmId);
  const versionId = cloud.world.newId();
  const facts = { manifestHash: 'd'.repeat(64), virtualBytes: 2 ** 31, storedBytes: 1, chunks: 1 };
  const saved = { id: vmId, epoch, at: cloud.now, clean: true, versionId, ...facts };
  if (!cloud.world.do('vm.saved', saved, { kind: 'node', nodeId: homeNodeId ?? '' }).ok) return;
  for (let n = 0; n < pcs; n++)
    cloud.world.do('image.version_held', { versionId, held: true }, { kind: 'node', nodeId: nodeAt(n) });
}

const start = (cloud: TestCloud, vmId: string) => cloud.world.do('vm.start', { id: vmId });

describe('a VM whose work is saved', () => {
  test('V7 starts at home while it fits there, and elsewhere when that is full or emptied', () => {
    const cloud = cloudOf(2);
    const vmId = cloud.ask({ sizeId: BIG });
    cloud.settle();
    cloud.agents();
    const home = cloud.nodeOf(vmId);
    stopAndSave(cloud, vmId, 2);
    start(cloud, vmId);
    cloud.settle();
    expect(cloud.nodeOf(vmId)).toBe(home);
    cloud.agents();
    stopAndSave(cloud, vmId, 2);
    // Another takes its place, the third finds room on the other PC.
    cloud.ask({ sizeId: BIG, pinnedNodeId: home });
    cloud.settle();
    cloud.agents();
    start(cloud, vmId);
    const waiting = explain(cloud.state, new Map(), vmId, cloud.now);
    expect(waiting.candidates.filter(({ verdict }) => verdict === 'chosen')).toHaveLength(1);
    cloud.settle();
    const other = cloud.nodeOf(vmId);
    expect(other).not.toBe(home);
    cloud.agents();
    expect(cloud.vm(vmId)).toMatchObject({ homeNodeId: other });
    stopAndSave(cloud, vmId, 2);
    cloud.world.ok('node.drain', { id: other, how: 'suspend', deadlineMs: 0 });
    start(cloud, vmId);
    cloud.settle();
    expect(cloud.nodeOf(vmId)).toBeNull(); // home is full, the other is emptied
    expect(cloud.refusals).toEqual([]);
  });

  test('V7 that is not saved waits for its home', () => {
    const cloud = cloudOf(2);
    const vmId = cloud.ask();
    cloud.settle();
    cloud.agents();
    const home = cloud.nodeOf(vmId) ?? '';
    cloud.world.ok('vm.stop', { id: vmId, force: true });
    cloud.agents();
    start(cloud, vmId);
    cloud.world.ok('node.drain', { id: home, how: 'suspend', deadlineMs: 0 });
    cloud.settle();
    expect(cloud.nodeOf(vmId)).toBeNull();
    cloud.world.ok('node.undrain', { id: home });
    cloud.settle();
    expect(cloud.nodeOf(vmId)).toBe(home);
  });

  test('S10 whatever starts, stops, is saved and emptied: no PC promises more than it has, and no place is refused', () => {
    const act = fc.tuple(
      fc.constantFrom('ask', 'big', 'stop', 'stop', 'start', 'start', 'drain', 'undrain'),
      fc.nat(30),
    );
    fc.assert(
      fc.property(fc.array(act, { minLength: 10, maxLength: 60, size: 'max' }), (acts) => {
        const cloud = cloudOf(3);
        const vms: string[] = [];
        for (const [what, n] of acts) {
          const vmId = vms[n % Math.max(1, vms.length)];
          const id = nodeAt(n % 3);
          if (what === 'ask' || what === 'big') {
            const asked = cloud.tryAsk(what === 'big' ? { sizeId: BIG } : {});
            if (asked.outcome.ok) vms.push(asked.vmId);
          } else if (what === 'stop' && vmId && cloud.vm(vmId).homeNodeId) stopAndSave(cloud, vmId, 3);
          else if (what === 'start' && vmId) start(cloud, vmId);
          else if (what === 'drain') cloud.world.do('node.drain', { id, how: 'suspend', deadlineMs: 0 });
          else if (what === 'undrain') cloud.world.do('node.undrain', { id });
          cloud.settle();
          cloud.agents();
          cloud.settle();
        }
        expect(cloud.refusals).toEqual([]);
      }),
      { numRuns: 60, includeErrorInReport: true },
    );
  }, 60_000);
});
