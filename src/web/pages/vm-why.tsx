/** Why a lab is where it is, or why it waits (S16): the answer in sentences first, what was weighed folded beneath. */
import type { Candidate, Explanation } from '../../scheduler/index.ts';
import { isAdmin, type Vm, vmState } from '../../state/index.ts';
import { Head, LinkButton } from '../components/bits.tsx';
import { Claim, pointsWords, Terms } from '../components/claim.tsx';
import { Icon } from '../components/icon.tsx';
import { Page } from '../components/page.tsx';
import { queueEntry, reasonWords, shortWords } from '../components/queue-words.ts';
import { Table } from '../components/table.tsx';
import { type View, viewOf } from '../components/view.ts';
import { VmStateLine } from '../components/vm-parts.tsx';
import { isHeldDown } from '../components/vm-words.ts';
import type { WebContext } from '../env.ts';
import { needVm } from './need.ts';
import { show } from './show.ts';

/** PCs that are listed: the best, and of the others enough to see the reasons. */
const MOST_SHOWN = 50;
/** Scores differ in the third figure. */
const SCORE_DIGITS = 3;

export async function whyPage(c: WebContext): Promise<Response> {
  const v = viewOf(c);
  const vm = needVm(c);
  return show(c, <Why v={v} vm={vm} explanation={v.node.explain(vm.id)} />);
}

function Why({ v, vm, explanation }: { v: View; vm: Vm; explanation: Explanation }) {
  const words = v.t.plan.why;
  const title = titleOf(v, vm, explanation);
  return (
    <Page v={v} title={title} topics={[`vm:${vm.id}`, 'queue', 'nodes']} narrow>
      <Head title={title} back={{ href: `/vms/${vm.id}`, text: vm.name }}>
        {isAdmin(v.actor) && explanation.position !== null ? (
          <LinkButton href="/queue" icon="queue">
            {v.t.plan.queue.title}
          </LinkButton>
        ) : null}
      </Head>
      <section class="card pad stack tight" aria-label={words.answer}>
        {explanation.position === null || isHeldDown(vm) ? <VmStateLine v={v} vm={vm} /> : null}
        {answer(v, vm, explanation).map((sentence) => (
          <p>{sentence}</p>
        ))}
      </section>
      <section class="card pad stack tight" id="claim">
        <h2>{words.claim}</h2>
        <p>
          <strong class="num">{words.claimWords(pointsWords(v, explanation.priority.total))}</strong>{' '}
          <span class="soft">{words.claimHint}</span>
        </p>
        <Claim v={v} priority={explanation.priority} />
      </section>
      <Candidates v={v} candidates={explanation.candidates} />
    </Page>
  );
}

function titleOf(v: View, vm: Vm, { position }: Explanation): string {
  const words = v.t.plan.why;
  if (position !== null) return words.ofWaiting(vm.name);
  return vm.placement === null ? words.ofOther(vm.name) : words.ofRunning(vm.name);
}

/** The sentences that a student needs. */
function answer(v: View, vm: Vm, explanation: Explanation): string[] {
  return explanation.position === null
    ? placedAnswer(v, vm, explanation)
    : waitingAnswer(v, vm, explanation, explanation.position);
}

function waitingAnswer(v: View, vm: Vm, explanation: Explanation, position: number): string[] {
  const words = v.t.plan.why;
  const { expectedStart, blockedBy, preempts, notPreempting } = explanation;
  const said = [words.position(position)];
  const entry = queueEntry(v, vm.id);
  if (blockedBy !== null) said.push(blockedWords(v, blockedBy));
  else if (entry !== null) said.push(shortWords(v, entry) ?? '');
  said.push(expectedStart === null ? words.unknown : words.expected(v.f.time(expectedStart)));
  if (preempts !== null) said.push(words.preempts(nodeName(v, preempts.nodeId), preempts.vmIds.length));
  else if (notPreempting !== null) said.push(reasonWords(v, notPreempting));
  return said.filter((sentence) => sentence !== '');
}

/** Whose request goes first is told only to those who see all. */
function blockedWords(v: View, vmId: string): string {
  const name = isAdmin(v.actor) ? v.state.tables.vm.get(vmId)?.name : undefined;
  return name === undefined ? v.t.plan.why.blockedOther : v.t.plan.why.blocked(name);
}

function placedAnswer(v: View, vm: Vm, { candidates }: Explanation): string[] {
  const words = v.t.plan.why;
  const best = bestOf(candidates);
  const nodeId = vm.placement?.nodeId;
  if (nodeId === undefined || vm.desired !== 'running') {
    return [words.idle, best === null ? words.noPlace : words.wouldGo(nodeName(v, best.nodeId))];
  }
  const name = nodeName(v, nodeId);
  const said = [vmState(vm) === 'running' ? words.runsOn(name) : words.placedOn(name)];
  if (
    vm.homeNodeId !== null &&
    candidates.every((one) => one.verdict === 'dropped' || one.nodeId === nodeId)
  ) {
    said.push(words.onlyHome(name));
  } else if (best !== null) {
    said.push(best.nodeId === nodeId ? words.best(name) : words.couldMove(nodeName(v, best.nodeId)));
  }
  return said;
}

function bestOf(candidates: readonly Candidate[]): Candidate | null {
  const able = candidates.filter((one) => one.score !== null);
  return able.reduce<Candidate | null>(
    (best, one) => (best === null || (one.score ?? 0) < (best.score ?? 0) ? one : best),
    null,
  );
}

function nodeName(v: View, id: string): string {
  return v.state.tables.node.get(id)?.name ?? v.t.words.gone;
}

function Candidates({ v, candidates }: { v: View; candidates: readonly Candidate[] }) {
  const words = v.t.plan.why;
  const shown = candidates.toSorted(byScore).slice(0, MOST_SHOWN);
  return (
    <details class="card" id="candidates">
      <summary class="card-head">
        <Icon name="next" />
        <strong>{words.candidates}</strong>
      </summary>
      {candidates.length === 0 ? (
        <p class="card-foot soft">{words.noCandidates}</p>
      ) : (
        <>
          <p class="card-foot soft">
            {words.candidatesLead(candidates.length)}{' '}
            {shown.length < candidates.length ? words.shown(shown.length, candidates.length) : ''}
          </p>
          <Table heads={[words.pc, words.verdict, [words.score], words.because]}>
            {shown.map((one) => (
              <CandidateRow v={v} candidate={one} />
            ))}
          </Table>
        </>
      )}
    </details>
  );
}

const RANKS = { chosen: 0, fits: 1, dropped: 2 } as const;

function byScore(a: Candidate, b: Candidate): number {
  return RANKS[a.verdict] - RANKS[b.verdict] || (a.score ?? 0) - (b.score ?? 0);
}

const TAGS = { chosen: 'tag accent', fits: 'tag good', dropped: 'tag' } as const;

function CandidateRow({ v, candidate }: { v: View; candidate: Candidate }) {
  const words = v.t.plan.why;
  const { nodeId, verdict, dropped, score, terms } = candidate;
  return (
    <tr id={`candidate-${nodeId}`}>
      <td>
        {isAdmin(v.actor) ? <a href={`/nodes/${nodeId}`}>{nodeName(v, nodeId)}</a> : nodeName(v, nodeId)}
      </td>
      <td data-label={words.verdict}>
        <span class={TAGS[verdict]}>{words.verdicts[verdict]}</span>
      </td>
      <td data-label={words.score} class="end num">
        {score === null ? '–' : pointsWords(v, score, SCORE_DIGITS)}
      </td>
      <td data-label={words.because}>
        {dropped === null ? null : reasonWords(v, dropped)}
        {terms.length === 0 || score === null ? null : (
          <details class="more" id={`terms-${nodeId}`}>
            <summary>{words.terms}</summary>
            <Terms v={v} terms={terms} total={score} digits={SCORE_DIGITS} />
          </details>
        )}
      </td>
    </tr>
  );
}
