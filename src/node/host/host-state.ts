/** The hypervisor's status in the words of the node's interface. */
import type { HostStatus } from '../../hypervisor/index.ts';
import type { Node, NodeProblem } from '../../state/index.ts';
import type { HostState } from '../interface.ts';

/** @param status null when this PC was told not to host */
export function hostState(status: HostStatus | null, now: number): HostState {
  if (status === null)
    return { state: 'unavailable', problem: { code: 'node.host_off', data: {} }, since: now };
  if (status.state === 'connecting') {
    return { state: 'unavailable', problem: { code: 'node.host_starting', data: {} }, since: status.sinceMs };
  }
  if (status.state === 'unavailable') {
    return { state: 'unavailable', problem: { code: status.code, data: status.data }, since: status.sinceMs };
  }
  const { accel, libvirtVersion, qemuVersion, problems } = status;
  return {
    state: 'ready',
    libvirtVersion,
    qemuVersion,
    accel: {
      chosen: accel.chosen,
      forced: accel.by === 'setting',
      kvmMs: accel.kvm?.ms ?? null,
      tcgMs: accel.tcg?.ms ?? null,
    },
    problems,
  };
}

/** What of it the log keeps: how guests run here, and why none do. */
export function hostFacts(host: HostState): { accel: Node['accel']; hostProblem: NodeProblem | null } {
  if (host.state === 'ready') return { accel: host.accel.chosen, hostProblem: null };
  return { accel: 'none', hostProblem: { code: host.problem.code, data: { ...host.problem.data } } };
}
