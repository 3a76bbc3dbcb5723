/** One PC: what it promises and has left, its labs, what is wrong and its mend. */
import { Hono } from 'hono';
import type { Check, HostState, Orphan, UsagePoint, UsageSpan } from '../../node/interface.ts';
import { type Node, vmState } from '../../state/index.ts';
import { Csrf, Field, Head, Meter, Refused, Time } from '../components/bits.tsx';
import { Page } from '../components/page.tsx';
import { Usage } from '../components/usage.tsx';
import { type View, viewOf } from '../components/view.ts';
import { toneOf } from '../components/vm-words.ts';
import { authorOf, type WebContext, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { needNode } from './need.ts';
import { NodeActions } from './node-acts.tsx';
import { DrainView } from './node-drain.tsx';
import { Checks, Virtualization } from './node-host.tsx';
import { Orphans } from './node-orphans.tsx';
import { NodeShare, nodeShareRoutes } from './node-share.tsx';
import { CpuNow, heardWords, NodeState, ProblemNotice, Promised, roleOf, roleWords } from './node-state.tsx';
import { attempt, goTo, readForm, show } from './show.ts';
import { spanOf } from './span.ts';

/** Labs that the page of their PC lists; all others are found under "All labs". */
const SHOWN_LABS = 20;

export function oneNodePages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/', (c) => onePage(c, null))
    .post('/', async (c) => {
      const node = needNode(c);
      const form = await readForm(c);
      const change = { id: node.id, name: form.text('name') };
      const problem = await attempt(c, () => c.get('node').submit('node.rename', change, authorOf(c)));
      return problem === null ? goTo(c, `/nodes/${node.id}`, 'renamed') : onePage(c, problem);
    })
    .route('/', nodeShareRoutes(onePage));
}

async function onePage(c: WebContext, problem: Problem | null): Promise<Response> {
  const v = viewOf(c);
  const node = needNode(c);
  const here = node.id === v.node.me.nodeId;
  const span = spanOf(c);
  const points = c.req.query('table') === undefined ? null : await v.node.usage(node.id, span);
  const [orphans, checks] = here
    ? await Promise.all([settled(v.node.orphans()), settled(v.node.doctor())])
    : [[], []];
  const facts = { here, host: here ? v.node.host() : null, orphans, checks };
  return show(
    c,
    <OneNode v={v} node={node} facts={facts} span={span} points={points} problem={problem} />,
    problem?.status ?? 200,
  );
}

/** A hypervisor that does not answer must not take its page away: the page says what is wrong with it. */
async function settled<T>(work: Promise<readonly T[]>): Promise<readonly T[]> {
  return work.catch(() => []);
}

interface Facts {
  readonly here: boolean;
  readonly host: HostState | null;
  readonly orphans: readonly Orphan[];
  readonly checks: readonly Check[];
}

function OneNode(props: {
  v: View;
  node: Node;
  facts: Facts;
  span: UsageSpan;
  points: readonly UsagePoint[] | null;
  problem: Problem | null;
}) {
  const { v, node, facts, span, points, problem } = props;
  const words = v.t.nodes;
  return (
    <Page v={v} title={node.name} topics={[`node:${node.id}`, 'vms']} scripts={['vm.js']}>
      <Head
        title={node.name}
        lead={`${roleWords(v, node)}. ${v.t.mesh.roleHints[roleOf(v, node)]}`}
        back={{ href: '/nodes', text: words.title }}
      >
        {node.state === 'retired' ? null : <NodeActions v={v} node={node} />}
      </Head>
      <Refused v={v} problem={problem} />
      <div class="card pad">
        <NodeState v={v} node={node} />
      </div>
      {node.hostProblem === null ? null : <ProblemNotice v={v} problem={node.hostProblem} tone="bad" />}
      {facts.host?.state === 'ready'
        ? facts.host.problems.map((one) => <ProblemNotice v={v} problem={one} tone="warn" />)
        : null}
      <div class="columns">
        <div class="stack">
          <section class="card pad stack">
            <Promised v={v} node={node} />
            {facts.here ? <Now v={v} /> : <CpuNow v={v} node={node} />}
          </section>
          <DrainView v={v} node={node} />
          <Labs v={v} node={node} />
          {facts.here ? <Orphans v={v} node={node} orphans={facts.orphans} /> : null}
        </div>
        <div class="stack">
          {facts.host?.state === 'ready' ? <Virtualization v={v} host={facts.host} /> : null}
          {node.state === 'retired' ? null : <NodeShare v={v} node={node} />}
          <NodeDetails v={v} node={node} />
          {facts.checks.length === 0 ? null : <Checks v={v} checks={facts.checks} />}
        </div>
      </div>
      <Usage v={v} subjectId={node.id} data={`/api/v1/nodes/${node.id}/usage`} span={span} points={points} />
    </Page>
  );
}

/** What this PC measures of itself, guests and all else together. */
function Now({ v }: { v: View }) {
  const load = v.node.load();
  const words = v.t.nodes;
  if (load === null) return null;
  const disk = load.diskTotalGiB - load.diskFreeGiB;
  return (
    <div class="stack tight">
      <Meter label={words.cpuNow} words={v.f.percent(load.cpu)} share={load.cpu} />
      <Meter
        label={words.ramNow}
        words={words.of(v.f.mib(load.ramUsedMiB), v.f.mib(load.ramTotalMiB))}
        share={load.ramUsedMiB / Math.max(1, load.ramTotalMiB)}
      />
      <Meter
        label={words.diskNow}
        words={words.of(v.f.gib(disk), v.f.gib(load.diskTotalGiB))}
        share={disk / Math.max(1, load.diskTotalGiB)}
      />
    </div>
  );
}

function Labs({ v, node }: { v: View; node: Node }) {
  const words = v.t.nodes;
  const { vm, user } = v.state.tables;
  const ids = vm.idsBy('disk', node.id);
  const labs = vm.resolve(ids.slice(-SHOWN_LABS)).reverse();
  return (
    <section class="card plain">
      <h2>{words.labs}</h2>
      {labs.length === 0 ? <p class="card-foot soft">{words.noLabs}</p> : null}
      <ul class="list">
        {labs.map((one) => (
          <li id={`vm-${one.id}`}>
            <div>
              <a href={`/vms/${one.id}`}>{one.name}</a>{' '}
              <span class="small soft">{user.get(one.ownerId)?.fullName ?? v.t.words.gone}</span>
            </div>
            <span class="state small">
              <i class={`dot ${toneOf(one)}`} />
              <span>{v.t.vmShort[vmState(one)]}</span>
            </span>
          </li>
        ))}
      </ul>
      {ids.length > labs.length ? (
        <p class="card-foot">
          <a href="/labs/all">{words.allLabs(v.f.number(ids.length))}</a>
        </p>
      ) : null}
    </section>
  );
}

function NodeDetails({ v, node }: { v: View; node: Node }) {
  const words = v.t.nodes;
  const { cores, ramMiB, storageGiB } = node.capacity;
  return (
    <section class="card pad stack">
      <h2>{words.details}</h2>
      <dl class="facts">
        <dt>{words.capacity}</dt>
        <dd>{words.capacityWords(v.f.number(cores), v.f.mib(ramMiB), v.f.gib(storageGiB))}</dd>
        <dt>{words.address}</dt>
        <dd class="mono">{node.address}</dd>
        <dt>{words.version}</dt>
        <dd class="num">{`${v.node.peer(node.id)?.version ?? node.version}, ${heardWords(v, node)}`}</dd>
        <dt>{v.t.mesh.facts.vote}</dt>
        <dd>{v.t.mesh.facts.votes[node.vote]}</dd>
        <dt>{words.subnet}</dt>
        <dd class="num">{node.subnet}</dd>
        <dt>{words.registered}</dt>
        <dd>
          <Time v={v} at={node.registeredAt} />
        </dd>
      </dl>
      <details class="more">
        <summary>{words.rename}</summary>
        <form class="form" method="post" action={`/nodes/${node.id}`}>
          <Csrf v={v} />
          <Field name="name" label={v.t.words.name} value={node.name} maxlength={63} required />
          <button class="button" type="submit">
            {v.t.words.save}
          </button>
        </form>
      </details>
      <p class="code">{node.id}</p>
    </section>
  );
}
