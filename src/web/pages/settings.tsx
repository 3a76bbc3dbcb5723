/** The cloud's settings: each with what it does, its bounds, its default, and who changed it. */
import { Hono } from 'hono';
import {
  isSettingKey,
  LabmeshError,
  type SettingKey,
  setting,
  settingDefinitions,
} from '../../state/index.ts';
import { Csrf, Head, LinkButton, Refused } from '../components/bits.tsx';
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
import { authorOf, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { needAdminRole } from './need.ts';
import { schedulerSettingPages } from './settings-scheduler.tsx';
import { attempt, goTo, readForm, show } from './show.ts';

export function settingPages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .use('*', async (c, next) => {
      needAdminRole(c);
      await next();
    })
    .get('/', (c) => show(c, <Settings v={viewOf(c)} refused={null} />))
    .route('/scheduler', schedulerSettingPages())
    .post('/:key', async (c) => {
      const key = c.req.param('key');
      if (!isSettingKey(key)) throw new LabmeshError('not_found', { kind: 'setting', id: key.slice(0, 64) });
      const form = await readForm(c);
      const reset = form.text('do') === 'reset';
      const typed = form.text('value');
      const value = reset ? null : typedValue(key, typed);
      const problem = await attempt(c, () =>
        c.get('node').submit('setting.set', { key, value }, authorOf(c)),
      );
      if (problem === null) return goTo(c, '/settings', reset ? 'reset' : 'saved');
      return show(c, <Settings v={viewOf(c)} refused={{ key, typed, problem }} />, problem.status);
    });
}

interface RefusedSetting {
  readonly key: SettingKey;
  readonly typed: string;
  readonly problem: Problem;
}

function Settings({ v, refused }: { v: View; refused: RefusedSetting | null }) {
  const words = v.t.settings;
  const keys = Object.keys(settingDefinitions).filter(isSettingKey);
  return (
    <Page v={v} title={words.title} topics={['settings']}>
      <Head title={words.title} lead={words.lead}>
        <LinkButton href="/settings/scheduler" icon="queue">
          {v.t.plan.trial.title}
        </LinkButton>
      </Head>
      <Refused v={v} problem={refused?.problem ?? null} />
      {Object.entries(words.groups).map(([group, name]) => (
        <section class="card plain">
          <h2>{name}</h2>
          <ul class="list">
            {keys
              .filter((key) => key.startsWith(`${group}.`))
              .map((key) => (
                <OneSetting v={v} name={key} typed={refused?.key === key ? refused.typed : null} />
              ))}
          </ul>
        </section>
      ))}
    </Page>
  );
}

function OneSetting({ v, name: key, typed }: { v: View; name: SettingKey; typed: string | null }) {
  const words = v.t.settings;
  const { name, effect } = words.keys[key];
  const definition = definitionOf(key);
  const changed = v.state.tables.setting.get(key);
  return (
    <li id={`setting-${key.replace('.', '-')}`} class="setting">
      <div class="stack close">
        <label for={key}>
          <strong>{name}</strong>
        </label>
        <span class="small" id={`${key}-effect`}>
          {effect}
        </span>
        <span class="small soft">
          {boundsWords(v, definition)}
          {changed ? ` · ${words.changedBy(nameOf(v, changed.changedBy), v.f.time(changed.changedAt))}` : ''}
        </span>
        <span class="code">{key}</span>
      </div>
      <form class="row" method="post" action={`/settings/${key}`}>
        <Csrf v={v} />
        <SettingControl
          v={v}
          name={key}
          field="value"
          text={typed ?? fieldText(setting(v.state, key))}
          invalid={typed !== null}
        />
        <span class="small soft unit">{unitWords(v, definition)}</span>
        <button class="button" type="submit">
          {words.change}
          <span class="vh">: {name}</span>
        </button>
        {changed ? (
          <button class="button quiet" type="submit" name="do" value="reset" formnovalidate>
            {words.reset}
            <span class="vh">: {name}</span>
          </button>
        ) : null}
      </form>
    </li>
  );
}

function nameOf(v: View, id: string): string {
  const { user, node } = v.state.tables;
  return user.get(id)?.fullName ?? node.get(id)?.name ?? id;
}
