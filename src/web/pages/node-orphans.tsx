/** Guests on this PC that no lab knows: shown, and ours removed when asked. */
import { Hono } from 'hono';
import type { Orphan } from '../../node/interface.ts';
import { LabmeshError, type Node, type Operation } from '../../state/index.ts';
import { ConfirmPage } from '../components/confirm.tsx';
import { authorName } from '../components/operation-row.tsx';
import { type View, viewOf } from '../components/view.ts';
import type { WebContext, WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { needNode } from './need.ts';
import { attempt, goTo, show } from './show.ts';

const UUID = /^[0-9a-f-]{36}$/i;

export function orphanPages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/:uuid', async (c) =>
      show(c, <Remove v={viewOf(c)} node={needNode(c)} orphan={await orphanOf(c)} problem={null} />),
    )
    .post('/:uuid', async (c) => {
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

/** What people called it, where the cloud still knows that: of the lab itself, or of what was last done with it. */
function nameOf(v: View, { vmId, name }: Orphan): string {
  if (vmId === undefined) return name;
  return v.state.tables.vm.get(vmId)?.name ?? lastOf(v, vmId)?.target.name ?? name;
}

function lastOf(v: View, vmId: string): Operation | undefined {
  const table = v.state.tables.operation;
  return table.get(table.idsBy('target', vmId).at(-1) ?? '');
}

/** How it came to be nobody's: an admin has to know that before it may go. */
function storyOf(v: View, { vmId, owner }: Orphan): string {
  const words = v.t.nodes;
  if (vmId === undefined) return words.owners[owner];
  const { vm, node, user } = v.state.tables;
  const lab = vm.get(vmId);
  if (lab) {
    const pc = node.get(lab.placement?.nodeId ?? lab.homeNodeId ?? '')?.name ?? v.t.words.unknown;
    return words.orphanElsewhere(user.get(lab.ownerId)?.fullName ?? v.t.words.gone, pc);
  }
  const last = lastOf(v, vmId);
  if (last?.kind !== 'vm.remove') return last ? words.orphanGone : words.owners[owner];
  return words.orphanDeleted(authorName(v, last.author), v.f.time(last.endedAt ?? last.startedAt));
}

export function Orphans({ v, node, orphans }: { v: View; node: Node; orphans: readonly Orphan[] }) {
  const words = v.t.nodes;
  return (
    <section class="card plain" id="orphans">
      <h2>{words.orphans}</h2>
      <p class="card-foot small soft">{orphans.length === 0 ? words.noOrphans : words.orphansLead}</p>
      <ul class="list">
        {orphans.map((one) => (
          <li>
            <div class="stack close">
              <strong>{nameOf(v, one)}</strong>
              <span class="small soft">
                {storyOf(v, one)} · {one.running ? words.orphanRunning : words.orphanOff}
              </span>
              <span class="code">{`${one.name} · ${one.uuid}`}</span>
            </div>
            {one.owner === 'ours' ? (
              <a class="button danger small" href={`/nodes/${node.id}/orphans/${one.uuid}`} data-ask>
                {words.removeOrphan}
                <span class="vh"> {nameOf(v, one)}</span>
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
      title={words.removeOrphanTitle(nameOf(v, orphan))}
      loss={foreign ? words.owners[orphan.owner] : `${storyOf(v, orphan)}. ${words.removeOrphanLoss}`}
      button={words.removeOrphan}
      action={`/nodes/${node.id}/orphans/${orphan.uuid}`}
      back={`/nodes/${node.id}`}
      problem={problem}
      blocked={foreign}
    />
  );
}
