/** The cloud as a whole: shut down with its labs suspended, and started again (N15). */
import { Hono } from 'hono';
import { Csrf, Select } from '../components/bits.tsx';
import { ConfirmPage } from '../components/confirm.tsx';
import { Icon } from '../components/icon.tsx';
import { authorName } from '../components/operation-row.tsx';
import { type View, viewOf } from '../components/view.ts';
import { authorOf, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { attempt, goTo, readForm, show } from './show.ts';

export function powerPages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/', (c) => show(c, <AskShutdown v={viewOf(c)} problem={null} />))
    .post('/', async (c) => {
      const form = await readForm(c);
      const waitMs = Math.trunc(Number(form.text('minutes')) * 60_000);
      const problem = await attempt(c, () => c.get('node').submit('cloud.shutdown', { waitMs }, authorOf(c)));
      if (problem === null) return goTo(c, '/nodes', 'powering_off');
      return show(c, <AskShutdown v={viewOf(c)} problem={problem} />, problem.status);
    })
    .post('/on', async (c) => {
      const problem = await attempt(c, () => c.get('node').submit('cloud.startup', {}, authorOf(c)));
      if (problem === null) return goTo(c, '/nodes', 'powered_on');
      return show(c, <AskShutdown v={viewOf(c)} problem={problem} />, problem.status);
    });
}

/** Labs that hold a PC's processors now. */
function runningLabs(v: View): number {
  const { node, vm } = v.state.tables;
  return node.all().reduce((sum, one) => sum + vm.countBy('compute', one.id), 0);
}

export function Power({ v }: { v: View }) {
  const power = v.state.cloud?.power;
  if (!power) return null;
  const words = v.t.mesh.power;
  const until = power.deadlineAt === null ? null : v.f.time(power.deadlineAt);
  const said = {
    on: { tone: 'good', sentence: words.on },
    stopping: { tone: 'busy', sentence: words.stopping(runningLabs(v), until) },
    off: { tone: 'warn', sentence: words.off },
  }[power.state];
  return (
    <section class="card pad stack" id="power">
      <h2>{words.title}</h2>
      <p class="state">
        <i class={`dot ${said.tone}`} />
        <span>{said.sentence}</span>
      </p>
      {power.state === 'on' ? (
        <div>
          <a class="button" href="/nodes/power" data-ask>
            <Icon name="power" />
            {words.shutdown}
          </a>
        </div>
      ) : (
        <>
          <p class="small soft">{words.by(authorName(v, power.by))}</p>
          <form method="post" action="/nodes/power/on" class="stack tight">
            <Csrf v={v} />
            <div>
              <button class="button main" type="submit">
                <Icon name="play" />
                {words.startup}
              </button>
            </div>
            <p class="small soft">{words.startupHint}</p>
          </form>
        </>
      )}
    </section>
  );
}

function AskShutdown({ v, problem }: { v: View; problem: Problem | null }) {
  const words = v.t.mesh.power;
  return (
    <ConfirmPage
      v={v}
      title={words.askTitle}
      loss={words.ask(runningLabs(v))}
      button={words.button}
      icon="power"
      action="/nodes/power"
      back="/nodes"
      problem={problem}
    >
      <Select
        name="minutes"
        label={words.when}
        value="0"
        options={Object.entries(words.waits)}
        hint={words.whenHint}
      />
    </ConfirmPage>
  );
}
