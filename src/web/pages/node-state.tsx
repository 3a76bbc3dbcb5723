/** What the list of PCs and the page of one both show: state with its cause, role, what is promised and measured, problems. */
import { limitsOf, type Node, type NodeProblem, usedOn } from '../../state/index.ts';
import { describe } from '../../texts/index.ts';
import { Meter } from '../components/bits.tsx';
import { awaySince } from '../components/health.ts';
import { Icon } from '../components/icon.tsx';
import type { MapRole } from '../components/map-layout.ts';
import type { View } from '../components/view.ts';

/** Below this nobody calls it "ago": announcements come every few seconds. */
const JUST_NOW_MS = 10_000;

function sentence(v: View, problem: NodeProblem) {
  return describe(problem.code, problem.data, v.lang);
}

function stateWords(v: View, node: Node): { tone: string; words: string } {
  const words = v.t.mesh.state;
  const labs = v.state.tables.vm.countBy('compute', node.id);
  const { state, reach, drain } = node;
  if (state === 'retired') return { tone: '', words: words.retired };
  if (reach.state === 'lost') return { tone: 'bad', words: words.lost(v.f.time(reach.since)) };
  const since = awaySince(v, node);
  if (since !== null) return { tone: 'bad', words: words.unreachable(v.f.time(since)) };
  if (state === 'joining') return { tone: 'busy', words: words.joining };
  if (state === 'drained') return { tone: 'warn', words: words.drained };
  if (state === 'draining') {
    return { tone: 'busy', words: words.draining(labs, v.f.time(drain?.deadlineAt ?? v.node.now())) };
  }
  if (v.node.peer(node.id)?.health === 'suspect') return { tone: 'warn', words: words.suspect };
  if (node.hostProblem !== null) return { tone: 'warn', words: sentence(v, node.hostProblem).message };
  return { tone: 'good', words: labs === 0 ? words.ready : words.running(labs) };
}

export function roleOf(v: View, node: Node): MapRole {
  const { masterId, voters, standbys } = v.node.quorum();
  if (node.id === masterId) return 'master';
  if (voters.includes(node.id)) return 'voter';
  return standbys.includes(node.id) ? 'standby' : 'worker';
}

export function roleWords(v: View, node: Node): string {
  return v.t.mesh.roles[roleOf(v, node)];
}

export function NodeState({ v, node }: { v: View; node: Node }) {
  const { tone, words } = stateWords(v, node);
  return (
    <p class="state">
      <i class={`dot ${tone}`} />
      <span>{words}</span>
    </p>
  );
}

/** How long ago the PC announced itself last. */
export function heardWords(v: View, node: Node): string {
  const words = v.t.mesh.facts;
  const seenMs = v.node.peer(node.id)?.seenMs ?? null;
  if (seenMs === null) return words.neverHeard;
  return seenMs < JUST_NOW_MS ? words.heardNow : words.heard(v.f.duration(seenMs));
}

/** @param brief only what runs out first, for a card among many */
export function Promised({ v, node, brief }: { v: View; node: Node; brief?: boolean }) {
  const used = usedOn(v.state, node.id);
  const limits = limitsOf(v.state, node);
  const words = v.t.nodes;
  const share = (a: number, b: number) => (b === 0 ? 0 : a / b);
  return (
    <div class="stack tight">
      <Meter
        label={words.vcpus}
        words={words.of(v.f.number(used.vcpus), v.f.number(limits.vcpus))}
        share={share(used.vcpus, limits.vcpus)}
      />
      <Meter
        label={words.ram}
        words={words.of(v.f.mib(used.ramMiB), v.f.mib(limits.ramMiB))}
        share={share(used.ramMiB, limits.ramMiB)}
      />
      <Meter
        label={words.disk}
        words={words.of(v.f.gib(used.storageGiB), v.f.gib(limits.storageGiB))}
        share={share(used.storageGiB, limits.storageGiB)}
      />
      {brief ? null : (
        <Meter
          label={words.temp}
          words={words.of(v.f.gib(used.tempGiB), v.f.gib(limits.tempGiB))}
          share={share(used.tempGiB, limits.tempGiB)}
        />
      )}
    </div>
  );
}

/** What the PC measures of its processors. A bar stands there before the first measurement too, so that nothing jumps. */
export function CpuNow({ v, node }: { v: View; node: Node }) {
  const words = v.t.mesh.facts;
  const load = v.node.peer(node.id)?.load ?? (node.id === v.node.me.nodeId ? v.node.load() : null);
  return (
    <Meter
      label={words.cpuNow}
      words={load === null ? words.notMeasured : v.f.percent(load.cpu)}
      share={load?.cpu ?? 0}
    />
  );
}

export function ProblemNotice({ v, problem, tone }: { v: View; problem: NodeProblem; tone: 'warn' | 'bad' }) {
  const { message, hint } = sentence(v, problem);
  return (
    <div class={`notice ${tone}`}>
      <Icon name="alert" />
      <div>
        <strong>{message}</strong>
        <p>{hint}</p>
        <p class="code">{v.t.words.code(problem.code)}</p>
      </div>
    </div>
  );
}
