/** Why a VM is where it is, or why a request waits (S16): every PC with its filters and its score, and whom the VM could displace. */
import { type CloudState, hosts, isRequest, type Node, Refusal, setting, type Vm } from '../state/index.ts';
import { askingFor } from './placements.ts';
import { Claims } from './priority.ts';
import { type LookAhead, lookAhead } from './queue.ts';
import { type Request, requestOf } from './request.ts';
import { Room } from './room.ts';
import { scoreTerms } from './score.ts';
import { shortOnSpot } from './shortage.ts';
import type { Candidate, Explanation, Loads, Preemption, Reason } from './views.ts';

/** For a placed VM the scores are as they would be now without itself. @throws Refusal `not_found` */
export function explain(state: CloudState, loads: Loads, vmId: string, now: number): Explanation {
  const vm = state.tables.vm.get(vmId);
  if (!vm) throw new Refusal('not_found', { kind: 'vm', id: vmId });
  const claims = new Claims(state, now);
  const request = requestOf(state, vm, claims.of(vm), now);
  const room = new Room(state, loads, now);
  const asking = askingFor(state);
  const ahead =
    isRequest(vm) && asking.some(({ id }) => id === vmId) ? lookAhead(state, loads, now, asking) : null;
  const entry = ahead?.entries.find((one) => one.vmId === vmId);
  const chosen = ahead ? chosenFor(ahead, vmId) : (vm.placement?.nodeId ?? null);
  if (!ahead) takeOut(room, vm);
  const preempts = ahead ? preemptionFor(ahead, vmId) : null;
  return {
    vmId,
    priority: claims.explain(vm),
    position: entry?.position ?? null,
    expectedStart: entry?.expectedStart ?? null,
    blockedBy: entry?.blockedBy ?? null,
    candidates: candidatesFor(state, room, request, chosen),
    preempts,
    notPreempting: ahead && !preempts && chosen === null ? whyNotPreempting(state, vm) : null,
  };
}

/** Every PC of the cloud: chosen, possible, or dropped with the reason. */
function candidatesFor(state: CloudState, room: Room, request: Request, chosen: string | null): Candidate[] {
  const nodes = state.tables.node.all().filter((node) => node.state !== 'retired');
  return nodes.map((node): Candidate => {
    const spot = room.spot(node.id);
    const dropped = spot
      ? (elsewhere(state, request, node) ?? shortOnSpot(spot, request))
      : hostsNothing(node);
    const isChosen = node.id === chosen;
    if (!spot || (dropped && !isChosen)) {
      return { nodeId: node.id, verdict: isChosen ? 'chosen' : 'dropped', dropped, score: null, terms: [] };
    }
    const terms = scoreTerms(state, room, spot, request);
    const score = terms.reduce((sum, { points }) => sum + points, 0);
    return { nodeId: node.id, verdict: isChosen ? 'chosen' : 'fits', dropped: null, score, terms };
  });
}

function elsewhere(state: CloudState, { vm, only, anywhere }: Request, node: Node): Reason | null {
  if (only === null || only === node.id || anywhere !== null) return null;
  const name = state.tables.node.get(only)?.name ?? only;
  return {
    code: vm.homeNodeId === null ? 'scheduler.pinned' : 'scheduler.lies_elsewhere',
    data: { node: name },
  };
}

function hostsNothing(node: Node): Reason {
  const reason =
    node.state !== 'ready'
      ? `node.${node.state}`
      : node.reach.state === 'up'
        ? (node.hostProblem?.code ?? 'node.ready')
        : `node.${node.reach.state}`;
  return { code: 'scheduler.hosts_nothing', data: { node: node.name, reason, hosts: hosts(node) } };
}

/** A placed VM is looked at as if it were not there yet. */
function takeOut(room: Room, vm: Vm): void {
  const spot = room.spot(vm.placement?.nodeId ?? '');
  if (!spot) return;
  spot.used[0] = (spot.used[0] ?? 0) - vm.vcpus;
  spot.used[1] = (spot.used[1] ?? 0) - vm.ramMiB;
  spot.vms -= 1;
  room.refresh(spot);
}

function chosenFor({ placing }: LookAhead, vmId: string): string | null {
  const decision = placing.decisions.find(({ request }) => request.vm.id === vmId);
  return decision?.spot.id ?? placing.claimOf(vmId)?.spot.id ?? null;
}

/** Whom it displaces now, or whom it is waiting for to be suspended. */
function preemptionFor({ placing }: LookAhead, vmId: string): Preemption | null {
  const claim = placing.claimOf(vmId);
  return claim ? { nodeId: claim.spot.id, vmIds: claim.leaving.map(({ id }) => id) } : null;
}

function whyNotPreempting(state: CloudState, vm: Vm): Reason {
  if (!setting(state, 'scheduler.preemption')) return { code: 'scheduler.preemption_off', data: {} };
  if (vm.held?.by === 'preempted') return { code: 'scheduler.gave_way_itself', data: {} };
  return { code: 'scheduler.nobody_weaker', data: {} };
}
