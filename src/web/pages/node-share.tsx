/** How much of a PC labs may use, set by an administrator (G18). */
import { Hono } from 'hono';
import { type Node, offered } from '../../state/index.ts';
import { Csrf, Field } from '../components/bits.tsx';
import type { View } from '../components/view.ts';
import { authorOf, type WebContext, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { needNode } from './need.ts';
import { attempt, goTo, readForm } from './show.ts';

/** @param refused the page that shows a refusal */
export function nodeShareRoutes(
  refused: (c: WebContext, problem: Problem) => Promise<Response>,
): Hono<WebEnv> {
  return new Hono<WebEnv>().post('/share', async (c) => {
    const { id } = needNode(c);
    const share = Number((await readForm(c)).text('share') || Number.NaN);
    const problem = await attempt(c, () =>
      c.get('node').submit('node.configure', { id, share }, authorOf(c)),
    );
    return problem === null ? goTo(c, `/nodes/${id}`, 'share_changed') : refused(c, problem);
  });
}

export function NodeShare({ v, node }: { v: View; node: Node }) {
  const words = v.t.plan.sharing;
  const { cores, ramMiB } = offered(node);
  const owner = node.ownerId === null ? undefined : v.state.tables.user.get(node.ownerId);
  return (
    <section class="card pad stack tight" id="share">
      <h2>{words.adminTitle}</h2>
      <p class="small soft">{words.adminLead}</p>
      <p>{words.current(words.percent(node.share), v.f.number(cores), v.f.mib(ramMiB))}</p>
      {owner === undefined ? null : <p class="small soft">{v.t.mesh.facts.sharedBy(owner.fullName)}</p>}
      <form class="form" method="post" action={`/nodes/${node.id}/share`}>
        <Csrf v={v} />
        <Field
          name="share"
          label={words.share}
          type="number"
          step="1"
          value={String(node.share)}
          hint={words.shareHint}
          short
          required
        />
        <div>
          <button class="button" type="submit">
            {v.t.words.save}
          </button>
        </div>
      </form>
    </section>
  );
}
