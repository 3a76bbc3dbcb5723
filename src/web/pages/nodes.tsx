/** The PCs of the cloud, and who leads them. */
import { Hono } from 'hono';
import { Head } from '../components/bits.tsx';
import { Page } from '../components/page.tsx';
import { type View, viewOf } from '../components/view.ts';
import type { WebEnv } from '../env.ts';
import { needAdminRole } from './need.ts';
import { oneNodePages } from './node.tsx';
import { orphanPages } from './node-orphans.tsx';
import { NodeState, ProblemNotice, Promised, roleWords } from './node-state.tsx';
import { show } from './show.ts';

export function nodePages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .use('*', async (c, next) => {
      needAdminRole(c);
      await next();
    })
    .get('/', (c) => show(c, <Nodes v={viewOf(c)} />))
    .route('/:id', oneNodePages())
    .route('/:id/orphans', orphanPages());
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
