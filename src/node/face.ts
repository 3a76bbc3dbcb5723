/** What pages and API see of this node: its services under the names of `interface.ts`. */
import { type LocalParts, openAcross, serveAcross } from './across/index.ts';
import type { Membership } from './cluster/member.ts';
import type { CloudLog } from './cluster/open-log.ts';
import { quorumOf } from './cluster/quorum.ts';
import { diagnose } from './doctor/diagnose.ts';
import { GuestWindows } from './guest-windows.ts';
import type { Host } from './host/open-host.ts';
import { deployProgress } from './imaging/deploy-progress.ts';
import { openImageDoor } from './imaging/image-door.ts';
import type { Imaging } from './imaging/open-imaging.ts';
import { ownedUploads } from './imaging/owned-uploads.ts';
import type { Load, NodeServices } from './interface.ts';
import { findOrphans, removeOrphan } from './orphans.ts';
import type { NodeParts } from './parts.ts';
import { openScheduling } from './scheduling.ts';
import type { UsageRecorder } from './usage-recorder.ts';

export interface FaceParts extends NodeParts {
  readonly log: CloudLog;
  readonly imaging: Imaging;
  readonly host: Host;
  readonly load: () => Load | null;
  readonly usage: UsageRecorder;
  readonly member: Membership;
}

export function openFace(parts: FaceParts): NodeServices {
  const { options, nodeId, machine, submit, soft, newId, now, logger, imaging, load, usage, member } = parts;
  const { agreement, mesh, bulk } = parts.log.cluster;
  const { me, hypervisor, state: host } = parts.host;
  const { store, board } = imaging;
  const { state } = machine;

  const uploads = ownedUploads(store);
  const imageDoor = openImageDoor({
    nodeId,
    state,
    store,
    uploads,
    agent: imaging.agent,
    submit,
    mend: (versionId) => imaging.repairs.mend(versionId),
    newId,
  });
  const windows = new GuestWindows(state, hypervisor, now, logger);
  const local: LocalParts = {
    nodeId,
    state,
    openConsole: (vmId) => windows.openConsole(vmId),
    serialLog: (vmId, maxBytes) => windows.serialLog(vmId, maxBytes),
    screenshot: (vmId) => windows.screenshot(vmId),
    usage: (subjectId, span) => usage.series(subjectId, span),
    uploads,
    importImage: imageDoor.importImage,
  };
  serveAcross(bulk, local);
  const waitForApplied = (index: number, timeoutMs: number) => agreement.waitForApplied(index, timeoutMs);
  const quorum = () => quorumOf(agreement.status(), (id) => mesh.detector.health(id));
  return {
    me: { nodeId, name: me.name, version: options.version, startedAt: now() },
    state,
    submit,
    waitForApplied,
    onApplied: (listener) => machine.onApplied(listener),
    onReplaced: (listener) => machine.onRestored(listener),
    newId,
    now,
    quorum,
    retirement: parts.log.retirement,
    peer: member.peer,
    transfers: member.transfers,
    createToken: member.createToken,
    makeMaster: member.makeMaster,
    recover: member.recover,
    ...openScheduling({ machine, peer: member.peer, now }),
    host,
    load,
    doctor: () =>
      diagnose({
        dataDir: options.dataDir,
        nodeId,
        state,
        store,
        hypervisor,
        damagedVersions: imaging.damagedVersions,
        host,
        load,
        quorum,
        // The PC's own clock: the node's never goes back, and would hide what is to be found.
        now: Date.now,
      }),
    orphans: () => findOrphans(hypervisor, state, nodeId),
    removeOrphan: (uuid) => removeOrphan(hypervisor, state, nodeId, uuid),
    progress: (operationId) => board.get(operationId) ?? deployProgress(state, operationId, now()),
    onSoftChange: (listener) => soft.on(listener),
    ...imageDoor,
    ...openAcross({ local, link: bulk, waitForApplied }),
    backup: async (path) => {
      await agreement.backup(path);
    },
  };
}
