/** What an administrator does with a PC in one press: its vote, the mastership, an end to emptying it. */
import { Hono } from 'hono';
import { LabmeshError, type Node } from '../../state/index.ts';
import { Csrf } from '../components/bits.tsx';
import { Icon, type IconName } from '../components/icon.tsx';
import type { View } from '../components/view.ts';
import { authorOf, type WebContext, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { needNode } from './need.ts';
import { roleOf } from './node-state.tsx';
import { attempt, goTo, readForm } from './show.ts';

/** @param refused the page that shows a refusal */
export function nodeActRoutes(refused: (c: WebContext, problem: Problem) => Promise<Response>): Hono<WebEnv> {
  const after = (c: WebContext, problem: Problem | null, done: string) =>
    problem === null ? goTo(c, '/nodes', done) : refused(c, problem);
  return new Hono<WebEnv>()
    .post('/vote', async (c) => {
      const { id } = needNode(c);
      const vote = voteOf((await readForm(c)).text('vote'));
      const problem = await attempt(c, () => c.get('node').submit('node.vote', { id, vote }, authorOf(c)));
      return after(c, problem, 'voted');
    })
    .post('/master', async (c) => {
      const { id } = needNode(c);
      const problem = await attempt(c, () => c.get('node').makeMaster(id));
      return after(c, problem, 'master_moved');
    })
    .post('/undrain', async (c) => {
      const { id } = needNode(c);
      const problem = await attempt(c, () => c.get('node').submit('node.undrain', { id }, authorOf(c)));
      return after(c, problem, 'undrained');
    });
}

function voteOf(text: string): Node['vote'] {
  if (text === 'auto' || text === 'always' || text === 'never') return text;
  throw new LabmeshError('payload.invalid', { field: 'vote', reason: 'value' });
}

/** The menu of a PC: only what would not be refused at once. */
export function NodeActions({ v, node }: { v: View; node: Node }) {
  const words = v.t.mesh.acts;
  const role = roleOf(v, node);
  const at = `/nodes/${node.id}`;
  const votes = role === 'master' || role === 'voter';
  const only = votes && v.node.quorum().voters.length === 1;
  const emptied = node.state === 'draining' || node.state === 'drained';
  return (
    <details class="menu" id={`acts-${node.id}`}>
      <summary class="button quiet small">
        <Icon name="dots" />
        <span class="vh">{words.menu(node.name)}</span>
      </summary>
      <div class="menu-list">
        {votes || node.vote === 'always' ? null : (
          <Act v={v} action={`${at}/vote`} vote="always" icon="check" text={words.promote} />
        )}
        {only || node.vote === 'never' ? null : (
          <Act v={v} action={`${at}/vote`} vote="never" icon="eye" text={words.demote} />
        )}
        {node.vote === 'auto' ? null : (
          <Act v={v} action={`${at}/vote`} vote="auto" icon="restart" text={words.auto} />
        )}
        {role === 'voter' ? <Act v={v} action={`${at}/master`} icon="key" text={words.master} /> : null}
        <hr />
        {emptied ? <Act v={v} action={`${at}/undrain`} icon="play" text={words.undrain} /> : null}
        {node.state === 'ready' || node.state === 'draining' ? (
          <a href={`${at}/drain`} data-ask>
            <Icon name="out" />
            {words.drain}
          </a>
        ) : null}
        <a class="bad" href={`${at}/retire`} data-ask>
          <Icon name="trash" />
          {words.retire}
        </a>
      </div>
    </details>
  );
}

function Act(props: { v: View; action: string; icon: IconName; text: string; vote?: Node['vote'] }) {
  const { v, action, icon, text, vote } = props;
  return (
    <form method="post" action={action}>
      <Csrf v={v} />
      {vote === undefined ? null : <input type="hidden" name="vote" value={vote} />}
      <button type="submit">
        <Icon name={icon} />
        {text}
      </button>
    </form>
  );
}
