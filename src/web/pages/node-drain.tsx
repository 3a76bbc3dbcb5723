/** Emptying a PC: asked for with a deadline, and seen until nothing runs on it any more. */
import { Hono } from 'hono';
import {
  type DrainEntry,
  type DrainHow,
  drainView,
  LabmeshError,
  type Node,
  vmState,
} from '../../state/index.ts';
import { Select } from '../components/bits.tsx';
import { ConfirmPage } from '../components/confirm.tsx';
import { authorName } from '../components/operation-row.tsx';
import { type View, viewOf } from '../components/view.ts';
import { toneOf } from '../components/vm-words.ts';
import { authorOf, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { needNode } from './need.ts';
import { attempt, emptyForm, type Form, goTo, readForm, show } from './show.ts';

/** Labs that the question and the view name; the page of the PC links to all. */
const SHOWN = 8;
const DEFAULT_MINUTES = '60';
/** Moving while it runs comes later: until then it would only promise what suspending does. */
const HOWS = ['suspend', 'wait'] as const satisfies readonly DrainHow[];

export function drainPages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/', (c) => show(c, <AskDrain v={viewOf(c)} node={needNode(c)} form={emptyForm} problem={null} />))
    .post('/', async (c) => {
      const node = needNode(c);
      const form = await readForm(c);
      const how = HOWS.find((one) => one === form.text('how'));
      if (how === undefined) throw new LabmeshError('payload.invalid', { field: 'how', reason: 'value' });
      const deadlineMs = Math.trunc(Number(form.text('minutes')) * 60_000);
      const problem = await attempt(c, () =>
        c.get('node').submit('node.drain', { id: node.id, deadlineMs, how }, authorOf(c)),
      );
      if (problem === null) return goTo(c, `/nodes/${node.id}`, 'draining');
      return show(c, <AskDrain v={viewOf(c)} node={node} form={form} problem={problem} />, problem.status);
    });
}

function AskDrain(props: { v: View; node: Node; form: Form; problem: Problem | null }) {
  const { v, node, form, problem } = props;
  const words = v.t.mesh.drain;
  const labs = drainView(v.state, node).blocking;
  const chosen = form.typed('how', 'suspend');
  return (
    <ConfirmPage
      v={v}
      title={words.title(node.name)}
      loss={words.lead}
      button={words.button}
      icon="out"
      action={`/nodes/${node.id}/drain`}
      back={`/nodes/${node.id}`}
      problem={problem}
    >
      {labs.length === 0 ? <p>{words.nothing}</p> : <LabList v={v} labs={labs} />}
      <fieldset class="stack tight">
        <legend>{words.what}</legend>
        {HOWS.map((how) => (
          <label class="choice">
            <input type="radio" name="how" value={how} checked={how === chosen} />
            <span>{words.hows[how]}</span>
          </label>
        ))}
      </fieldset>
      <Select
        name="minutes"
        label={words.deadline}
        value={form.typed('minutes', DEFAULT_MINUTES)}
        options={Object.entries(words.deadlines)}
        hint={words.deadlineHint}
      />
    </ConfirmPage>
  );
}

/** How the emptying goes: until when, by whom, and what still holds it up. */
export function DrainView({ v, node }: { v: View; node: Node }) {
  const { drain } = node;
  if (drain === null) return null;
  const words = v.t.mesh.drain;
  const { blocking: labs, kept } = drainView(v.state, node);
  return (
    <section class="card pad stack" id="drain">
      <h2>{words.view}</h2>
      <p class="state">
        <i class={labs.length === 0 ? 'dot good' : 'dot busy'} />
        <span>{labs.length === 0 ? words.done : words.blocks(labs.length)}</span>
      </p>
      <p class="small soft">
        {[
          words.how[drain.how],
          words.until(v.f.time(drain.deadlineAt)),
          words.asked(authorName(v, drain.askedBy), v.f.time(drain.startedAt)),
        ].join(' · ')}
      </p>
      {labs.length + kept.length === 0 ? null : <LabList v={v} labs={[...labs, ...kept]} fates />}
    </section>
  );
}

/** Running labs with who uses each and until when; with `fates`, what happens to it. */
function LabList({ v, labs, fates }: { v: View; labs: readonly DrainEntry[]; fates?: boolean }) {
  const words = v.t.mesh.drain;
  const { user } = v.state.tables;
  return (
    <ul class="list bare">
      {labs.slice(0, SHOWN).map(({ vm, fate, at }) => (
        <li id={`leaves-${vm.id}`}>
          <div>
            <a href={`/vms/${vm.id}`}>{vm.name}</a>{' '}
            <span class="small soft">{user.get(vm.ownerId)?.fullName ?? v.t.words.gone}</span>
            {vm.leaseEndsAt === null ? null : (
              <span class="small soft">, {words.leaseEnds(v.f.time(vm.leaseEndsAt))}</span>
            )}
          </div>
          <span class="state small">
            <i class={`dot ${toneOf(vm)}`} />
            <span>
              {v.t.vmShort[vmState(vm)]}
              {fates ? `. ${words.fates[fate](at === null ? '' : v.f.time(at))}` : ''}
            </span>
          </span>
        </li>
      ))}
      {labs.length > SHOWN ? <li class="small soft">{words.more(v.f.number(labs.length - SHOWN))}</li> : null}
    </ul>
  );
}
