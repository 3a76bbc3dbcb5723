/** The scheduler's settings on one form, with a dry run: what a change would do to the present queue, before it is saved. */
import { Hono } from 'hono';
import type { DryRun, SettingValues } from '../../scheduler/index.ts';
import { isSettingKey, type SettingKey, setting, settingDefinitions } from '../../state/index.ts';
import { Csrf, Head, Refused } from '../components/bits.tsx';
import { Page } from '../components/page.tsx';
import {
  boundsWords,
  definitionOf,
  fieldText,
  SettingControl,
  typedValue,
  unitWords,
} from '../components/setting-field.tsx';
import { type View, viewOf } from '../components/view.ts';
import { authorOf, type WebContext, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { needAdminRole } from './need.ts';
import { DryRunResult } from './settings-dry-run.tsx';
import { attempt, emptyForm, type Form, goTo, readForm, show } from './show.ts';

/** What decides who goes first and where; leases and quotas are among the other settings. */
const GROUPS = ['priority', 'scheduler', 'queue', 'reservation', 'sharing'] as const;

export function schedulerSettingPages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/', (c) => showForm(c, emptyForm, null, null))
    .post('/', async (c) => {
      const form = await readForm(c);
      return form.text('do') === 'save' ? save(c, form) : tryOut(c, form);
    });
}

function keysOf(group: (typeof GROUPS)[number]): SettingKey[] {
  return Object.keys(settingDefinitions)
    .filter(isSettingKey)
    .filter((key) => key.startsWith(`${group}.`));
}

/** What the form would change. */
function changesOf(v: View, form: Form): [SettingKey, string | number | boolean][] {
  return GROUPS.flatMap(keysOf)
    .filter((key) => form.has(key))
    .map((key): [SettingKey, string | number | boolean] => [key, typedValue(key, form.text(key))])
    .filter(([key, value]) => value !== setting(v.state, key));
}

async function tryOut(c: WebContext, form: Form): Promise<Response> {
  const v = viewOf(c);
  const values: SettingValues = Object.fromEntries(changesOf(v, form));
  let result: DryRun | null = null;
  const problem = await attempt(c, async () => {
    result = v.node.dryRun(values);
  });
  return showForm(c, form, problem, result);
}

/** One after the other: each is checked by itself, and the first refusal is shown with what was typed. */
async function save(c: WebContext, form: Form): Promise<Response> {
  const v = viewOf(c);
  const changes = changesOf(v, form);
  // All are looked at before any is saved, so that a typing error in the last does not leave half of them in force.
  let problem = await attempt(c, async () => v.node.dryRun(Object.fromEntries(changes)));
  for (const [key, value] of changes) {
    if (problem !== null) break;
    problem = await attempt(c, () => v.node.submit('setting.set', { key, value }, authorOf(c)));
  }
  return problem === null
    ? goTo(c, '/settings/scheduler', 'settings_saved')
    : showForm(c, form, problem, null);
}

async function showForm(
  c: WebContext,
  form: Form,
  problem: Problem | null,
  result: DryRun | null,
): Promise<Response> {
  needAdminRole(c);
  const v = viewOf(c);
  return show(
    c,
    <SchedulerSettings v={v} form={form} problem={problem} result={result} />,
    problem?.status ?? 200,
  );
}

function SchedulerSettings(props: { v: View; form: Form; problem: Problem | null; result: DryRun | null }) {
  const { v, form, problem, result } = props;
  const words = v.t.plan.trial;
  const refused = String(problem?.data.key ?? '');
  return (
    // It stands still: what is half typed and tried belongs to the one who tries.
    <Page v={v} title={words.title}>
      <Head title={words.title} lead={words.lead} back={{ href: '/settings', text: v.t.settings.title }} />
      <Refused v={v} problem={problem} />
      {result === null ? null : (
        <DryRunResult v={v} result={result} changed={changesOf(v, form).map(([key]) => key)} />
      )}
      <form class="form" method="post" action="/settings/scheduler">
        <Csrf v={v} />
        {GROUPS.map((group) => (
          <section class="card plain">
            <h2>{v.t.settings.groups[group]}</h2>
            <ul class="list">
              {keysOf(group).map((key) => (
                <Line v={v} name={key} form={form} refused={refused === key} />
              ))}
            </ul>
          </section>
        ))}
        <div class="row sticky">
          <button class="button main" type="submit" name="do" value="try">
            {words.try}
          </button>
          <button class="button" type="submit" name="do" value="save">
            {words.save}
          </button>
        </div>
      </form>
    </Page>
  );
}

function Line(props: { v: View; name: SettingKey; form: Form; refused: boolean }) {
  const { v, name: key, form, refused } = props;
  const { name, effect } = v.t.settings.keys[key];
  const definition = definitionOf(key);
  const inForce = fieldText(setting(v.state, key));
  const text = form.typed(key, inForce);
  return (
    <li class={text === inForce ? 'setting' : 'setting changed'}>
      <div class="stack close">
        <label for={key}>
          <strong>{name}</strong>
        </label>
        <span class="small" id={`${key}-effect`}>
          {effect}
        </span>
        <span class="small soft">{boundsWords(v, definition)}</span>
      </div>
      <div class="row">
        <SettingControl v={v} name={key} field={key} text={text} invalid={refused} />
        <span class="small soft unit">{unitWords(v, definition)}</span>
      </div>
    </li>
  );
}
