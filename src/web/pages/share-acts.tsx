/** What the owner of a shared PC does with it: how much of it is used, a pause, an end (N11, G18). */
import { Hono } from 'hono';
import { LabmeshError, type Node, offered } from '../../state/index.ts';
import { Csrf, PostButton } from '../components/bits.tsx';
import type { View } from '../components/view.ts';
import { actorOf, authorOf, type WebContext, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { needNode } from './need.ts';
import { NodeState } from './node-state.tsx';
import { attempt, goTo, readForm } from './show.ts';

/** What is proposed to whoever shares: half stays theirs. */
const HALF = 50;
const STEPS = [10, 25, HALF, 75, 100] as const;

/** @param refused the page that shows a refusal */
export function shareActRoutes(
  refused: (c: WebContext, problem: Problem) => Promise<Response>,
): Hono<WebEnv> {
  const act = async (c: WebContext, done: string, work: (node: Node) => Promise<unknown>) => {
    const node = needOwn(c);
    const problem = await attempt(c, () => work(node));
    return problem === null ? goTo(c, '/share', done) : refused(c, problem);
  };
  return new Hono<WebEnv>()
    .post('/percent', async (c) => {
      const share = Number((await readForm(c)).text('share') || Number.NaN);
      return act(c, 'share_changed', ({ id }) =>
        c.get('node').submit('node.configure', { id, share }, authorOf(c)),
      );
    })
    .post('/stop', (c) =>
      act(c, 'draining', ({ id }) => c.get('node').submit('node.drain', { id, how: 'suspend' }, authorOf(c))),
    )
    .post('/again', (c) =>
      act(c, 'undrained', ({ id }) => c.get('node').submit('node.undrain', { id }, authorOf(c))),
    )
    .post('/leave', (c) =>
      act(c, 'share_stopped', ({ id }) =>
        c.get('node').submit('node.retire', { id, force: false }, authorOf(c)),
      ),
    );
}

/** Another's PC is as unknown here as one that does not exist. @throws LabmeshError `not_found` */
function needOwn(c: WebContext): Node {
  const node = needNode(c);
  if (node.ownerId !== null && node.ownerId === actorOf(c)?.id) return node;
  throw new LabmeshError('not_found', { kind: 'node', id: node.id });
}

export function SharedPc({ v, node }: { v: View; node: Node }) {
  const words = v.t.plan.sharing;
  const at = `/share/${node.id}`;
  const { cores, ramMiB } = offered(node);
  return (
    <li id={`node-${node.id}`}>
      <div class="stack tight">
        <strong>{node.name}</strong>
        <NodeState v={v} node={node} />
        <p class="small soft">
          {node.share === 0
            ? words.paused
            : words.current(words.percent(node.share), v.f.number(cores), v.f.mib(ramMiB))}
        </p>
        {node.state === 'ready' ? (
          <>
            <HowMuch v={v} node={node} action={`${at}/percent`} />
            <div class="row">
              {node.share === 0 ? (
                <PostButton v={v} action={`${at}/percent`} kind="small" fields={{ share: String(HALF) }}>
                  {words.resume}
                </PostButton>
              ) : (
                <PostButton v={v} action={`${at}/percent`} kind="small" fields={{ share: '0' }}>
                  {words.pause}
                </PostButton>
              )}
              <PostButton v={v} action={`${at}/stop`} kind="small">
                {words.stop}
              </PostButton>
            </div>
          </>
        ) : null}
        {node.state === 'draining' || node.state === 'drained' ? (
          <div class="row">
            <PostButton v={v} action={`${at}/again`} kind="small">
              {words.resume}
            </PostButton>
            {node.state === 'drained' ? (
              <PostButton v={v} action={`${at}/leave`} kind="small danger">
                {words.leave}
              </PostButton>
            ) : null}
          </div>
        ) : null}
      </div>
    </li>
  );
}

function HowMuch({ v, node, action }: { v: View; node: Node; action: string }) {
  const words = v.t.plan.sharing;
  const steps = [...new Set<number>([...STEPS, node.share])].filter((n) => n > 0).sort((a, b) => a - b);
  const name = `share-${node.id}`;
  return (
    <form class="filters" method="post" action={action}>
      <Csrf v={v} />
      <div class="field">
        <label for={name}>{words.much}</label>
        <select class="input short" id={name} name="share">
          {steps.map((n) => (
            <option value={String(n)} selected={n === (node.share || HALF)}>
              {n === HALF ? words.half : words.percent(n)}
            </option>
          ))}
        </select>
      </div>
      <button class="button" type="submit">
        {words.set}
      </button>
    </form>
  );
}
