/** Clouds with many requests that wait, for measuring: no day goes by in them. */
import { type CloudMachine, defaultSizes, newVm, type Vm } from '../../../src/state/index.ts';
import { idOf } from '../../../test/sim/schedule/ids.ts';
import { IMAGE, openPark, pcId, studentId, VERSION } from '../../../test/sim/schedule/park.ts';
import { Random } from '../../../test/sim/support/random.ts';

/** So that 10,000 requests fit into 100 PCs, and all sizes of cloud are measured with the same PCs and the same requests. */
const PC = { cores: 512, ramMiB: 2_097_152, storageGiB: 65_536, tempGiB: 65_536 };
const NOW = Date.UTC(2027, 2, 1, 9);
/** People, so that shares of use are something to reckon with. */
const STUDENTS = 2_000;
/** What would hold a measurement back: how many may wait, and how many may start on one PC at once. */
const UNBOUND = {
  'queue.max_length': 1_000_000,
  'scheduler.starts_per_node': 1_000,
  'quota.student_vms': 1_000,
  'quota.student_running': 1_000,
  'quota.student_vcpus': 10_000,
  'quota.student_ram': 10_000,
  'quota.student_disk': 100_000,
} as const;

export const now = NOW;

/** A cloud of `pcs` PCs that holds nothing yet. */
export function idleCloud(pcs: number): CloudMachine {
  // Several sizes of PC, so that no two scores are equal for long.
  const kinds = [1, 0.75, 0.5].map((part, n) => ({
    count: Math.max(1, Math.floor((pcs + 2 - n) / 3)),
    cores: PC.cores * part,
    ramMiB: PC.ramMiB * part,
    storageGiB: PC.storageGiB * part,
    tempGiB: PC.tempGiB * part,
  }));
  const courses = Array.from({ length: STUDENTS / 50 }, (_, n) => ({ students: 50, first: n * 50 }));
  return openPark({ pcs: kinds, students: STUDENTS, courses, settings: UNBOUND, now: NOW });
}

/**
 * The same with `running` VMs that run, spread evenly, and `waiting` that wait: all sizes, three in four interactive and the rest batch,
 * in the order in which they came.
 */
export function busyCloud(pcs: number, running: number, waiting: number): CloudMachine {
  const machine = idleCloud(pcs);
  const random = new Random(pcs);
  const nodes = machine.state.tables.node.size;
  const records = [...machine.snapshot()].filter(({ kind }) => kind !== 'recent');
  const vms = Array.from({ length: running + waiting }, (_, n) => {
    const place = n < running ? pcId(n % nodes) : null;
    return { kind: 'vm', entity: vm(n, random, place) };
  });
  machine.restore([...records, ...vms]);
  return machine;
}

function vm(n: number, random: Random, nodeId: string | null): Vm {
  const sizeAt = random.below(defaultSizes.length);
  const size = defaultSizes[sizeAt];
  if (!size) throw new Error('no size');
  const { vcpus, ramMiB, osDiskGiB, dataDiskGiB } = size;
  const since = NOW - 3_600_000 + n;
  const epoch = nodeId === null ? 0 : 1;
  const state = nodeId === null ? 'absent' : 'running';
  return {
    ...newVm,
    id: idOf('vm', n),
    name: `vm ${n}`,
    ownerId: studentId(random.below(STUDENTS)),
    courseId: null,
    imageId: IMAGE,
    versionId: VERSION,
    sizeId: idOf('size', sizeAt),
    vcpus,
    ramMiB,
    osDiskGiB,
    dataDiskGiB,
    persistent: true,
    sshKeys: [],
    desired: 'running',
    force: false,
    restart: { seq: 0, force: false },
    pinnedNodeId: null,
    homeNodeId: nodeId,
    epoch,
    placement: nodeId === null ? null : { nodeId, epoch, compute: true },
    observed: { epoch, state, cause: null, since, ip: null, restartSeq: 0 },
    leaseHours: 2,
    leaseEndsAt: nodeId === null ? null : NOW + 3_600_000,
    createdAt: since,
    queuedAt: since,
    connectedAt: nodeId === null ? null : since,
    kind: random.chance(0.25) ? 'batch' : 'interactive',
  };
}
