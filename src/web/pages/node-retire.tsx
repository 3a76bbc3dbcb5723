/** Taking a PC out of the cloud for good, after saying what is lost with it. */
import { Hono } from 'hono';
import type { CloudState, Node } from '../../state/index.ts';
import { ConfirmPage } from '../components/confirm.tsx';
import { type View, viewOf } from '../components/view.ts';
import { authorOf, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { needNode } from './need.ts';
import { attempt, goTo, readForm, show } from './show.ts';

/** Names that stand in the question; the rest is counted. */
const SHOWN = 8;

export function retirePages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/', (c) => show(c, <AskRetire v={viewOf(c)} node={needNode(c)} problem={null} />))
    .post('/', async (c) => {
      const node = needNode(c);
      const force = (await readForm(c)).flag('force');
      const problem = await attempt(c, () =>
        c.get('node').submit('node.retire', { id: node.id, force }, authorOf(c)),
      );
      if (problem === null) return goTo(c, '/nodes', 'retired');
      return show(c, <AskRetire v={viewOf(c)} node={node} problem={problem} />, problem.status);
    });
}

/** What exists on this PC and nowhere else. */
export function lostWith(state: CloudState, node: Node): { labs: string[]; images: string[] } {
  const { vm, version, image } = state.tables;
  const only = version.all().filter(({ nodeIds }) => nodeIds.length === 1 && nodeIds[0] === node.id);
  return {
    labs: vm.by('disk', node.id).map((one) => one.name),
    images: [...new Set(only.map((one) => image.get(one.imageId)?.name ?? one.imageId))],
  };
}

function AskRetire({ v, node, problem }: { v: View; node: Node; problem: Problem | null }) {
  const words = v.t.mesh.retire;
  const { labs, images } = lostWith(v.state, node);
  const others = v.state.tables.node.all().filter((one) => one.state !== 'retired' && one.id !== node.id);
  const last = others.length === 0;
  const drained = node.state === 'drained';
  const nothing = labs.length + images.length === 0;
  return (
    <ConfirmPage
      v={v}
      title={words.title(node.name)}
      loss={last ? words.last : words.lead(node.name)}
      button={words.button}
      action={`/nodes/${node.id}/retire`}
      back={`/nodes/${node.id}`}
      problem={problem}
      blocked={last}
    >
      {last ? null : (
        <>
          {drained ? null : <p>{words.notDrained}</p>}
          {nothing ? <p>{words.nothingLost}</p> : null}
          {labs.length === 0 ? null : <Names v={v} title={words.labsLost(labs.length)} names={labs} />}
          {images.length === 0 ? null : (
            <Names v={v} title={words.imagesLost(images.length)} names={images} />
          )}
          {drained && nothing ? null : (
            <label class="choice">
              <input type="checkbox" name="force" required />
              <span>{words.force}</span>
            </label>
          )}
        </>
      )}
    </ConfirmPage>
  );
}

function Names({ v, title, names }: { v: View; title: string; names: readonly string[] }) {
  const rest = names.length - SHOWN;
  return (
    <div class="stack close">
      <strong>{title}</strong>
      <p>
        {names.slice(0, SHOWN).join(', ')}
        {rest > 0 ? `, ${v.t.mesh.drain.more(v.f.number(rest))}` : ''}
      </p>
    </div>
  );
}
