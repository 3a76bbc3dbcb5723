/** The PCs of the cloud: what they promise and have left, how guests run, what is wrong and its mend. */
import { Hono } from 'hono';
import type { Check, HostState, Orphan, UsagePoint, UsageSpan } from '../../node/interface.ts';
import {
  hosts,
  LabmeshError,
  limitsOf,
  type Node,
  type NodeProblem,
  usedOn,
  vmState,
} from '../../state/index.ts';
import { describe } from '../../texts/index.ts';
import { Csrf, Field, Head, Meter, Refused, Time } from '../components/bits.tsx';
import { ConfirmPage } from '../components/confirm.tsx';
import { Icon } from '../components/icon.tsx';
import { Page } from '../components/page.tsx';
import { Usage } from '../components/usage.tsx';
import { type View, viewOf } from '../components/view.ts';
import { toneOf } from '../components/vm-words.ts';
import { authorOf, type WebContext, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { needAdminRole, needNode } from './need.ts';
import { attempt, goTo, readForm, show } from './show.ts';
import { spanOf } from './span.ts';

const SHOWN_LABS = 20;
const UUID = /^[0-9a-f-]{36}$/i;

export function nodePages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .use('*', async (c, next) => {
      needAdminRole(c);
      await next();
    })
    .get('/', (c) => show(c, <Nodes v={viewOf(c)} />))
    .get('/:id', (c) => onePage(c, null))
    .post('/:id', async (c) => {
      const node = needNode(c);
      const form = await readForm(c);
      const change = { id: node.id, name: form.text('name') };
      const problem = await attempt(c, () => c.get('node').submit('node.rename', change, authorOf(c)));
      return problem === null ? goTo(c, `/nodes/${node.id}`, 'renamed') : onePage(c, problem);
    })
    .get('/:id/orphans/:uuid', async (c) =>
      show(c, <Remove v={viewOf(c)} node={needNode(c)} orphan={await orphanOf(c)} problem={null} />),
    )
    .post('/:id/orphans/:uuid', async (c) => {
      const node = needNode(c);
      const orphan = await orphanOf(c);
      const problem = await attempt(c, () => c.get('node').removeOrphan(orphan.uuid));
      if (problem === null) return goTo(c, `/nodes/${node.id}`, 'orphan_removed');
      return show(c, <Remove v={viewOf(c)} node={node} orphan={orphan} problem={problem} />, problem.status);
    });
}

/** Only this PC's orphans can be seen from here. */
async function orphanOf(c: WebContext): Promise<Orphan> {
  const uuid = c.req.param('uuid') ?? '';
  const all = UUID.test(uuid) ? await c.get('node').orphans() : [];
  const orphan = all.find((one) => one.uuid.toLowerCase() === uuid.toLowerCase());
  if (!orphan) throw new LabmeshError('not_found', { kind: 'vm', id: uuid.slice(0, 64) });
  return orphan;
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

function roleWords(v: View, node: Node): string {
  const { masterId, voters } = v.node.quorum();
  const role = node.id === masterId ? 'master' : voters.includes(node.id) ? 'voter' : 'worker';
  return v.t.nodes.roles[role];
}

function Nodes({ v }: { v: View }) {
  const nodes = v.state.tables.node.all().filter((one) => one.state !== 'retired');
  return (
    <Page v={v} title={v.t.nodes.title} topics={['nodes', 'vms']}>
      <Head title={v.t.nodes.title} lead={v.t.nodes.lead} />
      <div class="halves">
        {nodes.map((node) => (
          <article class="card pad stack" id={`node-${node.id}`}>
            <div class="row spread">
              <h2>
                <a href={`/nodes/${node.id}`}>{node.name}</a>
              </h2>
              <span class="row">
                {node.id === v.node.me.nodeId ? <span class="tag">{v.t.nodes.thisPc}</span> : null}
                <span class="tag accent">{roleWords(v, node)}</span>
              </span>
            </div>
            <NodeState v={v} node={node} />
            <Promised v={v} node={node} />
          </article>
        ))}
        <Agreement v={v} />
      </div>
    </Page>
  );
}

function NodeState({ v, node }: { v: View; node: Node }) {
  const { tone, words } = stateWords(v, node);
  return (
    <p class="state">
      <i class={`dot ${tone}`} />
      <span>{words}</span>
    </p>
  );
}

function Promised({ v, node }: { v: View; node: Node }) {
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

function Agreement({ v }: { v: View }) {
  const words = v.t.nodes;
  const quorum = v.node.quorum();
  const master = v.state.tables.node.get(quorum.masterId ?? '');
  return (
    <section class="card pad stack">
      <h2>{words.agreement}</h2>
      <dl class="facts">
        <dt>{words.master}</dt>
        <dd>
          {master?.name ?? words.noMaster}
          {master && quorum.masterSince !== null ? (
            <span class="soft">, {words.masterSince(v.f.time(quorum.masterSince))}</span>
          ) : null}
        </dd>
        <dt>{words.term}</dt>
        <dd class="num">{v.f.number(quorum.term)}</dd>
        <dt>{words.voters}</dt>
        <dd>{words.alive(quorum.alive.length, quorum.voters.length)}</dd>
        <dt>{words.mayFail}</dt>
        <dd class="num">{quorum.mayFail}</dd>
      </dl>
      {quorum.voters.length === 1 ? <p class="small soft">{words.singleHint}</p> : null}
      {quorum.warnings.map((warning) => (
        <ProblemNotice v={v} problem={warning} tone="warn" />
      ))}
    </section>
  );
}

function ProblemNotice({ v, problem, tone }: { v: View; problem: NodeProblem; tone: 'warn' | 'bad' }) {
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
      <Head title={node.name} lead={roleWords(v, node)} back={{ href: '/nodes', text: words.title }} />
      <Refused v={v} problem={problem} />
      {hosts(node) || node.hostProblem === null ? (
        <div class="card pad">
          <NodeState v={v} node={node} />
        </div>
      ) : (
        <ProblemNotice v={v} problem={node.hostProblem} tone="bad" />
      )}
      {facts.host?.state === 'ready'
        ? facts.host.problems.map((one) => <ProblemNotice v={v} problem={one} tone="warn" />)
        : null}
      <div class="columns">
        <div class="stack">
          <section class="card pad stack">
            <Promised v={v} node={node} />
            {facts.here ? <Now v={v} /> : null}
          </section>
          <Labs v={v} node={node} />
          {facts.here ? <Orphans v={v} node={node} orphans={facts.orphans} /> : null}
        </div>
        <div class="stack">
          {facts.host?.state === 'ready' ? <Virtualization v={v} host={facts.host} /> : null}
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

function Orphans({ v, node, orphans }: { v: View; node: Node; orphans: readonly Orphan[] }) {
  const words = v.t.nodes;
  return (
    <section class="card plain" id="orphans">
      <h2>{words.orphans}</h2>
      <p class="card-foot small soft">{orphans.length === 0 ? words.noOrphans : words.orphansLead}</p>
      <ul class="list">
        {orphans.map((one) => (
          <li>
            <div class="stack close">
              <strong>{one.name}</strong>
              <span class="small soft">
                {words.owners[one.owner]} · {one.running ? words.orphanRunning : words.orphanOff}
              </span>
              <span class="code">{one.uuid}</span>
            </div>
            {one.owner === 'ours' ? (
              <a class="button danger small" href={`/nodes/${node.id}/orphans/${one.uuid}`} data-ask>
                {words.removeOrphan}
                <span class="vh"> {one.name}</span>
              </a>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Remove(props: { v: View; node: Node; orphan: Orphan; problem: Problem | null }) {
  const { v, node, orphan, problem } = props;
  const words = v.t.nodes;
  const foreign = orphan.owner !== 'ours';
  return (
    <ConfirmPage
      v={v}
      title={words.removeOrphanTitle(orphan.name)}
      loss={foreign ? words.owners[orphan.owner] : words.removeOrphanLoss}
      button={words.removeOrphan}
      action={`/nodes/${node.id}/orphans/${orphan.uuid}`}
      back={`/nodes/${node.id}`}
      problem={problem}
      blocked={foreign}
    />
  );
}

function Virtualization({ v, host }: { v: View; host: Extract<HostState, { state: 'ready' }> }) {
  const words = v.t.nodes;
  const { accel } = host;
  const took = (ms: number | null) => (ms === null ? words.probeNever : v.f.duration(ms));
  return (
    <section class="card pad stack">
      <h2>{words.virtualization}</h2>
      <dl class="facts">
        <dt>{words.accel}</dt>
        <dd>
          {words[accel.chosen]} <span class="soft">({accel.forced ? words.forced : words.measured})</span>
        </dd>
        <dt>{words.probe}</dt>
        <dd class="num">
          {`${words.probeKvm}: ${took(accel.kvmMs)}`}
          <br />
          {`${words.probeTcg}: ${took(accel.tcgMs)}`}
        </dd>
        <dt>{words.libvirt}</dt>
        <dd class="num">{host.libvirtVersion}</dd>
        <dt>{words.qemu}</dt>
        <dd class="num">{host.qemuVersion}</dd>
      </dl>
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
        <dd class="num">{node.version}</dd>
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

const CHECK_TAGS = { ok: 'tag good', warning: 'tag warn', fault: 'tag bad' } as const;

function Checks({ v, checks }: { v: View; checks: readonly Check[] }) {
  const words = v.t.nodes;
  return (
    <section class="card plain">
      <h2>{words.checks}</h2>
      <ul class="list">
        {checks.map((check) => {
          const { message, hint } = describe(check.code, check.data, v.lang);
          return (
            <li>
              <div class="stack close small">
                <span>{message}</span>
                {check.status === 'ok' ? null : <span class="soft">{hint}</span>}
              </div>
              <span class={CHECK_TAGS[check.status]}>{words.checkStates[check.status]}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
