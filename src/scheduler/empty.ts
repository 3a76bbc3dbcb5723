/** Emptying PCs and the cloud, and letting VMs go on afterwards. */
import { type CloudState, type HoldReason, type Node, setting, type Vm } from '../state/index.ts';
import { endedBy, type Step } from './step.ts';

/** Nodes that were out of reach for too long are lost. */
export function lostNodes(state: CloudState, now: number): Step[] {
  const limitMs = setting(state, 'node.lost_after') * 1000;
  return state.tables.node
    .all()
    .filter(
      ({ state: is, reach }) =>
        is !== 'retired' && reach.state === 'unreachable' && reach.since + limitMs <= now,
    )
    .map(({ id }) => ({ type: 'node.reach', payload: { id, state: 'lost' } }));
}

/**
 * Holds for what must be suspended now: on PCs that are emptied, and everywhere when the cloud stops.
 * @param before steps that go first: what they end needs no hold
 */
export function evictions(state: CloudState, now: number, before: readonly Step[]): Step[] {
  const gone = new Set(endedBy(before));
  const power = state.cloud?.power;
  const stops = power?.state === 'off' || (power?.state === 'stopping' && (power.deadlineAt ?? 0) <= now);
  const steps: Step[] = [];
  for (const node of state.tables.node.all()) {
    const by = stops ? 'shutdown' : whyEmpty(node, now);
    if (by === null) continue;
    for (const { id } of wanted(state, node.id))
      if (!gone.has(id)) steps.push({ type: 'vm.hold', payload: { id, by } });
  }
  return steps;
}

function whyEmpty(node: Node, now: number): Exclude<HoldReason, 'preempted'> | null {
  if (node.state !== 'draining' || node.drain === null) return null;
  // Until there are live moves, to move is to suspend here.
  return node.drain.how !== 'wait' || node.drain.deadlineAt <= now ? 'drain' : null;
}

function wanted(state: CloudState, nodeId: string): Vm[] {
  return state.tables.vm.by('compute', nodeId).filter((vm) => vm.desired === 'running' && vm.held === null);
}

/** What is empty by now, and what its hold need not keep any longer. */
export function settled(state: CloudState): Step[] {
  const { cloud, tables } = state;
  const steps: Step[] = [];
  const nodes = tables.node.all().filter((node) => node.state !== 'retired');
  const computes = (node: Node) => tables.vm.countBy('compute', node.id) > 0;
  for (const node of nodes) {
    if (node.state === 'draining' && !computes(node))
      steps.push({ type: 'node.drained', payload: { id: node.id } });
  }
  if (cloud?.power.state === 'stopping' && !nodes.some(computes))
    steps.push({ type: 'cloud.powered_off', payload: {} });
  if (cloud?.power.state !== 'on') return steps;
  for (const vm of tables.vm.by('held', 'yes')) {
    // Who gave its place away goes on when there is room (`placing.ts`).
    if (vm.held?.by !== 'preempted' && mayGoOn(state, vm))
      steps.push({ type: 'vm.release', payload: { id: vm.id } });
  }
  return steps;
}

/** A held VM goes on where it lies, so its own PC must be in service. */
function mayGoOn(state: CloudState, vm: Vm): boolean {
  const node = state.tables.node.get(vm.placement?.nodeId ?? vm.homeNodeId ?? '');
  return node?.state === 'ready' && node.reach.state === 'up';
}
