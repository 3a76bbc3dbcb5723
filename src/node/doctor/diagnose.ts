/** Gathers what the doctor's checks need from the running services. */
import type { Hypervisor } from '../../hypervisor/index.ts';
import type { ImageStore } from '../../images/index.ts';
import type { CloudState } from '../../state/index.ts';
import type { Check, HostState, Load, Quorum } from '../interface.ts';
import { findOrphans } from '../orphans.ts';
import { examine } from './checks.ts';

export interface Patient {
  readonly dataDir: string;
  readonly nodeId: string;
  readonly state: CloudState;
  readonly store: ImageStore;
  readonly hypervisor: Hypervisor;
  /** Versions that the image store could not read at start. */
  readonly damagedVersions: readonly string[];
  readonly host: () => HostState;
  readonly load: () => Load | null;
  readonly quorum: () => Quorum;
  readonly now: () => number;
}

export async function diagnose(patient: Patient): Promise<readonly Check[]> {
  const { state, store, nodeId, hypervisor } = patient;
  const here = store.versions().map((version) => version.versionId);
  const expected = state.tables.version.all().filter((version) => version.nodeIds.includes(nodeId));
  const orphans = await findOrphans(hypervisor, state, nodeId).catch(() => []);
  return await examine({
    dataDir: patient.dataDir,
    host: patient.host(),
    load: patient.load(),
    quorum: patient.quorum(),
    stateNow: state.now,
    now: patient.now(),
    strayVersions: here.filter((id) => !state.tables.version.get(id)),
    missingVersions: expected.map((version) => version.id).filter((id) => !store.isWhole(id)),
    damagedVersions: patient.damagedVersions,
    orphans: orphans.length,
  });
}
