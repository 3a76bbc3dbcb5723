/** What the list of PCs and the page of one both show: state, role, what is promised, problems. */
import { limitsOf, type Node, type NodeProblem, usedOn } from '../../state/index.ts';
import { describe } from '../../texts/index.ts';
import { Meter } from '../components/bits.tsx';
import { Icon } from '../components/icon.tsx';
import type { View } from '../components/view.ts';

function sentence(v: View, problem: NodeProblem) {
  return describe(problem.code, problem.data, v.lang);
}

function stateWords(v: View, node: Node): { tone: string; words: string } {
  const words = v.t.nodes;
  if (node.hostProblem !== null) return { tone: 'warn', words: sentence(v, node.hostProblem).message };
  if (node.state !== 'ready') return { tone: 'warn', words: words[node.state] };
  const labs = v.state.tables.vm.countBy('compute', node.id);
  return { tone: 'good', words: labs === 0 ? words.ready : `${words.running}: ${v.f.number(labs)}` };
}

export function roleWords(v: View, node: Node): string {
  const { masterId, voters } = v.node.quorum();
  const role = node.id === masterId ? 'master' : voters.includes(node.id) ? 'voter' : 'worker';
  return v.t.nodes.roles[role];
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

export function Promised({ v, node }: { v: View; node: Node }) {
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
      <Meter
        label={words.temp}
        words={words.of(v.f.gib(used.tempGiB), v.f.gib(limits.tempGiB))}
        share={share(used.tempGiB, limits.tempGiB)}
      />
    </div>
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
