/** The PCs of the cloud: who leads, how each is, what may be done with it. */
import { Hono } from 'hono';
import { type Node, tokenState } from '../../state/index.ts';
import { Head, LinkButton, Refused } from '../components/bits.tsx';
import { Page } from '../components/page.tsx';
import { type View, viewOf } from '../components/view.ts';
import type { WebContext, WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { needAdminRole } from './need.ts';
import { oneNodePages } from './node.tsx';
import { NodeActions, nodeActRoutes } from './node-acts.tsx';
import { Agreement } from './node-agreement.tsx';
import { drainPages } from './node-drain.tsx';
import { orphanPages } from './node-orphans.tsx';
import { retirePages } from './node-retire.tsx';
import { CpuNow, heardWords, NodeState, Promised, roleWords } from './node-state.tsx';
import { joinPages } from './nodes-join.tsx';
import { mapPages } from './nodes-map.tsx';
import { Power, powerPages } from './nodes-power.tsx';
import { show } from './show.ts';

export function nodePages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .use('*', async (c, next) => {
      needAdminRole(c);
      await next();
    })
    .get('/', (c) => listPage(c, null))
    .route('/join', joinPages())
    .route('/map', mapPages())
    .route('/power', powerPages())
    .route('/:id', oneNodePages())
    .route('/:id', nodeActRoutes(listPage))
    .route('/:id/drain', drainPages())
    .route('/:id/retire', retirePages())
    .route('/:id/orphans', orphanPages());
}

function listPage(c: WebContext, problem: Problem | null): Promise<Response> {
  return show(c, <Nodes v={viewOf(c)} problem={problem} />, problem?.status ?? 200);
}

function Nodes({ v, problem }: { v: View; problem: Problem | null }) {
  const nodes = v.state.tables.node.all().filter((one) => one.state !== 'retired');
  const open = v.state.tables.token.all().filter((one) => tokenState(one, v.node.now()) === 'valid').length;
  return (
    <Page v={v} title={v.t.nodes.title} topics={['nodes', 'vms']}>
      <Head title={v.t.nodes.title} lead={v.t.nodes.lead}>
        <LinkButton href="/nodes/map" icon="nodes">
          {v.t.mesh.map.link}
        </LinkButton>
        <LinkButton href="/nodes/join" icon="add" main>
          {v.t.mesh.join.add}
          {open === 0 ? null : <span class="vh">, {`${v.t.mesh.join.open}: ${open}`}</span>}
        </LinkButton>
      </Head>
      <Refused v={v} problem={problem} />
      <div class="halves">
        <Agreement v={v} pcs={nodes.length} />
        <Power v={v} />
      </div>
      <div class="labs">
        {nodes.map((node) => (
          <NodeCard v={v} node={node} />
        ))}
      </div>
    </Page>
  );
}

function NodeCard({ v, node }: { v: View; node: Node }) {
  const words = v.t.mesh.facts;
  const { vm, user } = v.state.tables;
  const peer = v.node.peer(node.id);
  const images = peer?.versionIds.length ?? 0;
  return (
    <article class="card pad stack" id={`node-${node.id}`}>
      <div class="row spread">
        <h2>
          <a href={`/nodes/${node.id}`}>{node.name}</a>
        </h2>
        <span class="row">
          {node.id === v.node.me.nodeId ? <span class="tag">{v.t.nodes.thisPc}</span> : null}
          <span class="tag accent">{roleWords(v, node)}</span>
          <NodeActions v={v} node={node} />
        </span>
      </div>
      <NodeState v={v} node={node} />
      <Promised v={v} node={node} brief />
      <CpuNow v={v} node={node} />
      <dl class="facts small">
        <dt>{words.labs}</dt>
        <dd class="num">{v.f.number(vm.countBy('disk', node.id))}</dd>
        <dt>{words.images}</dt>
        <dd class="num">{v.f.number(images)}</dd>
        <dt>{words.version}</dt>
        <dd class="num">{`${peer?.version ?? node.version}, ${heardWords(v, node)}`}</dd>
      </dl>
      {node.ownerId === null ? null : (
        <p class="small soft">{words.sharedBy(user.get(node.ownerId)?.fullName ?? v.t.words.gone)}</p>
      )}
    </article>
  );
}
