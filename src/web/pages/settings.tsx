/** The cloud's settings: each with what it does, its bounds, its default, and who changed it. */
import { Hono } from 'hono';
import {
  isSettingKey,
  LabmeshError,
  type SettingKey,
  setting,
  settingDefinitions,
} from '../../state/index.ts';
import { Csrf, Head, Refused } from '../components/bits.tsx';
import { isKnownKey } from '../components/done.ts';
import { Page } from '../components/page.tsx';
import { type View, viewOf } from '../components/view.ts';
import { authorOf, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { needAdminRole } from './need.ts';
import { attempt, goTo, readForm, show } from './show.ts';

export function settingPages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .use('*', async (c, next) => {
      needAdminRole(c);
      await next();
    })
    .get('/', (c) => show(c, <Settings v={viewOf(c)} refused={null} />))
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

/** What was typed, in the setting's own type; what is no number goes on as it is, to be refused with the reason. */
function typedValue(key: SettingKey, typed: string): string | number | boolean {
  const type: string = settingDefinitions[key].type;
  if (type === 'flag') return typed === 'on';
  if (type === 'choice') return typed;
  const number = Number(typed.replace(',', '.'));
  return typed.trim() === '' || !Number.isFinite(number) ? typed.slice(0, 100) : number;
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
      <Head title={words.title} lead={words.lead} />
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
  const definition = settingDefinitions[key];
  const changed = v.state.tables.setting.get(key);
  const unit = isKnownKey(words.units, definition.unit) ? words.units[definition.unit] : definition.unit;
  const amount = (value: number) => v.f.number(value, 3);
  const value = typed ?? String(setting(v.state, key));
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
          {`${words.default(amount(definition.default))}, ${words.between(amount(definition.min), amount(definition.max))}`}
          {changed ? ` · ${words.changedBy(nameOf(v, changed.changedBy), v.f.time(changed.changedAt))}` : ''}
        </span>
        <span class="code">{key}</span>
      </div>
      <form class="row" method="post" action={`/settings/${key}`}>
        <Csrf v={v} />
        <input
          class="input short"
          id={key}
          name="value"
          type="number"
          step={definition.type === 'integer' ? '1' : 'any'}
          value={value}
          required
          aria-describedby={`${key}-effect`}
          aria-invalid={typed === null ? undefined : 'true'}
        />
        <span class="small soft unit">{unit}</span>
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
