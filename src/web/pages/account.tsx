/** One's own account: name, language, password, tokens; and the theme of this screen. */
import { Hono } from 'hono';
import { setCookie } from 'hono/cookie';
import type { Language } from '../../state/index.ts';
import { createToken, tokensOf } from '../actions/index.ts';
import { changePassword } from '../auth/index.ts';
import { Csrf, Field, Head, Refused, Select } from '../components/bits.tsx';
import { EntryForm } from '../components/forms.tsx';
import { Page } from '../components/page.tsx';
import { type View, viewOf } from '../components/view.ts';
import { authorOf, personOf, type WebContext, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { attempt, emptyForm, type Form, goTo, readForm, safeBack, show } from './show.ts';

/** Days that a token may be asked for; the cloud itself allows up to a year. */
const TOKEN_DAYS = [1, 7, 30, 90, 365] as const;
const YEAR_SECONDS = 365 * 86_400;

export function accountPages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/', (c) => show(c, <Account v={viewOf(c)} form={emptyForm} problem={null} />))
    .post('/', async (c) => {
      const { user } = personOf(c);
      const form = await readForm(c);
      const change = {
        id: user.id,
        fullName: form.text('fullName'),
        language: languageOf(form.text('language')),
      };
      return refusable(c, form, 'saved', () => c.get('node').submit('user.update', change, authorOf(c)));
    })
    .post('/password', async (c) => {
      const form = await readForm(c);
      const differ = differing(c, form);
      if (differ) return show(c, <Account v={viewOf(c)} form={form} problem={differ} />, differ.status);
      return refusable(c, form, 'password', () => changePassword(c, form.text('current'), form.text('next')));
    })
    .post('/tokens', async (c) => {
      const { user } = personOf(c);
      const form = await readForm(c);
      const days = TOKEN_DAYS.find((one) => String(one) === form.text('days')) ?? 30;
      let secret = '';
      const problem = await attempt(c, async () => {
        ({ secret } = await createToken(c.get('node'), authorOf(c), user.id, form.text('label'), days * 24));
      });
      const v = viewOf(c);
      if (problem !== null) return show(c, <Account v={v} form={form} problem={problem} />, problem.status);
      return show(c, <NewToken v={v} secret={secret} />);
    })
    .post('/tokens/:id/revoke', async (c) => {
      const { user } = personOf(c);
      const token = tokensOf(c.get('node'), user.id).find((one) => one.id === c.req.param('id'));
      if (token) await c.get('node').submit('session.close', { id: token.id }, authorOf(c));
      return goTo(c, '/account', 'token_removed');
    });
}

async function refusable(
  c: WebContext,
  form: Form,
  done: string,
  work: () => Promise<unknown>,
): Promise<Response> {
  const problem = await attempt(c, work);
  if (problem === null) return goTo(c, '/account', done);
  return show(c, <Account v={viewOf(c)} form={form} problem={problem} />, problem.status);
}

function languageOf(text: string): Language | null {
  return text === 'en' || text === 'es' ? text : null;
}

/** The refusal of a new password that was typed in two ways; null when both are alike. */
export function differing(c: WebContext, form: Form): Problem | null {
  if (form.text('next') === form.text('repeat')) return null;
  const { t } = viewOf(c);
  return {
    status: 422,
    code: 'web.password_differ',
    message: t.signIn.differ,
    hint: t.signIn.differHint,
    data: {},
  };
}

/** Theme and language of this browser: cookies, because the first byte of the next page must know them. */
export function chooseTheme(c: WebContext, form: Form): Response {
  const theme = form.text('theme');
  setPreference(c, 'theme', theme === 'light' || theme === 'dark' ? theme : 'system');
  return goTo(c, safeBack(form.text('back')));
}

export async function chooseLanguage(c: WebContext, form: Form): Promise<Response> {
  const language = languageOf(form.text('language'));
  if (language !== null) setPreference(c, 'lang', language);
  const visitor = c.get('visitor');
  if (visitor.kind === 'person' && visitor.user.language !== language && !visitor.user.mustChangePassword) {
    await c.get('node').submit('user.update', { id: visitor.user.id, language }, authorOf(c));
  }
  return goTo(c, safeBack(form.text('back')));
}

function setPreference(c: WebContext, name: string, value: string): void {
  const secure = c.get('connection').door === 'https';
  setCookie(c, name, value, { path: '/', maxAge: YEAR_SECONDS, sameSite: 'Lax', secure, httpOnly: true });
}

export function PasswordFields({ v }: { v: View }) {
  const words = v.t.signIn;
  return (
    <>
      <Field
        name="current"
        label={words.current}
        type="password"
        autocomplete="current-password"
        maxlength={256}
        required
      />
      <Field
        name="next"
        label={words.next}
        type="password"
        autocomplete="new-password"
        hint={words.nextHint}
        maxlength={256}
        required
      />
      <Field
        name="repeat"
        label={words.repeat}
        type="password"
        autocomplete="new-password"
        maxlength={256}
        required
      />
    </>
  );
}

function Account({ v, form, problem }: { v: View; form: Form; problem: Problem | null }) {
  const words = v.t.account;
  const user = v.actor;
  if (user === null) {
    return (
      <Page v={v} title={words.title} narrow>
        <Head title={words.rootTitle} lead={words.rootText} />
      </Page>
    );
  }
  const { auto, en, es } = words.languages;
  return (
    <Page v={v} title={words.title} topics={[]} narrow>
      <Head title={words.title} lead={`${words.signedInAs} ${user.name} · ${v.t.roles[user.role]}`} />
      <Refused v={v} problem={problem} />
      <section class="card pad stack">
        <h2>{words.details}</h2>
        <EntryForm v={v} action="/account" button={v.t.words.save}>
          <Field
            name="fullName"
            label={words.fullName}
            value={form.typed('fullName', user.fullName)}
            maxlength={120}
            autocomplete="name"
            required
          />
          <Select
            name="language"
            label={words.language}
            value={form.typed('language', user.language ?? '')}
            options={[
              ['', auto],
              ['en', en],
              ['es', es],
            ]}
          />
        </EntryForm>
      </section>
      <section class="card pad stack">
        <h2>{words.password}</h2>
        <p class="small soft">{words.passwordLead}</p>
        <EntryForm v={v} action="/account/password" button={v.t.signIn.save}>
          <input
            class="vh"
            type="text"
            name="username"
            autocomplete="username"
            value={user.name}
            tabindex={-1}
            aria-label={v.t.signIn.name}
            readonly
          />
          <PasswordFields v={v} />
        </EntryForm>
      </section>
      <Tokens v={v} userId={user.id} form={form} />
    </Page>
  );
}

function Tokens({ v, userId, form }: { v: View; userId: string; form: Form }) {
  const words = v.t.account;
  const tokens = tokensOf(v.node, userId);
  return (
    <section class="card plain">
      <h2>{words.tokens}</h2>
      <p class="card-foot small soft">{words.tokensLead}</p>
      <ul class="list">
        {tokens.length === 0 ? <li class="soft">{words.noTokens}</li> : null}
        {tokens.map((one) => (
          <li>
            <div>
              <strong>{one.label || one.id}</strong>
              <p class="small soft">{words.tokenUntil(v.f.date(one.expiresAt))}</p>
            </div>
            <form method="post" action={`/account/tokens/${one.id}/revoke`} class="inline">
              <Csrf v={v} />
              <button class="button danger small" type="submit">
                {words.revoke}
                <span class="vh"> {one.label}</span>
              </button>
            </form>
          </li>
        ))}
      </ul>
      <form class="card-foot filters" method="post" action="/account/tokens">
        <Csrf v={v} />
        <Field name="label" label={words.tokenLabel} value={form.text('label')} maxlength={120} required />
        <Select
          name="days"
          label={words.tokenDays}
          value={form.text('days') || '30'}
          options={TOKEN_DAYS.map((days) => [String(days), words.days(days)])}
        />
        <button class="button" type="submit">
          {words.makeToken}
        </button>
      </form>
    </section>
  );
}

function NewToken({ v, secret }: { v: View; secret: string }) {
  const words = v.t.account;
  return (
    <Page v={v} title={words.tokenMade} narrow>
      <Head title={words.tokenMade} />
      <div class="card pad stack">
        <code class="secret" data-secret>
          {secret}
        </code>
        <p>{words.tokenOnce}</p>
        <div>
          <a class="button main" href="/account">
            {v.t.people.doneButton}
          </a>
        </div>
      </div>
    </Page>
  );
}
